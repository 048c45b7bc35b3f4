import { Injectable, signal } from '@angular/core';

export type Person = 'guest' | 'admin' | 'nobody';
export const PEOPLE: Record<Person, string> = { guest: 'Ana, guest', admin: 'Marta, admin', nobody: 'Signed out' };

interface Token {
  token: string;
  /** Milliseconds, as `Date.now()`. */
  expiresAt: number;
}

const KEPT = 'person';
/** Milliseconds before it expires that a token is replaced. */
const EARLY = 30_000;

/** Who uses the page, and the token that says so: of mesaYA-auth in reality, of `development/people.ts` here. */
@Injectable({ providedIn: 'root' })
export class Session {
  private readonly current = signal(kept());
  readonly person = this.current.asReadonly();
  private token: Promise<Token> | undefined;

  become(person: Person): void {
    sessionStorage.setItem(KEPT, person);
    this.token = undefined;
    this.current.set(person);
  }

  /** For HTTP, and for the WebSocket's first message; never with a token that is about to expire. */
  async headers(): Promise<Record<string, string>> {
    if (this.person() === 'nobody') return {};
    const known = await this.token?.catch(() => undefined);
    if (!known || known.expiresAt < Date.now() + EARLY) this.token = tokenOf(this.person());
    return { Authorization: `Bearer ${(await this.token)?.token}` };
  }
}

function kept(): Person {
  const person = sessionStorage.getItem(KEPT);
  return person === 'admin' || person === 'nobody' ? person : 'guest';
}

async function tokenOf(person: Person): Promise<Token> {
  return (await fetch(`/token?person=${person}`)).json();
}
