/** The built page, its settings and tokens for its people, over HTTP on loopback. */
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { tokenFor } from './people.ts';

const FILES = join(import.meta.dirname, '..', 'dist', 'browser');
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** `payments` is the service's GraphQL endpoint, as a browser reaches it. */
export function pageServer(payments: string): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://page');
    if (url.pathname === '/settings.json') return json(response, { payments });
    if (url.pathname === '/token') return json(response, tokenFor(url.searchParams.get('person') ?? ''));
    return file(response, url.pathname, payments);
  });
}

function json(response: ServerResponse, value: object | undefined): void {
  response.writeHead(value ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value ?? {}));
}

/** Every path that is no file is one of the page's own routes. */
function file(response: ServerResponse, path: string, payments: string): void {
  const found = /^\/[\w-]+\.(js|css|svg)$/.test(path) && existsSync(join(FILES, path));
  const name = found ? path : '/index.html';
  response.writeHead(200, {
    'content-type': TYPES[extname(name)],
    'cache-control': found ? 'max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': policy(payments),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  createReadStream(join(FILES, name)).pipe(response);
}

/** Angular writes the components' styles into the page; scripts come from files alone. */
function policy(payments: string): string {
  const { origin } = new URL(payments);
  const connect = `connect-src 'self' ${origin} ${origin.replace('http', 'ws')}`;
  const own = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
  return `${own}; ${connect}; base-uri 'self'; form-action 'none'; frame-ancestors 'none'`;
}
