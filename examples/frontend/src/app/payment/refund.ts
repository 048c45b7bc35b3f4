import { inject, Injectable } from '@angular/core';
import { Apollo } from 'apollo-angular';
import { firstValueFrom } from 'rxjs';
import { RefundPaymentDocument } from '../../generated/graphql';
import { PaymentReader, type PaymentWithHistory } from './payment-reader';

/** For an ADMIN. */
@Injectable({ providedIn: 'root' })
export class Refund {
  private readonly apollo = inject(Apollo);
  private readonly reader = inject(PaymentReader);

  /**
   * The words of a refusal, or none. Throws what the network or GraphQL says. The idempotency key counts the refunds
   * there are: pressed again it is the same refund, and after that refund the next.
   */
  async payment({ id, amount, refunds }: PaymentWithHistory, part: string, reason: string): Promise<string> {
    const input = {
      paymentId: id,
      amount: { amount: part, currency: amount.currency },
      reason: reason || null,
      idempotencyKey: `${id} refund ${refunds.length + 1}`,
    };
    const variables = { input, after: this.reader.cursor(id) };
    const { data } = await firstValueFrom(this.apollo.mutate({ mutation: RefundPaymentDocument, variables }));
    const answer = data?.refundPayment;
    return answer?.__typename === 'RefundPaymentSuccess' ? '' : (answer?.message ?? 'It could not be refunded.');
  }
}
