-- working note: own tables, in a schema of our own (removed once 0001 stands)
CREATE SCHEMA mesaya_payments;
CREATE TABLE mesaya_payments.records (          -- our own truth of a payment this service made
  payment_id uuid PRIMARY KEY REFERENCES payments (payment_id),   -- deleting one of our payments is refused
  status text NOT NULL,                          -- CHECK in the six of data/status.py
  sequence integer NOT NULL CHECK (sequence >= 1),   -- of its newest event
  amount numeric(10,2) NOT NULL CHECK (amount > 0),
  currency varchar(3) NOT NULL,                  -- upper case here; payments.currency is lower case
  received_amount numeric(14,2), received_currency varchar(3),   -- both or none; only differs from amount/currency with AMOUNT_MISMATCH
  amount_refunded numeric(14,2) NOT NULL DEFAULT 0,   -- sum of SUCCEEDED refunds
  caller text NOT NULL,
  attempt integer NOT NULL DEFAULT 1,            -- of the checkout at the provider
  success_url text NOT NULL, cancel_url text NOT NULL,
  expires_at timestamptz NOT NULL,
  failure_code text, failure_message text,
  cancellation_cause text, cancellation_reason text,   -- REQUESTED | EXPIRED
  unknown_since timestamptz, last_error text,    -- set while the provider's answer is not known
  checks integer NOT NULL DEFAULT 0,             -- how often the reconciler has asked
  next_check_at timestamptz,                     -- null: nothing to ask; partial index on it where not null
  checked_at timestamptz,                        -- the provider's last answer
  created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
);
-- BEFORE UPDATE trigger on records: status change must be in data/status.py's TRANSITIONS (guard: wrong_amount = NEW.failure_code = 'AMOUNT_MISMATCH'), generated from that dict into the migration as literal SQL; sequence never goes down; amount, currency, created_at never change
CREATE TABLE mesaya_payments.events (
  payment_id uuid NOT NULL REFERENCES mesaya_payments.records, sequence integer NOT NULL,
  kind text NOT NULL,             -- STATUS DECLINE REFUND DISPUTE MISMATCH
  status text NOT NULL, previous_status text,
  cause text NOT NULL,            -- CHECKOUT VERIFY CANCEL REFUND PROVIDER_WEBHOOK RECONCILER EXPIRY EXTERNAL
  detail text, occurred_at timestamptz NOT NULL,
  PRIMARY KEY (payment_id, sequence), CHECK ((sequence = 1) = (previous_status IS NULL))
);
CREATE TABLE mesaya_payments.refunds (
  refund_id uuid PRIMARY KEY, payment_id uuid NOT NULL REFERENCES mesaya_payments.records,
  amount numeric(14,2) NOT NULL CHECK (amount > 0), currency varchar(3) NOT NULL,
  status text NOT NULL,           -- PENDING SUCCEEDED FAILED; trigger: FAILED never changes, SUCCEEDED only to FAILED
  reason text, provider_refund_id text, failure text,
  created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  UNIQUE (payment_id, provider_refund_id)
);
CREATE TABLE mesaya_payments.idempotency_keys (
  caller text NOT NULL, operation text NOT NULL, key text NOT NULL,
  fingerprint bytea NOT NULL,     -- of the arguments
  payment_id uuid NOT NULL, refund_id uuid,
  answer text,                    -- the kind of answer; null while the first call runs
  holder uuid NOT NULL, lease_until timestamptz NOT NULL, created_at timestamptz NOT NULL,
  PRIMARY KEY (caller, operation, key)
);  -- index on created_at for clearing away
CREATE TABLE mesaya_payments.provider_events (
  provider text NOT NULL, event_id text NOT NULL, type text NOT NULL, payment_id uuid, received_at timestamptz NOT NULL,
  PRIMARY KEY (provider, event_id)
);
CREATE TABLE mesaya_payments.foreign_writes (   -- filled by the trigger on payments
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payment_id uuid NOT NULL,
  label text NOT NULL, amount numeric(10,2) NOT NULL, currency text, written_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE mesaya_payments.mock_checkouts (   -- the mock provider's own books
  id text PRIMARY KEY, payment_id uuid NOT NULL, attempt integer NOT NULL, fingerprint? ..., amount numeric(10,2), currency varchar(3), state ..., UNIQUE (payment_id, attempt)
);  -- owned by the mock helper: see providers/mock.py; also mock_charges, mock_refunds
-- functions:
--   mesaya_payments.status_of(label text) RETURNS text IMMUTABLE   -- 'COMPLETED','succeeded' → 'SUCCEEDED'; 'CANCELLED','canceled' → 'CANCELED'; unknown label → 'PENDING'? no: upper(label)
--   mesaya_payments.label_of(status text) RETURNS <that database's enum> STABLE/IMMUTABLE -- the label this database already has
-- trigger AFTER UPDATE ON payments WHEN status, amount or currency IS DISTINCT: if a record exists and it differs from the record (status_of(label) <> status, amount, upper(currency)) then INSERT foreign_writes; always pg_notify('mesaya_payments_changed', payment_id)
-- trigger AFTER INSERT ON events: pg_notify('mesaya_payments_changed', payment_id)
