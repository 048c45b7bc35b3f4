import { InjectionToken } from '@angular/core';

/** What is another one in every place the page is served from. */
export interface Settings {
  /** The payments service's GraphQL endpoint. */
  payments: string;
}

export const SETTINGS = new InjectionToken<Settings>('settings');

export async function loadSettings(): Promise<Settings> {
  return (await fetch('/settings.json')).json();
}
