import { inject, Injectable } from '@angular/core';
import { Apollo } from 'apollo-angular';
import { VerifyPaymentDocument } from '../../generated/graphql';
import { clientSecretOf } from './client-secrets';

@Injectable({ providedIn: 'root' })
export class Verify {
  private readonly apollo = inject(Apollo);

  /** For a payer who is just back: the provider is asked at once. Without an answer we wait for it as ever. */
  payment(paymentId: string): void {
    const variables = { input: { paymentId, clientSecret: clientSecretOf(paymentId) } };
    this.apollo.mutate({ mutation: VerifyPaymentDocument, variables }).subscribe({ error: () => undefined });
  }
}
