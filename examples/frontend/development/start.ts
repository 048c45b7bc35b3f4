/** The service with the mock provider, and the page in front of it; Ctrl-C ends both. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pageServer } from './page.ts';
import { publicKey } from './people.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const { PORT = '8003', PAGE_PORT = '4200', PYTHON = join(ROOT, '.venv', 'bin', 'python') } = process.env;
const payments = process.env['PAYMENTS_URL'] ?? `http://127.0.0.1:${PORT}/graphql`;
const page = `http://localhost:${PAGE_PORT}`;

const service = spawn(PYTHON, ['app.py'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: {
    ...process.env,
    PORT,
    JWT_PUBLIC_KEY: publicKey,
    ALLOW_USER_CHECKOUT: 'true',
    ALLOWED_ORIGINS: page,
    REDIRECT_ORIGINS: page,
  },
});
service.on('exit', (code) => process.exit(code ?? 1));
process.on('exit', () => service.kill());
process.on('SIGINT', () => {}); // Ctrl-C reaches the service too; it ends first, and this with it.
process.on('SIGTERM', () => service.kill());

while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 100));
pageServer(payments).listen(Number(PAGE_PORT), '127.0.0.1', () => console.log(`Page  ${page}`));

async function ready(): Promise<boolean> {
  return fetch(`http://127.0.0.1:${PORT}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}
