"""How long deliveries are kept that are done; beside the senders, they are removed in small batches."""

from datetime import UTC, datetime, timedelta

import structlog

from data import old_deliveries
from webhooks.keeper import guarded
from webhooks.sending import Sending

PACE_SECONDS = 15 * 60.0
BATCH = 500
PAUSE_SECONDS = 0.1
"""Between two batches, so that deliveries to be sent do not wait for those that were."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


def retention_of(days: int) -> timedelta | None:
    """None keeps all, as 0 days do."""
    return timedelta(days=days) or None


async def keep_retention(sending: Sending) -> None:
    """Until cancelled. Any number may run."""
    while True:
        await guarded(remove_old, sending)
        await sending.sleep(PACE_SECONDS)


async def remove_old(sending: Sending) -> None:
    """All that have been done for longer."""
    if sending.retention is None:
        return
    before, count = sending.clock() - sending.retention, 0
    after: datetime | None = BEGINNING
    while after is not None:
        async with sending.database.transaction() as connection:
            removed = await old_deliveries.remove(connection, after, before, BATCH)
        after, count = removed.more_after, count + removed.count
        if after is not None:
            await sending.sleep(PAUSE_SECONDS)
    if count:
        log.info("deliveries done long ago were removed", count=count, before=before.isoformat())
