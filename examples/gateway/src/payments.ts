import { GraphQLError } from 'graphql';
import { settings } from './settings.js';

const CHECK_OUT = `mutation CheckOut($input: CheckoutInput!) {
  checkout(input: $input) {
    ... on CheckoutSuccess { payment { id } }
    ... on UserError { message }
  }
}`;
const PAID = `query Paid($reservationId: ID!) {
  payments(reservationId: $reservationId, statuses: [SUCCEEDED], first: 1) { nodes { id } }
}`;

export interface Order {
  reservationId: string;
  userId: string;
  amount: { amount: string; currency: string };
}

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string }[];
}

/** Opens a checkout, or finds the one that is open. We vouch for the price and for the user: both are ours to say. */
export async function checkOut(input: Order, passedOn: Record<string, string>): Promise<{ id: string }> {
  type Data = { checkout: { payment?: { id: string }; message?: string } | null };
  const { checkout } = await ask<Data>(CHECK_OUT, { input }, passedOn);
  if (!checkout?.payment) throw new GraphQLError(checkout?.message ?? 'The checkout was not opened');
  return checkout.payment;
}

export async function isPaid(reservationId: string, passedOn: Record<string, string>): Promise<boolean> {
  type Data = { payments: { nodes: unknown[] } | null };
  const { payments } = await ask<Data>(PAID, { reservationId }, passedOn);
  return (payments?.nodes.length ?? 0) > 0;
}

/** With the service token we see and may do everything, so no user's words go this way: only the documents above. */
async function ask<Data>(query: string, variables: object, passedOn: Record<string, string>): Promise<Data> {
  const answer = await fetch(settings.paymentsUrl, {
    method: 'POST',
    headers: { ...passedOn, 'content-type': 'application/json', authorization: `Bearer ${settings.serviceToken}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as Answer<Data>;
  if (!data || errors?.length) throw new GraphQLError('The payments service did not answer');
  return data;
}
