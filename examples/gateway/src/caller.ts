import type { IncomingHttpHeaders } from 'node:http';

const PASSED_ON = ['x-request-id', 'traceparent', 'tracestate'];

/** What a request that comes in says to those that it is forwarded to. */
export interface Caller {
  userId?: string;
  roles?: string;
  /** The request's id and its trace. */
  passedOn: Record<string, string>;
}

/** Where your session is read and checked. The example takes whoever the caller says they are: never do that. */
export function callerOf(headers: IncomingHttpHeaders): Caller {
  const { 'x-demo-user': userId, 'x-demo-roles': roles } = headers;
  return { userId: userId?.toString(), roles: roles?.toString(), passedOn: passedOn(headers) };
}

export function passedOn(headers: IncomingHttpHeaders): Record<string, string> {
  const given = PASSED_ON.map((name) => [name, headers[name]?.toString() ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value));
}
