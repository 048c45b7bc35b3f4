"""Services were told apart by their tokens' hashes; without a name they are one, which keeps the keys they had."""

from alembic import op

revision = "0007"
down_revision = "0006"

OF_A_TOKEN = "caller ~ '^service:[0-9a-f]{8}$'"  # noqa: S105 - a condition
ONE_SERVICE = f"""
UPDATE mesaya_payments.idempotency_keys k SET caller = 'service'
WHERE {OF_A_TOKEN} AND NOT EXISTS (  -- of a key that two tokens have used, the first use counts
  SELECT FROM (SELECT * FROM mesaya_payments.idempotency_keys WHERE {OF_A_TOKEN}) other
  WHERE other.operation = k.operation AND other.key = k.key
    AND (other.created_at, other.caller) < (k.created_at, k.caller))
"""


def upgrade() -> None:
    op.execute(ONE_SERVICE)
