"""A payment's checkout stands in our own record too: what others write into the shared row does not change it."""

from alembic import op

revision = "0008"
down_revision = "0007"

COLUMNS = "ALTER TABLE mesaya_payments.records ADD COLUMN provider text, ADD COLUMN provider_payment_id text"
"""Empty where an instance from before made the payment and nobody of now has written it since."""
OTHER_CHECKOUT = "ALTER TABLE mesaya_payments.foreign_writes ADD COLUMN other_checkout boolean NOT NULL DEFAULT false"
FUNCTION = """
CREATE FUNCTION mesaya_payments.notice_foreign_checkout() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO mesaya_payments.foreign_writes (payment_id, label, amount, currency, other_checkout)
  SELECT NEW.payment_id, NEW.payment_status::text, NEW.amount, NEW.currency, true
  FROM mesaya_payments.records r
  WHERE r.payment_id = NEW.payment_id AND r.provider IS NOT NULL
    AND (r.provider, r.provider_payment_id) IS DISTINCT FROM (NEW.provider::text, NEW.provider_payment_id::text);
  RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER mesaya_payments_notice_foreign_checkout AFTER UPDATE ON payments FOR EACH ROW
  WHEN (OLD.provider IS DISTINCT FROM NEW.provider OR OLD.provider_payment_id IS DISTINCT FROM NEW.provider_payment_id)
  EXECUTE FUNCTION mesaya_payments.notice_foreign_checkout()
"""


def upgrade() -> None:
    for statement in (COLUMNS, OTHER_CHECKOUT, FUNCTION, TRIGGER):
        op.execute(statement)
