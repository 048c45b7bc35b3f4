// The part of the contract that the workloads ask for, over the same tables, as a careful user of pg would write it.
import pg from "pg";

export const typeDefs = /* GraphQL */ `
  enum PaymentStatus { PENDING PROCESSING SUCCEEDED FAILED CANCELED REFUNDED }
  enum PaymentType { RESERVATION SUBSCRIPTION }
  enum ProviderName { MOCK STRIPE }
  scalar Decimal
  scalar Currency
  scalar DateTime
  scalar JSON
  type Money { amount: Decimal! currency: Currency! }
  type Payer { email: String name: String }
  type Payment {
    id: ID! status: PaymentStatus! type: PaymentType! amount: Money! userId: ID provider: ProviderName!
    providerPaymentId: String payer: Payer description: String metadata: JSON! createdAt: DateTime! updatedAt: DateTime!
  }
  type PaymentConnection { nodes: [Payment!]! }
  type Query {
    payment(id: ID!, clientSecret: String): Payment
    payments(reservationId: ID, first: Int! = 20): PaymentConnection
  }
`;

export const COLUMNS = `p.payment_id::text AS id, coalesce(r.status, upper(p.payment_status::text)) AS status,
  upper(p.payment_type) AS type, coalesce(r.amount, p.amount)::text AS amount,
  coalesce(r.currency, upper(p.currency), 'USD') AS currency, p.user_id::text AS "userId", upper(p.provider) AS provider,
  p.provider_payment_id AS "providerPaymentId", p.payer_email AS email, p.payer_name AS name, p.description, p.metadata,
  p.created_at AS "createdAt", p.updated_at AS "updatedAt"`;
export const SOURCE = "payments p LEFT JOIN mesaya_payments.records r ON r.payment_id = p.payment_id";
const NEWEST_FIRST = "ORDER BY p.created_at DESC, p.payment_id DESC LIMIT";

// timestamp without time zone is UTC here; PostgreSQL's text with a T and an offset is RFC 3339.
pg.types.setTypeParser(1114, (text) => text.replace(" ", "T") + "+00:00");
export const pool = new pg.Pool({ max: 10 });

export const shaped = (row) => ({
  ...row,
  amount: { amount: row.amount, currency: row.currency },
  payer: row.email === null && row.name === null ? null : { email: row.email, name: row.name },
});

// Each is planned once: an array within a SELECT does not show the planner how long it is.
const byId = { name: "by-id", text: `SELECT ${COLUMNS} FROM ${SOURCE} WHERE p.payment_id = $1` };
const byIds = { name: "by-ids", text: `SELECT ${COLUMNS} FROM ${SOURCE} WHERE p.payment_id = ANY((SELECT $1::uuid[])::uuid[])` };

export async function paymentsById(ids) {
  const { rows } = await pool.query(ids.length === 1 ? { ...byId, values: ids } : { ...byIds, values: [ids] });
  const found = new Map(rows.map((row) => [row.id, shaped(row)]));
  return ids.map((id) => found.get(id) ?? null);
}

export async function payments({ reservationId, first }) {
  const query = reservationId
    ? { name: "of-reservation", values: [reservationId, first],
        text: `SELECT ${COLUMNS} FROM ${SOURCE} WHERE p.reservation_id = $1 ${NEWEST_FIRST} $2` }
    : { name: "newest", values: [first], text: `SELECT ${COLUMNS} FROM ${SOURCE} ${NEWEST_FIRST} $1` };
  const { rows } = await pool.query(query);
  return { nodes: rows.map(shaped) };
}

export const port = Number(process.env.PORT);
