"""Webhooks a provider sent us, each taken once: the id and its effect are one transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from data.transaction import Transaction

RETENTION = timedelta(days=90)
"""Longer than a provider repeats an event. One that came later would be asked about anew, and change nothing."""

_INSERT = text("""
INSERT INTO mesaya_payments.provider_events (provider, event_id, type, payment_id, received_at)
VALUES (:provider, :event_id, :type, :payment_id, :now) ON CONFLICT DO NOTHING RETURNING event_id
""")

_CLEAR = text("DELETE FROM mesaya_payments.provider_events WHERE received_at < :before")


async def first_time(
    connection: Transaction, provider: str, event_id: str, type_: str, payment_id: UUID | None, now: datetime
) -> bool:
    """Whether this event had no effect yet; a rival with the same event waits here until we commit or give up."""
    given = {"provider": provider, "event_id": event_id, "type": type_, "payment_id": payment_id, "now": now}
    return bool(await connection.execute(_INSERT, given))


async def clear(connection: Transaction, now: datetime) -> None:
    await connection.execute(_CLEAR, {"before": now - RETENTION})
