"""What a provider told us of long ago is forgotten: it is found by its age."""

from alembic import op

revision = "0006"
down_revision = "0005"

BY_AGE = "CREATE INDEX provider_events_by_age ON mesaya_payments.provider_events (received_at)"


def upgrade() -> None:
    op.execute(BY_AGE)
