import { setTimeout } from 'node:timers/promises';

const SECONDS = 60;

/** Once a service answers; it may be starting beside the gateway. */
export async function reachable(url: string): Promise<void> {
  const giveUp = Date.now() + SECONDS * 1000;
  while (true) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > giveUp) throw new Error(`${url} cannot be reached`, { cause: error });
      await setTimeout(200);
    }
  }
}
