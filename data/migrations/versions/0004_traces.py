"""An event remembers the trace it happened in, which its deliveries go on with."""

from alembic import op

revision = "0004"
down_revision = "0003"

TRACES = "ALTER TABLE mesaya_payments.webhook_events ADD COLUMN traceparent text, ADD COLUMN tracestate text"


def upgrade() -> None:
    op.execute(TRACES)
