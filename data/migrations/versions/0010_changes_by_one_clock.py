"""When a delivery changed last, by the database's clock: whoever reads on after it misses nothing of any sender's."""

from alembic import op

revision = "0010"
down_revision = "0009"

COLUMN = "ALTER TABLE mesaya_payments.deliveries ADD COLUMN changed_at timestamptz NOT NULL DEFAULT to_timestamp(0)"
"""Of those that are there: long ago."""
INSERTED = "ALTER TABLE mesaya_payments.deliveries ALTER COLUMN changed_at SET DEFAULT clock_timestamp()"
INDEX = "CREATE INDEX deliveries_changed_in_order ON mesaya_payments.deliveries (changed_at, id)"
STAMP = """
CREATE FUNCTION mesaya_payments.stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_at := clock_timestamp();
  RETURN NEW;
END $$
"""
UPDATED = """
CREATE TRIGGER stamp_change BEFORE UPDATE ON mesaya_payments.deliveries FOR EACH ROW
  WHEN (NEW.version <> OLD.version) EXECUTE FUNCTION mesaya_payments.stamp_change()
"""


def upgrade() -> None:
    for statement in (COLUMN, INSERTED, INDEX, STAMP, UPDATED):
        op.execute(statement)
