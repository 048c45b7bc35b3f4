"""The tables that mesaYA_Res owns, as a migration finds them: what is there stays, what is missing is added."""

from sqlalchemy import Connection, text

MEANINGS = {
    "PENDING": ("PENDING",),
    "PROCESSING": ("PROCESSING",),
    "SUCCEEDED": ("SUCCEEDED", "COMPLETED"),
    "FAILED": ("FAILED",),
    "CANCELED": ("CANCELED", "CANCELLED"),
    "REFUNDED": ("REFUNDED",),
}
"""Each status, and the labels that mean it, in either case."""

PLAIN_PAYMENTS = """
CREATE TABLE payments (
  payment_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  reservation_id uuid,
  subscription_id uuid,
  amount numeric(10,2) NOT NULL,
  payment_status payment_status_enum NOT NULL DEFAULT 'pending',
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
)
"""
PARTNERS = """
CREATE TABLE partners (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name varchar NOT NULL UNIQUE,
  webhook_url varchar NOT NULL,
  secret varchar NOT NULL,
  status partners_status_enum NOT NULL DEFAULT 'active',
  events text NOT NULL,
  description varchar,
  contact_email varchar,
  api_version varchar NOT NULL DEFAULT 'v1',
  failed_attempts integer NOT NULL DEFAULT 0,
  last_webhook_at timestamp without time zone,
  last_success_at timestamp without time zone,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now(),
  created_by varchar
)
"""
EXTENDED_COLUMNS = """
ALTER TABLE payments
  ADD COLUMN IF NOT EXISTS user_id uuid,
  ADD COLUMN IF NOT EXISTS currency varchar(3) DEFAULT 'usd',
  ADD COLUMN IF NOT EXISTS payment_type varchar(20) DEFAULT 'reservation',
  ADD COLUMN IF NOT EXISTS provider varchar(50) DEFAULT 'mock',
  ADD COLUMN IF NOT EXISTS provider_payment_id varchar(255),
  ADD COLUMN IF NOT EXISTS checkout_url text,
  ADD COLUMN IF NOT EXISTS payer_email varchar(255),
  ADD COLUMN IF NOT EXISTS payer_name varchar(255),
  ADD COLUMN IF NOT EXISTS description text,
  ADD COLUMN IF NOT EXISTS metadata jsonb DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS idempotency_key varchar(255) UNIQUE,
  ADD COLUMN IF NOT EXISTS failure_reason text
"""
INDEXES = (
    "CREATE INDEX IF NOT EXISTS mesaya_payments_newest ON payments (created_at DESC, payment_id DESC)",
    "CREATE INDEX IF NOT EXISTS mesaya_payments_of_reservation"
    " ON payments (reservation_id, created_at DESC, payment_id DESC)",
    "CREATE INDEX IF NOT EXISTS mesaya_payments_of_subscription"
    " ON payments (subscription_id, created_at DESC, payment_id DESC)",
    "CREATE INDEX IF NOT EXISTS mesaya_payments_of_user ON payments (user_id, created_at DESC, payment_id DESC)",
    "CREATE INDEX IF NOT EXISTS mesaya_payments_at_provider ON payments (provider, provider_payment_id)",
)

_STATUS_TYPE = """
SELECT t.typname AS name, n.nspname AS schema, t.oid, t.typtype = 'e' AS is_enum
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE a.attrelid = to_regclass('payments') AND a.attname = 'payment_status' AND NOT a.attisdropped
"""
_LABELS = "SELECT enumlabel FROM pg_enum WHERE enumtypid = :oid ORDER BY enumsortorder"


class UnknownShapeError(Exception):
    """A `payments` table that this service cannot live with."""


class StatusType:
    """The enum of `payments.payment_status`: whose name and labels are the database's own."""

    def __init__(self, connection: Connection) -> None:
        row = connection.execute(text(_STATUS_TYPE)).first()
        if row is None or not row.is_enum:
            raise UnknownShapeError("payments.payment_status is not an enum; this database has another payments table")
        self.name = f'"{row.schema}"."{row.name}"'
        self.labels: list[str] = list(connection.execute(text(_LABELS), {"oid": row.oid}).scalars())

    def label_of(self, status: str) -> str:
        """The label this database has for a status, or the one to add, in the case that its others are in."""
        for meaning in MEANINGS[status]:
            for label in self.labels:
                if label.upper() == meaning:
                    return label
        return status if any(label.isupper() for label in self.labels) else status.lower()

    def missing(self) -> list[str]:
        return [label for label in map(self.label_of, MEANINGS) if label not in self.labels]


def exists(connection: Connection, name: str) -> bool:
    """Whether a table or a type of this name is found without naming its schema."""
    found = "SELECT coalesce(to_regclass(:name)::oid, to_regtype(:name)::oid) IS NOT NULL"
    return bool(connection.execute(text(found), {"name": name}).scalar())
