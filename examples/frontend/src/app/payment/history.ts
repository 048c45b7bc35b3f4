import type { HistoryFragment } from '../../generated/graphql';

export type Events = HistoryFragment['events'];
export type Edge = Events['edges'][number];

/** Every step once, by its sequence, whichever way and however often it came. */
export function mergeHistory(known: Events | undefined, news: Events): Events {
  const edges = new Map([...(known?.edges ?? []), ...news.edges].map((edge) => [edge.node.sequence, edge]));
  return { ...news, edges: [...edges.values()].sort((one, other) => one.node.sequence - other.node.sequence) };
}

/** Where to go on: after the last step before which none is missing. Sequences begin at 1 and have no gaps. */
export function cursorOf(edges: readonly Edge[]): string | null {
  return edges.findLast((edge, index) => edge.node.sequence === index + 1)?.cursor ?? null;
}
