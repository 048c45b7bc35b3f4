"""Which attempt at a refund is under way: a provider may repeat its errors under every key of one for a day."""

from alembic import op

revision = "0011"
down_revision = "0010"

COLUMN = "ALTER TABLE mesaya_payments.refunds ADD COLUMN attempt integer NOT NULL DEFAULT 1"


def upgrade() -> None:
    op.execute(COLUMN)
