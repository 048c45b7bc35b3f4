import { bootstrapApplication } from '@angular/platform-browser';
import { App } from './app/app';
import { loadSettings } from './app/connection/settings';
import { providers } from './app/providers';

loadSettings()
  .then((settings) => bootstrapApplication(App, { providers: providers(settings) }))
  .catch(() => document.querySelector('pay-app')?.replaceChildren('The page could not start. Reload it in a moment.'));
