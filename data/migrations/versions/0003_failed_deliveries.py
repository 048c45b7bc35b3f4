"""Deliveries that failed are counted and sent again by an index of their own."""

from alembic import op

revision = "0003"
down_revision = "0002"

FAILED = """
CREATE INDEX deliveries_failed ON mesaya_payments.deliveries (subscriber_id, created_at) WHERE state = 'FAILED'
"""


def upgrade() -> None:
    op.execute(FAILED)
