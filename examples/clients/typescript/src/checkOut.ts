import { ask } from './client.js';
import { CheckOutDocument } from './generated/graphql.js';

/** Where to send the payer. */
export async function checkOut(url: string, token: string, reservationId: string, amount: string): Promise<string> {
  const input = { reservationId, amount: { amount, currency: 'USD' } };
  const { checkout } = await ask(url, token, CheckOutDocument, { input });
  if (checkout?.__typename !== 'CheckoutSuccess') throw new Error(checkout?.message ?? 'Nothing came back');
  return checkout.payment.checkoutUrl ?? '';
}
