import { inject, Injectable } from '@angular/core';
import { Apollo, onlyCompleteData } from 'apollo-angular';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import {
  defer,
  EMPTY,
  expand,
  ignoreElements,
  last,
  map,
  merge,
  type Observable,
  of,
  repeat,
  retry,
  switchMap,
  throwError,
} from 'rxjs';
import { backoff } from '../connection/backoff';
import { codeOf } from '../connection/wording';
import {
  PaymentStatusChangedDocument,
  type PaymentStatusChangedSubscription,
  PaymentWithHistoryDocument,
  type PaymentWithHistoryQuery,
} from '../../generated/graphql';
import { clientSecretOf } from './client-secrets';
import { cursorOf, type Edge, type Events } from './history';

export type PaymentWithHistory = NonNullable<PaymentWithHistoryQuery['payment']>;
type Change = PaymentStatusChangedSubscription['paymentStatusChanged'];

/** Reads payments into Apollo's cache, which every part of the page shows them from. */
@Injectable({ providedIn: 'root' })
export class PaymentReader {
  private readonly apollo = inject(Apollo);

  /** One payment and its whole history, then every step it takes. Null where there is none to be seen. */
  follow(id: string): Observable<PaymentWithHistory | null> {
    return this.read(id).pipe(
      switchMap((payment) => (payment ? merge(this.shown(id), this.steps(id).pipe(ignoreElements())) : of(null))),
    );
  }

  /** The cursor after which the payment's next step comes. */
  cursor(id: string): string | null {
    return cursorOf(this.cached(id)?.events.edges ?? []);
  }

  /** What happened after a cursor, or everything, into the cache. */
  private read(id: string, after: string | null = null): Observable<PaymentWithHistory | null> {
    const page = (after: string | null) =>
      this.apollo
        .query({
          query: PaymentWithHistoryDocument,
          variables: { ...this.who(id), after },
          fetchPolicy: 'network-only',
        })
        .pipe(map(({ data }) => data?.payment ?? null));
    const next = ({ hasNextPage, endCursor }: Events['pageInfo']) => (hasNextPage ? page(endCursor) : EMPTY);
    return page(after).pipe(
      expand((payment) => (payment ? next(payment.events.pageInfo) : EMPTY)),
      last(),
    );
  }

  private shown(id: string): Observable<PaymentWithHistory | null> {
    return this.apollo
      .watchQuery({ query: PaymentWithHistoryDocument, variables: this.who(id), fetchPolicy: 'cache-only' })
      .valueChanges.pipe(
        onlyCompleteData(),
        map(({ data }) => data.payment),
      );
  }

  /** The subscription, again and again from the newest cursor: while it is away no step is lost, and none doubled. */
  private steps(id: string): Observable<void> {
    return defer(() =>
      this.apollo.subscribe({
        query: PaymentStatusChangedDocument,
        variables: { paymentId: id, clientSecret: clientSecretOf(id), after: this.cursor(id) },
      }),
    ).pipe(
      map(({ data, error }) => {
        if (error || !data) throw error ?? new Error('an empty answer');
        return data.paymentStatusChanged;
      }),
      switchMap((change) => this.take(id, change)),
      retry({
        delay: (error, count) => (isFinal(error) ? throwError(() => error) : backoff(count)),
        resetOnSuccess: true,
      }),
      repeat({ delay: backoff }),
    );
  }

  /** Declines and refunds are steps of the history, but no change of status: what lies between is read. */
  private take(id: string, { cursor, event }: Change): Observable<void> {
    const edge: Edge & { __typename: string } = { __typename: 'PaymentEventEdge', cursor, node: event };
    const before = this.cursor(id);
    this.apollo.client.cache.updateQuery({ query: PaymentWithHistoryDocument, variables: this.who(id) }, (known) =>
      known?.payment
        ? { payment: { ...known.payment, events: { ...known.payment.events, edges: [edge] } } }
        : undefined,
    );
    const whole = this.cursor(id) === this.cached(id)?.events.edges.at(-1)?.cursor;
    return whole ? of(undefined) : this.read(id, before).pipe(map(() => undefined));
  }

  private cached(id: string): PaymentWithHistory | null | undefined {
    return this.apollo.client.readQuery({ query: PaymentWithHistoryDocument, variables: this.who(id) })?.payment;
  }

  private who(id: string): { id: string; clientSecret: string | null } {
    return { id, clientSecret: clientSecretOf(id) };
  }
}

/** An answer that the same question gets again; an expired token is replaced. */
function isFinal(error: unknown): boolean {
  return CombinedGraphQLErrors.is(error) && codeOf(error) !== 'UNAUTHENTICATED';
}
