"""Adopt the shared payments table, and set up our own record of it beside."""

import re

from alembic import op

from data.migrations.shared_tables import (
    EXTENDED_COLUMNS,
    INDEXES,
    MEANINGS,
    PARTNERS,
    PLAIN_PAYMENTS,
    StatusType,
    exists,
)

revision = "0001"
down_revision = None

STATUSES = "('PENDING', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'REFUNDED')"

RECORDS = f"""
CREATE TABLE mesaya_payments.records (
  payment_id uuid PRIMARY KEY REFERENCES payments (payment_id),
  status text NOT NULL CHECK (status IN {STATUSES}),
  sequence integer NOT NULL CHECK (sequence >= 1),
  amount numeric(10,2) NOT NULL CHECK (amount > 0),
  currency varchar(3) NOT NULL,
  received_amount numeric(14,2),
  received_currency varchar(3),
  amount_refunded numeric(14,2) NOT NULL DEFAULT 0 CHECK (amount_refunded >= 0),
  amount_reserved numeric(14,2) NOT NULL DEFAULT 0,
  caller text NOT NULL,
  attempt integer NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  success_url text NOT NULL,
  cancel_url text NOT NULL,
  expires_at timestamptz NOT NULL,
  failure_code text,
  failure_message text,
  cancellation_cause text CHECK (cancellation_cause IN ('REQUESTED', 'EXPIRED')),
  cancellation_reason text,
  unknown_since timestamptz,
  last_error text,
  checks integer NOT NULL DEFAULT 0,
  next_check_at timestamptz,
  checked_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK ((received_amount IS NULL) = (received_currency IS NULL)),
  CHECK (amount_reserved >= amount_refunded)
);
CREATE INDEX records_due ON mesaya_payments.records (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX records_unknown ON mesaya_payments.records (unknown_since) WHERE unknown_since IS NOT NULL;
CREATE INDEX records_by_status ON mesaya_payments.records (status)
"""
EVENTS = f"""
CREATE TABLE mesaya_payments.events (
  payment_id uuid NOT NULL REFERENCES mesaya_payments.records (payment_id),
  sequence integer NOT NULL CHECK (sequence >= 1),
  kind text NOT NULL CHECK (kind IN ('STATUS', 'DECLINE', 'REFUND', 'DISPUTE', 'MISMATCH')),
  status text NOT NULL CHECK (status IN {STATUSES}),
  previous_status text CHECK (previous_status IN {STATUSES}),
  cause text NOT NULL CHECK (cause IN
    ('CHECKOUT', 'VERIFY', 'CANCEL', 'REFUND', 'PROVIDER_WEBHOOK', 'RECONCILER', 'EXPIRY', 'EXTERNAL')),
  detail text,
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (payment_id, sequence),
  CHECK ((sequence = 1) = (previous_status IS NULL))
)
"""
REFUNDS = """
CREATE TABLE mesaya_payments.refunds (
  refund_id uuid PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES mesaya_payments.records (payment_id),
  amount numeric(14,2) NOT NULL CHECK (amount > 0),
  currency varchar(3) NOT NULL,
  status text NOT NULL CHECK (status IN ('PENDING', 'SUCCEEDED', 'FAILED')),
  reason text,
  provider_refund_id text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (payment_id, provider_refund_id)
)
"""
IDEMPOTENCY_KEYS = """
CREATE TABLE mesaya_payments.idempotency_keys (
  caller text NOT NULL,
  operation text NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL,
  payment_id uuid NOT NULL,
  refund_id uuid,
  answer text,
  holder uuid NOT NULL,
  lease_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (caller, operation, key)
);
CREATE INDEX idempotency_keys_by_age ON mesaya_payments.idempotency_keys (created_at)
"""
PROVIDER_EVENTS = """
CREATE TABLE mesaya_payments.provider_events (
  provider text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  payment_id uuid,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (provider, event_id)
)
"""
FOREIGN_WRITES = """
CREATE TABLE mesaya_payments.foreign_writes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payment_id uuid NOT NULL,
  label text NOT NULL,
  amount numeric NOT NULL,
  currency text,
  written_at timestamptz NOT NULL DEFAULT now()  -- for a person who looks; nothing here reads it
)
"""
MOCK_PROVIDER = """
CREATE TABLE mesaya_payments.mock_checkouts (
  id text PRIMARY KEY,
  payment_id uuid NOT NULL,
  attempt integer NOT NULL,
  amount numeric(14,2) NOT NULL,
  currency varchar(3) NOT NULL,
  state text NOT NULL CHECK (state IN ('OPEN', 'PROCESSING', 'PAID', 'FAILED', 'EXPIRED')),
  closed_by_payer boolean NOT NULL DEFAULT false,
  description text,
  success_url text NOT NULL,
  cancel_url text NOT NULL,
  decline_code text,
  decline_message text,
  expires_at timestamptz NOT NULL,
  settles_at timestamptz,
  created_at timestamptz NOT NULL,
  UNIQUE (payment_id, attempt)
);
CREATE TABLE mesaya_payments.mock_charges (
  checkout_id text PRIMARY KEY REFERENCES mesaya_payments.mock_checkouts (id),
  amount numeric(14,2) NOT NULL CHECK (amount > 0),
  currency varchar(3) NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE mesaya_payments.mock_refunds (
  id text PRIMARY KEY,
  checkout_id text NOT NULL REFERENCES mesaya_payments.mock_checkouts (id),
  refund_id uuid UNIQUE,
  amount numeric(14,2) NOT NULL CHECK (amount > 0),
  currency varchar(3) NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING', 'SUCCEEDED', 'FAILED')),
  created_at timestamptz NOT NULL
);
CREATE INDEX mock_refunds_by_checkout ON mesaya_payments.mock_refunds (checkout_id)
"""
STATUS_OF = """
CREATE FUNCTION mesaya_payments.status_of(label text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE upper(label)
    WHEN 'COMPLETED' THEN 'SUCCEEDED'
    WHEN 'CANCELLED' THEN 'CANCELED'
    WHEN 'PENDING' THEN 'PENDING'
    WHEN 'SUCCEEDED' THEN 'SUCCEEDED'
    WHEN 'FAILED' THEN 'FAILED'
    WHEN 'CANCELED' THEN 'CANCELED'
    WHEN 'REFUNDED' THEN 'REFUNDED'
    ELSE 'PROCESSING'  -- a label of others that we do not know: neither payable nor final
  END
$$
"""
TRANSITIONS = """
CREATE FUNCTION mesaya_payments.check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong_amount boolean := coalesce(NEW.failure_code = 'AMOUNT_MISMATCH', false);
BEGIN
  IF NEW.status <> OLD.status AND NOT (CASE OLD.status || '>' || NEW.status
    WHEN 'PENDING>PROCESSING' THEN true
    WHEN 'PENDING>SUCCEEDED' THEN NOT wrong_amount
    WHEN 'PENDING>FAILED' THEN NOT wrong_amount
    WHEN 'PENDING>CANCELED' THEN NOT wrong_amount
    WHEN 'PROCESSING>SUCCEEDED' THEN NOT wrong_amount
    WHEN 'PROCESSING>FAILED' THEN NOT wrong_amount
    WHEN 'PROCESSING>CANCELED' THEN NOT wrong_amount
    WHEN 'PROCESSING>REFUNDED' THEN wrong_amount
    WHEN 'SUCCEEDED>REFUNDED' THEN NOT wrong_amount
    WHEN 'FAILED>SUCCEEDED' THEN NOT wrong_amount
    WHEN 'CANCELED>SUCCEEDED' THEN NOT wrong_amount
    WHEN 'FAILED>PROCESSING' THEN wrong_amount
    WHEN 'CANCELED>PROCESSING' THEN wrong_amount
    WHEN 'REFUNDED>SUCCEEDED' THEN NOT wrong_amount
    WHEN 'REFUNDED>PROCESSING' THEN wrong_amount
    ELSE false
  END) THEN
    RAISE EXCEPTION 'payment % does not go from % to %', OLD.payment_id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.sequence < OLD.sequence OR NEW.amount <> OLD.amount OR NEW.currency <> OLD.currency THEN
    RAISE EXCEPTION 'payment %: amount and currency stay, its history only grows', OLD.payment_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_transition BEFORE UPDATE ON mesaya_payments.records
  FOR EACH ROW EXECUTE FUNCTION mesaya_payments.check_transition();

CREATE FUNCTION mesaya_payments.check_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Refused and never heard of at the provider, a refund may turn out to have been made.
  IF NEW.status <> OLD.status AND ((OLD.status = 'FAILED' AND OLD.provider_refund_id IS NOT NULL)
      OR (OLD.status = 'SUCCEEDED' AND NEW.status <> 'FAILED')) THEN
    RAISE EXCEPTION 'refund % does not go from % to %', OLD.refund_id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_refund BEFORE UPDATE ON mesaya_payments.refunds
  FOR EACH ROW EXECUTE FUNCTION mesaya_payments.check_refund();

CREATE FUNCTION mesaya_payments.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a payment''s history is not rewritten' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER refuse_rewriting BEFORE UPDATE OR DELETE ON mesaya_payments.events
  FOR EACH ROW EXECUTE FUNCTION mesaya_payments.refuse_rewriting()
"""
WAKING = """
CREATE FUNCTION mesaya_payments.wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('mesaya_payments_changed', NEW.payment_id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER wake_at_first AFTER INSERT ON mesaya_payments.records
  FOR EACH ROW EXECUTE FUNCTION mesaya_payments.wake();
CREATE TRIGGER wake AFTER UPDATE ON mesaya_payments.records FOR EACH ROW
  WHEN (OLD.sequence <> NEW.sequence) EXECUTE FUNCTION mesaya_payments.wake();
CREATE TRIGGER wake AFTER UPDATE ON mesaya_payments.idempotency_keys FOR EACH ROW
  WHEN (NEW.answer IS NOT NULL OR NEW.lease_until < OLD.lease_until) EXECUTE FUNCTION mesaya_payments.wake();

CREATE FUNCTION mesaya_payments.notice_foreign_write() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN  -- within the writes of others, whose roles know nothing of our schema
  PERFORM pg_notify('mesaya_payments_changed', NEW.payment_id::text);
  INSERT INTO mesaya_payments.foreign_writes (payment_id, label, amount, currency)
  SELECT NEW.payment_id, NEW.payment_status::text, NEW.amount, NEW.currency
  FROM mesaya_payments.records r
  WHERE r.payment_id = NEW.payment_id
    AND (r.status, r.amount, r.currency)
      IS DISTINCT FROM (mesaya_payments.status_of(NEW.payment_status::text), NEW.amount, upper(NEW.currency)::varchar);
  RETURN NULL;
END $$;
CREATE TRIGGER mesaya_payments_notice_foreign_write AFTER UPDATE ON payments FOR EACH ROW
  WHEN (OLD.payment_status IS DISTINCT FROM NEW.payment_status OR OLD.amount IS DISTINCT FROM NEW.amount
    OR OLD.currency IS DISTINCT FROM NEW.currency)
  EXECUTE FUNCTION mesaya_payments.notice_foreign_write()
"""


def upgrade() -> None:
    connection = op.get_bind()
    _create_missing()
    # A label cannot be used in the transaction that adds it (PostgreSQL 15 and later), so this step is committed first;
    # stopped after it, the migration starts again and finds the labels there.
    with op.get_context().autocommit_block():
        labels = StatusType(connection)
        for label in labels.missing():
            op.execute(f"ALTER TYPE {labels.name} ADD VALUE IF NOT EXISTS '{label}'")
    op.execute(EXTENDED_COLUMNS)
    for statement in (*INDEXES, RECORDS, EVENTS, REFUNDS, IDEMPOTENCY_KEYS, PROVIDER_EVENTS, FOREIGN_WRITES):
        _run(statement)
    for statement in (MOCK_PROVIDER, STATUS_OF, _label_of(StatusType(connection)), TRANSITIONS, WAKING):
        _run(statement)


def _create_missing() -> None:
    connection = op.get_bind()
    if exists(connection, "payments"):
        StatusType(connection)  # refuses what is no payments table before anything is written
    else:
        op.execute("CREATE TYPE payment_status_enum AS ENUM ('pending', 'succeeded', 'failed', 'canceled')")
        op.execute(PLAIN_PAYMENTS)
    if not exists(connection, "partners"):
        if not exists(connection, "partners_status_enum"):
            op.execute("CREATE TYPE partners_status_enum AS ENUM ('active', 'inactive', 'suspended')")
        op.execute(PARTNERS)


def _label_of(labels: StatusType) -> str:
    cases = "\n".join(f"    WHEN '{status}' THEN '{labels.label_of(status)}'::{labels.name}" for status in MEANINGS)
    return f"""
CREATE FUNCTION mesaya_payments.label_of(status text) RETURNS {labels.name} LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE status
{cases}
  END
$$
"""


def _run(script: str) -> None:
    """One statement at a time, as asyncpg takes them."""
    for statement in re.split(r";\s*\n(?=CREATE )", script):
        op.get_bind().exec_driver_sql(statement)
