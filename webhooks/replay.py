"""Sending again what a subscriber missed in a stretch of time: in the background, in batches, repeatable."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from data import due_deliveries, partner_health
from data.delivery import DeliveryState
from data.due_deliveries import Stretch
from data.jobs import REPLAY, Job, enqueue
from data.transaction import Transaction
from webhooks.sending import Sending

LONGEST = timedelta(days=90)
MISSED = (DeliveryState.FAILED, DeliveryState.HELD)
"""What is sent again unless told otherwise."""
DONE = frozenset((DeliveryState.DELIVERED, DeliveryState.FAILED))
"""What is kept for a time only."""
BATCH = 500
PENDING_FIRST = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.DELIVERED)
"""Else one that was pending and ended meanwhile would be passed over. A held one that is let go is begun by that."""


def refusal(stretch: Stretch, retention: timedelta | None) -> str | None:
    """Why it cannot be sent again. None where it can: all that was in it is still there, but what nobody missed."""
    if stretch.since >= stretch.until:
        return "since lies before until, and in the past"
    if stretch.until - stretch.since > LONGEST:
        return f"A stretch is {LONGEST.days} days at most"
    removed = retention is not None and stretch.since < stretch.asked_at - retention
    if retention is not None and removed and not DONE.isdisjoint(stretch.states):
        return f"What was delivered or has failed is kept for {retention.days} days; since lies within them"
    return None


async def ask(connection: Transaction, stretch: Stretch) -> int:
    """How many deliveries it will send again; a stopped subscriber is taken for well until it fails again."""
    await partner_health.well(connection, [stretch.subscriber_id])
    count = await due_deliveries.count(connection, stretch)
    if count:
        await enqueue(connection, [Job(REPLAY, _written(stretch))])
    return count


async def replay(sending: Sending, payload: bytes) -> None:
    """Broken off, it goes on where it was: what was begun since it was asked for is not begun again."""
    stretch = _read(payload)
    for state in sorted(stretch.states, key=PENDING_FIRST.index):
        after, more = None, True
        while more:
            async with sending.database.transaction() as connection:
                names, after = await due_deliveries.of_stretch(connection, stretch, state, after, BATCH)
                await due_deliveries.begin(connection, names, max(sending.clock(), stretch.asked_at))
            more = after is not None


def _written(stretch: Stretch) -> bytes:
    return json.dumps(
        {
            "subscriber_id": str(stretch.subscriber_id),
            "since": stretch.since.isoformat(),
            "until": stretch.until.isoformat(),
            "states": [str(state) for state in stretch.states],
            "asked_at": stretch.asked_at.isoformat(),
        }
    ).encode()


def _read(payload: bytes) -> Stretch:
    told = json.loads(payload)
    return Stretch(
        subscriber_id=UUID(told["subscriber_id"]),
        since=datetime.fromisoformat(told["since"]),
        until=datetime.fromisoformat(told["until"]),
        states=tuple(DeliveryState(state) for state in told["states"]),
        asked_at=datetime.fromisoformat(told["asked_at"]),
    )
