// Changes of payments, as a careful user of pg would tell of them: one connection listens for all, and each change is
// read once, together with the others of its turn, however many watch.
import pg from "pg";
import { COLUMNS, SOURCE, pool, shaped, typeDefs as payments } from "./payments.mjs";

export const typeDefs = /* GraphQL */ `
  ${payments}
  type PaymentEvent { sequence: Int! status: PaymentStatus! }
  type PaymentStatusChange { cursor: String! event: PaymentEvent! payment: Payment! }
  type Subscription { paymentStatusChanged(paymentId: ID!, keepOpen: Boolean! = false): PaymentStatusChange! }
`;

const STATEMENT = {
  name: "changes",
  text: `SELECT ${COLUMNS}, r.sequence FROM ${SOURCE} WHERE p.payment_id = ANY($1::uuid[])`,
};
const topic = (id) => `payment ${id}`;
const message = (row) => {
  const { sequence, status } = row;
  return { paymentStatusChanged: { cursor: String(sequence), event: { sequence, status }, payment: shaped(row) } };
};

async function changesOf(ids) {
  const { rows } = await pool.query({ ...STATEMENT, values: [ids] });
  return rows.map((row) => [row.id, message(row)]);
}

/** `publish(topic, message)` hears of every change from now on. */
export async function listen(publish) {
  const client = new pg.Client();
  await client.connect();
  let waiting = null;
  client.on("notification", ({ payload }) => {
    if (waiting) return void waiting.add(payload);
    waiting = new Set([payload]);
    setImmediate(async () => {
      const ids = [...waiting];
      waiting = null;
      for (const [id, change] of await changesOf(ids)) publish(topic(id), change);
    });
  });
  await client.query("LISTEN mesaya_payments_changed");
}

/** What it is now, and then each change; `subscribe(topic)` gives an async iterator. */
export async function* watched(paymentId, subscribe) {
  const changes = await subscribe(topic(paymentId));
  for (const [, change] of await changesOf([paymentId])) yield change;
  yield* changes;
}
