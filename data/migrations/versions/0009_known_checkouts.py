"""Our records take over what the shared rows say of checkouts: a few at a time, since others write meanwhile."""

from alembic import op
from sqlalchemy import text

revision = "0009"
down_revision = "0008"

AT_ONCE = 5_000
"""Records that one statement writes, and nobody else until it is done."""
TAKE_OVER = text("""
WITH few AS (
  SELECT payment_id FROM mesaya_payments.records WHERE payment_id > :after ORDER BY payment_id LIMIT :limit
), taken AS (
  UPDATE mesaya_payments.records r SET provider = p.provider, provider_payment_id = p.provider_payment_id
  FROM few JOIN payments p ON p.payment_id = few.payment_id
  WHERE r.payment_id = few.payment_id AND r.provider IS NULL
)
SELECT payment_id FROM few ORDER BY payment_id DESC LIMIT 1
""")
FIRST = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        after: object = FIRST
        while after is not None:
            after = op.get_bind().execute(TAKE_OVER, {"after": after, "limit": AT_ONCE}).scalar()
