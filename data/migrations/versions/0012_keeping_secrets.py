"""What keeps replaced secrets asks for no key by its columns any more, so that 0013 can take that key away under it."""

from alembic import op

revision = "0012"
down_revision = "0011"

KEEP = """
CREATE OR REPLACE FUNCTION mesaya_payments.keep_old_secret() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = mesaya_payments, pg_temp AS $$
BEGIN
  INSERT INTO mesaya_payments.old_secrets (partner_id, secret) VALUES (NEW.id, OLD.secret)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(KEEP)
