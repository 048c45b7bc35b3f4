"""Deliveries as they are tried: woken by the feed, read from the table."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

from data import delivery_pages
from data.delivery import Delivery
from data.delivery_pages import BEFORE_ALL, Change
from resolvers.caller import Caller
from resolvers.runtime import Runtime
from resolvers.visible import require_operator
from resolvers.watch import wake

LATE_COMMIT = timedelta(seconds=10)
"""A transaction that commits later than one that began after it is still found, if it is no later than this."""
MAX_READ = 500
TOGETHER_SECONDS = 0.05
"""Changes within so short a time are read together."""


async def watch_deliveries(
    runtime: Runtime,
    caller: Caller,
    partner_id: UUID | None,
    payment_id: UUID | None,
    until: datetime | None = None,
) -> AsyncIterator[Delivery]:
    """Every delivery as it is after each change from now on; changes in quick succession may come as one.

    Raises NotSignedInError and ForbiddenError, and NotSignedInError when `until` has come.
    """
    require_operator(caller)
    seen: dict[UUID, tuple[int, datetime]] = {}
    async with runtime.feed.watch(delivery_pages.CHANGES) as woken:
        async with runtime.database.transaction() as connection:
            since = await delivery_pages.now(connection)
        for known in await _changed(runtime, since - LATE_COMMIT, partner_id, payment_id):
            seen[known.id] = (known.version, known.changed_at)
        while True:
            await wake(runtime, woken, until)
            await asyncio.sleep(TOGETHER_SECONDS)
            woken.clear()
            for delivery in await _changed(runtime, since - LATE_COMMIT, partner_id, payment_id):
                if seen.get(delivery.id, (0, since))[0] < delivery.version:
                    seen[delivery.id] = (delivery.version, delivery.changed_at)
                    since = max(since, delivery.changed_at)
                    yield delivery
            seen = {id_: (version, at) for id_, (version, at) in seen.items() if at >= since - LATE_COMMIT}


async def _changed(
    runtime: Runtime, since: datetime, partner_id: UUID | None, payment_id: UUID | None
) -> list[Delivery]:
    """All of them, however many there are."""
    found: dict[UUID, Delivery] = {}
    last = Change(since, BEFORE_ALL)
    while True:
        async with runtime.database.transaction() as connection:
            read = await delivery_pages.changed(connection, last, partner_id, payment_id, MAX_READ)
        found.update({one.id: one for one in read})
        if len(read) < MAX_READ:
            return list(found.values())
        last = Change(read[-1].changed_at, read[-1].id)
