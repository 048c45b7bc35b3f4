"""Secrets that were replaced are kept however long they are: an index of PostgreSQL takes no more than 2,700 bytes."""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    "ALTER TABLE mesaya_payments.old_secrets DROP CONSTRAINT old_secrets_pkey",
    "CREATE INDEX old_secrets_of_partner ON mesaya_payments.old_secrets (partner_id, replaced_at DESC)",
    """
CREATE OR REPLACE FUNCTION mesaya_payments.keep_old_secret() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = mesaya_payments, pg_temp AS $$
BEGIN
  INSERT INTO mesaya_payments.old_secrets (partner_id, secret) VALUES (NEW.id, OLD.secret);
  RETURN NULL;
END $$
""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
