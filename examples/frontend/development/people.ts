/** Stands in for mesaYA-auth: two people, and tokens for them as it signs them (RS256). Never do this in production. */
import { createSign, generateKeyPairSync } from 'node:crypto';

const SECONDS = 15 * 60;
const PEOPLE = {
  guest: { sub: '5f0c1de4-2a52-4f4e-9a63-0d7a4f7a9c01', email: 'ana@example.com', roles: ['USER'] },
  admin: { sub: '5f0c1de4-2a52-4f4e-9a63-0d7a4f7a9c02', email: 'marta@example.com', roles: ['ADMIN'] },
};

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** For the service's JWT_PUBLIC_KEY. */
export const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Undefined for somebody who is not there. */
export function tokenFor(person: string): { token: string; expiresAt: number } | undefined {
  if (!Object.hasOwn(PEOPLE, person)) return undefined;
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'mesaYA-auth', iat: now, exp: now + SECONDS, ...PEOPLE[person as keyof typeof PEOPLE] };
  const body = [{ alg: 'RS256', typ: 'JWT' }, claims].map(encoded).join('.');
  const signature = createSign('RSA-SHA256').update(body).sign(keys.privateKey, 'base64url');
  return { token: `${body}.${signature}`, expiresAt: claims.exp * 1000 };
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
