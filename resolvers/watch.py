"""Watch: register, replay, live. Every wake re-reads the table after the last sequence that was sent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from data import events, payments
from data.events import Event, first_event
from data.feed import Watch
from data.payment import Payment
from data.status import FINAL
from resolvers.caller import Caller
from resolvers.refusals import NotFoundError, NotSignedInError
from resolvers.runtime import Runtime
from resolvers.visible import Sight, sight_of_one


@dataclass(frozen=True, slots=True)
class Seen:
    """The last step a watcher was sent: its sequence, and its status where a row without history has no more."""

    sequence: int
    version: str


@dataclass(frozen=True, slots=True)
class Step:
    event: Event
    payment: Payment
    """As it was read together with the event."""

    @property
    def seen(self) -> Seen:
        if not self.payment.ours:
            return Seen(1, self.payment.version)
        return Seen(self.event.sequence, str(self.event.sequence))


async def watch(
    runtime: Runtime,
    caller: Caller,
    payment_id: UUID,
    secret: str | None,
    after: Seen | None,
    *,
    keep_open: bool,
    until: datetime | None = None,
) -> AsyncIterator[Step]:
    """Every status the payment reaches, in order.

    Raises NotFoundError where there is nothing to be seen, and NotSignedInError when `until` has come.
    """
    sight = sight_of_one(runtime, caller, payment_id, secret)
    if sight is None:
        raise NotFoundError("There is no such payment")
    async with runtime.feed.watch(payment_id) as woken:
        while True:
            woken.clear()
            payment, steps = await _news(runtime, payment_id, sight, after)
            ended = payment.status in FINAL and not keep_open
            del payment
            while steps:  # and none is kept, while nothing happens
                after = steps[0].seen
                yield steps.pop(0)
            if ended:
                return
            await wake(runtime, woken, until)


async def wake(runtime: Runtime, woken: Watch, until: datetime | None) -> None:
    """Waits for the feed. Raises NotSignedInError when `until` has come."""
    if until is None:
        await woken.wait()
        return
    left = (until - runtime.clock()).total_seconds()
    try:
        if left <= 0:  # a feed that never rests would let nobody run out of time
            raise TimeoutError
        await asyncio.wait_for(woken.wait(), left)
    except TimeoutError as error:
        raise NotSignedInError("The token has expired") from error


async def _news(runtime: Runtime, payment_id: UUID, sight: Sight, after: Seen | None) -> tuple[Payment, list[Step]]:
    async with runtime.database.transaction() as connection:
        payment = (await payments.by_ids(connection, [payment_id], sight.user_id)).get(payment_id)
        if payment is None:
            raise NotFoundError("There is no such payment")
        if not payment.ours:
            first = Step(first_event(payment.id, payment.status, payment.created_at), payment)
            return payment, [] if after is not None and after == first.seen else [first]
        since = 0 if after is None else after.sequence
        if since >= payment.sequence:
            return payment, []
        history = await events.after(connection, payment_id, since)
    # What was committed between the two reads comes with the next wake, together with the payment as it is then.
    moves = [event for event in history if event.moved and event.sequence <= payment.sequence]
    if after is None:
        moves = moves[-1:]
    return payment, [Step(event, payment) for event in moves]
