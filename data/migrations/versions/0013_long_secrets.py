"""Secrets that were replaced are kept however long they are: an index of PostgreSQL takes no more than 2,700 bytes."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("ALTER TABLE mesaya_payments.old_secrets DROP CONSTRAINT old_secrets_pkey")
    op.execute("CREATE INDEX old_secrets_of_partner ON mesaya_payments.old_secrets (partner_id, replaced_at DESC)")
