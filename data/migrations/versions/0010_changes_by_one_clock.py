"""When a delivery changed last, by the database's clock: whoever reads on after it misses nothing of any sender's."""

from alembic import op

revision = "0010"
down_revision = "0009"

COLUMN = "ALTER TABLE mesaya_payments.deliveries ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now()"
STAMPED = "ALTER TABLE mesaya_payments.deliveries ALTER COLUMN changed_at SET DEFAULT clock_timestamp()"
"""Later: a table whose column begins with what is another one for each row would be written anew."""
INDEX = "CREATE INDEX deliveries_changed_in_order ON mesaya_payments.deliveries (changed_at, id)"


def upgrade() -> None:
    for statement in (COLUMN, STAMPED, INDEX):
        op.execute(statement)
