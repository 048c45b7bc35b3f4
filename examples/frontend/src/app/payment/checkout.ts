import { inject, Injectable } from '@angular/core';
import { Apollo } from 'apollo-angular';
import { firstValueFrom, timer } from 'rxjs';
import {
  CheckoutDocument,
  type CheckoutInput,
  type CheckoutMutation,
  type PaymentPartsFragment,
} from '../../generated/graphql';
import { keepClientSecret } from './client-secrets';
import type { Money } from './money';

/** What is to be paid for. */
export interface Payable {
  reservationId: string;
  amount: Money;
  description: string;
}

/** Opens checkouts. */
@Injectable({ providedIn: 'root' })
export class Checkout {
  private readonly apollo = inject(Apollo);

  /**
   * The one that follows the payment `previous`, or the reservation's first. The idempotency key says just that, so a
   * double click, another tab, a reload or a repeat after a lost answer all find one and the same payment.
   *
   * Throws what the network or GraphQL says; a refusal comes back as its words.
   */
  async open(payable: Payable, previous: string | null): Promise<PaymentPartsFragment | string> {
    const back = `${location.origin}/reservations/${payable.reservationId}?payment={PAYMENT_ID}&returned=`;
    const input = {
      ...payable,
      successUrl: `${back}paid`,
      cancelUrl: `${back}unpaid`,
      idempotencyKey: `${payable.reservationId} after ${previous ?? 'none'}`,
    };
    const answer = await this.ask(input);
    if (answer?.__typename !== 'CheckoutSuccess') return answer?.message ?? 'The checkout could not be opened.';
    keepClientSecret(answer.payment.id, answer.clientSecret);
    return answer.payment;
  }

  private async ask(input: CheckoutInput): Promise<CheckoutMutation['checkout'] | undefined> {
    const { data } = await firstValueFrom(this.apollo.mutate({ mutation: CheckoutDocument, variables: { input } }));
    if (data?.checkout?.__typename !== 'IdempotencyInProgressError') return data?.checkout;
    await firstValueFrom(timer(data.checkout.retryAfterSeconds * 1000));
    return this.ask(input);
  }
}
