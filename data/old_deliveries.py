"""Deliveries that were done long ago are removed, with their attempts, and with events that leave none behind."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from data.transaction import Transaction

_DONE = text("""
SELECT id, event_id, updated_at FROM mesaya_payments.deliveries
WHERE updated_at >= :after AND updated_at < :before AND state IN ('DELIVERED', 'FAILED')
ORDER BY updated_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_LOCK_EVENTS = text("""
SELECT FROM mesaya_payments.webhook_events WHERE id = ANY(CAST(:event_ids AS uuid[])) ORDER BY id FOR UPDATE
""")
_REMOVE_ATTEMPTS = text("""
DELETE FROM mesaya_payments.delivery_attempts WHERE delivery_id = ANY(CAST(:ids AS uuid[]))
""")
_REMOVE = text("DELETE FROM mesaya_payments.deliveries WHERE id = ANY(CAST(:ids AS uuid[]))")
_REMOVE_EVENTS = text("""
DELETE FROM mesaya_payments.webhook_events e WHERE e.id = ANY(CAST(:event_ids AS uuid[])) AND e.fanned_out
AND (SELECT count(*) FROM mesaya_payments.deliveries d WHERE d.event_id = e.id) = 0
""")


@dataclass(frozen=True, slots=True)
class Removed:
    count: int
    more_after: datetime | None
    """Where the next batch begins, if there may be one."""


async def remove(connection: Transaction, after: datetime, before: datetime, limit: int) -> Removed:
    """A batch of those last changed from `after` and before `before`, the oldest first, each removed by one caller.

    What is not done, or is being begun again at this moment, stays.
    """
    rows = list(await connection.execute(_DONE, {"after": after, "before": before, "limit": limit}))
    if rows:
        ids = {"ids": [row.id for row in rows]}
        event_ids = {"event_ids": list({row.event_id for row in rows})}
        # Whoever removes the other deliveries of an event at the same time has done so when this goes on, and one of
        # both sees that it was the last.
        await connection.execute(_LOCK_EVENTS, event_ids)
        await connection.execute(_REMOVE_ATTEMPTS, ids)
        await connection.execute(_REMOVE, ids)
        await connection.execute(_REMOVE_EVENTS, event_ids)
    return Removed(len(rows), rows[-1].updated_at if len(rows) == limit else None)
