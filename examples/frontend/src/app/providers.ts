import { type ApplicationConfig, provideBrowserGlobalErrorListeners } from '@angular/core';
import { provideRouter, withComponentInputBinding } from '@angular/router';
import { provideApollo } from 'apollo-angular';
import { apolloOptions } from './graphql';
import { SETTINGS, type Settings } from './connection/settings';
import { routes } from './routes';

export function providers(settings: Settings): ApplicationConfig['providers'] {
  return [
    provideBrowserGlobalErrorListeners(),
    provideRouter(routes, withComponentInputBinding()),
    provideApollo(apolloOptions),
    { provide: SETTINGS, useValue: settings },
  ];
}
