"""What no job stands for: events told late, deliveries released, partners probed, what is old forgotten."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from data import due_deliveries, jobs, old_secrets, partner_health
from data.database import TROUBLE
from webhooks.deliver import subscribers
from webhooks.sending import OVERLAP, PROBE, Sending

PACE = timedelta(seconds=5)
SHORTEST_PACE = timedelta(seconds=0.2)
BATCH = 500
LOOKING = timedelta(minutes=1)
"""Looking through all that is pending takes as long as there is much of it."""
CLEARING = timedelta(minutes=15)

Step = Callable[[Sending], Awaitable[None]]

log = structlog.get_logger()


async def keep(sending: Sending) -> None:
    """Until cancelled. Any number may run: each row is one's at a time."""
    done_at: dict[Step, datetime] = {}
    pace = max(PACE * sending.scale, SHORTEST_PACE).total_seconds()
    while True:
        for step in (fan_out, probe, release):
            await guarded(step, sending)
        for rare, pause in ((find_stranded, LOOKING), (clear, CLEARING)):
            if rare not in done_at or sending.clock() - done_at[rare] > pause:
                done_at[rare] = sending.clock()
                await guarded(rare, sending)
        await sending.sleep(pace)


async def fan_out(sending: Sending) -> None:
    """Events that happened while partners were not known."""
    await sending.webhooks.directory.now()
    while True:
        async with sending.database.transaction() as connection:
            if not await sending.webhooks.fan_out(connection, sending.clock()):
                return


async def probe(sending: Sending) -> None:
    """One delivery for each stopped subscriber whose hour has come."""
    now = sending.clock()
    async with sending.database.transaction() as connection:
        due = await partner_health.due_probes(connection, now, now + PROBE * sending.scale)
        known = await subscribers(sending, connection, set(due), now)
        for subscriber_id in filter(known.may_probe, due):
            oldest = await due_deliveries.held(connection, subscriber_id, 1)
            await due_deliveries.begin(connection, oldest, now, probing=True)


async def release(sending: Sending) -> None:
    """Deliveries whose reason to be held has ended."""
    now = sending.clock()
    async with sending.database.transaction() as connection:
        held = set(await due_deliveries.subscribers_held(connection))
        known = await subscribers(sending, connection, held, now)
    for subscriber_id in held:
        if known.kept_back(subscriber_id) is None:
            await _release(sending, subscriber_id)


async def find_stranded(sending: Sending) -> None:
    async with sending.database.transaction() as connection:
        found = await due_deliveries.queue_stranded(connection, BATCH)
    if found:
        log.error("deliveries had lost their jobs, and have others", count=found)


async def clear(sending: Sending) -> None:
    async with sending.database.transaction() as connection:
        await jobs.clear_log(connection)
        await old_secrets.forget(connection, sending.clock() - OVERLAP * sending.scale)


async def _release(sending: Sending, subscriber_id: UUID) -> None:
    while True:
        async with sending.database.transaction() as connection:
            names = await due_deliveries.held(connection, subscriber_id, BATCH)
            await due_deliveries.begin(connection, names, sending.clock())
        if len(names) < BATCH:
            return


async def guarded(step: Step, sending: Sending) -> None:
    try:
        await step(sending)
    except TROUBLE as error:
        log.warning("keeper failed a step", step=step.__name__, error=type(error).__name__)
    except Exception as error:  # a keeper that ends is worse than any error it can meet
        log.exception("keeper failed a step", step=step.__name__, error=type(error).__name__)
