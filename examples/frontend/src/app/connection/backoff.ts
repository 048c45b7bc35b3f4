import { fromEvent, merge, take, timer, type Observable } from 'rxjs';

const FIRST = 500;
/** Milliseconds, doubled each time up to the longest. */
const LONGEST = 15_000;

/**
 * The wait before attempt `count`; a part of it is chance, so that not everybody comes at once. A network that comes
 * back ends it, and without one there is nothing to try.
 */
export function backoff(count: number): Observable<unknown> {
  const back = fromEvent(window, 'online');
  if (!navigator.onLine) return back.pipe(take(1));
  const wait = Math.min(FIRST * 2 ** (count - 1), LONGEST) * (0.5 + Math.random() / 2);
  return merge(timer(wait), back).pipe(take(1));
}
