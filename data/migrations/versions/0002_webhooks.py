"""What partners are owed, how each attempt went, and the queue that sends it."""

import re

from alembic import op

from data.jobs import install_script

revision = "0002"
down_revision = "0001"

WEBHOOK_EVENTS = """
CREATE TABLE mesaya_payments.webhook_events (
  id uuid PRIMARY KEY,
  type text NOT NULL,
  payment_id uuid NOT NULL REFERENCES mesaya_payments.records (payment_id),
  sequence integer NOT NULL CHECK (sequence >= 1),
  body_v1 bytea NOT NULL,
  body_v2 bytea NOT NULL,
  body_n8n bytea NOT NULL,
  fanned_out boolean NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (payment_id, sequence)
);
CREATE INDEX webhook_events_not_fanned_out ON mesaya_payments.webhook_events (created_at) WHERE NOT fanned_out
"""
DELIVERIES = """
CREATE TABLE mesaya_payments.deliveries (
  id uuid PRIMARY KEY,
  event_id uuid NOT NULL REFERENCES mesaya_payments.webhook_events (id),
  subscriber_id uuid NOT NULL,
  form text NOT NULL CHECK (form IN ('v1', 'v2', 'n8n')),
  payment_id uuid NOT NULL,
  sequence integer NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED', 'HELD')),
  held_because text,
  probing boolean NOT NULL DEFAULT false,
  job_id bigint,
  tried integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  ready_at timestamptz NOT NULL,
  next_attempt_at timestamptz,
  delivered_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  UNIQUE (event_id, subscriber_id),
  CHECK ((state = 'HELD') = (held_because IS NOT NULL)),
  CHECK ((state = 'PENDING') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX deliveries_in_order ON mesaya_payments.deliveries (payment_id, subscriber_id, sequence);
CREATE INDEX deliveries_of_payment ON mesaya_payments.deliveries (payment_id, created_at DESC, id DESC);
CREATE INDEX deliveries_of_subscriber ON mesaya_payments.deliveries (subscriber_id, created_at DESC, id DESC);
CREATE INDEX deliveries_held ON mesaya_payments.deliveries (subscriber_id, created_at) WHERE state = 'HELD';
CREATE INDEX deliveries_pending ON mesaya_payments.deliveries (job_id) WHERE state = 'PENDING';
CREATE INDEX deliveries_changed ON mesaya_payments.deliveries (updated_at)
"""
ATTEMPTS = """
CREATE TABLE mesaya_payments.delivery_attempts (
  delivery_id uuid NOT NULL REFERENCES mesaya_payments.deliveries (id),
  number integer NOT NULL CHECK (number >= 1),
  started_at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  response_status integer,
  response_body text,
  error text,
  PRIMARY KEY (delivery_id, number)
)
"""
PARTNER_HEALTH = """
CREATE TABLE mesaya_payments.partner_health (
  subscriber_id uuid PRIMARY KEY,
  failing_since timestamptz,
  stopped_because text,
  stopped_at timestamptz,
  stopped_url text,
  probe_at timestamptz,
  CHECK ((stopped_at IS NULL) = (stopped_because IS NULL))
);
CREATE INDEX partner_health_stopped ON mesaya_payments.partner_health (subscriber_id) WHERE stopped_at IS NOT NULL
"""
OLD_SECRETS = """
CREATE TABLE mesaya_payments.old_secrets (
  partner_id uuid NOT NULL,
  secret text NOT NULL,
  replaced_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (partner_id, secret)
);
CREATE FUNCTION mesaya_payments.keep_old_secret() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = mesaya_payments, pg_temp AS $$
BEGIN
  INSERT INTO mesaya_payments.old_secrets (partner_id, secret) VALUES (NEW.id, OLD.secret)
  ON CONFLICT (partner_id, secret) DO UPDATE SET replaced_at = now();
  RETURN NULL;
END $$;
CREATE TRIGGER mesaya_payments_keep_old_secret AFTER UPDATE OF secret ON partners FOR EACH ROW
  WHEN (OLD.secret IS DISTINCT FROM NEW.secret AND OLD.secret IS NOT NULL)
  EXECUTE FUNCTION mesaya_payments.keep_old_secret()
"""
WAKING = """
CREATE FUNCTION mesaya_payments.tell_of_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('mesaya_payments_changed', '00000000-0000-0000-0000-000000000000');
  RETURN NULL;
END $$;
CREATE TRIGGER tell_of_deliveries AFTER INSERT OR UPDATE ON mesaya_payments.deliveries
  FOR EACH STATEMENT EXECUTE FUNCTION mesaya_payments.tell_of_deliveries()
"""


def upgrade() -> None:
    for script in (WEBHOOK_EVENTS, DELIVERIES, ATTEMPTS, PARTNER_HEALTH, OLD_SECRETS, WAKING):
        for statement in re.split(r";\s*\n(?=CREATE )", script):
            op.get_bind().exec_driver_sql(statement)
    _install_queue()


def _install_queue() -> None:
    """PgQueuer's own script is many statements, which asyncpg takes at once only below SQLAlchemy.

    By now statements of ours have begun the transaction that it joins.
    """
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    connection.run_async(lambda raw: raw.execute(install_script()))
