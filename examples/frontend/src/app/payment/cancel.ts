import { inject, Injectable } from '@angular/core';
import { Apollo } from 'apollo-angular';
import { firstValueFrom } from 'rxjs';
import { CancelPaymentDocument } from '../../generated/graphql';
import { clientSecretOf } from './client-secrets';

@Injectable({ providedIn: 'root' })
export class Cancel {
  private readonly apollo = inject(Apollo);

  /** The words of a refusal, or none. Throws what the network or GraphQL says. */
  async payment(paymentId: string): Promise<string> {
    const variables = { input: { paymentId, clientSecret: clientSecretOf(paymentId) } };
    const { data } = await firstValueFrom(this.apollo.mutate({ mutation: CancelPaymentDocument, variables }));
    const answer = data?.cancelPayment;
    return answer?.__typename === 'CancelPaymentSuccess' ? '' : (answer?.message ?? 'It could not be canceled.');
  }
}
