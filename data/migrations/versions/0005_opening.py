"""Since when it is unknown what a provider did, and when it was last asked to do it, are two moments.

A checkout that may be opening at this moment cannot be said not to be there. A call that is repeated begins anew, but
what the first one did has been unknown since that one.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

OPENING = "ALTER TABLE mesaya_payments.records ADD COLUMN opening_began_at timestamptz"


def upgrade() -> None:
    op.execute(OPENING)
