import { inject, Injectable, signal } from '@angular/core';
import { createClient } from 'graphql-ws';
import { Session } from '../session/session';
import { SETTINGS } from './settings';

/** Milliseconds between pings. */
const PING_EVERY = 10_000;
/** Milliseconds; after that the other side is taken for gone. */
const PONG_WITHIN = 5_000;
/** Milliseconds that the connection stays when nobody listens. */
const LINGER = 1_000;

/** The WebSocket of all subscriptions, and whether it stands. */
@Injectable({ providedIn: 'root' })
export class Socket {
  private readonly session = inject(Session);
  private readonly state = signal(false);
  readonly connected = this.state.asReadonly();
  private silence: ReturnType<typeof setTimeout> | undefined;

  readonly client = createClient({
    url: inject(SETTINGS).payments.replace(/^http/, 'ws'),
    connectionParams: () => this.session.headers(),
    lazyCloseTimeout: LINGER,
    keepAlive: PING_EVERY,
    retryAttempts: 0, // graphql-ws would send the old cursor again; PaymentReader comes back with the newest.
    on: {
      connected: () => this.state.set(true),
      closed: () => this.closed(),
      ping: (received) => received || this.expectPong(),
      pong: () => clearTimeout(this.silence),
    },
  });

  constructor() {
    addEventListener('offline', () => this.client.terminate());
  }

  private expectPong(): void {
    this.silence = setTimeout(() => this.client.terminate(), PONG_WITHIN);
  }

  private closed(): void {
    clearTimeout(this.silence);
    this.state.set(false);
  }
}
