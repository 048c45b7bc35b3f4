"""The reconciler: asks again about whatever is not settled, closes what has expired, puts right what others wrote."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from data import due, idempotency, payments, provider_events
from data.due import ForeignWrite
from data.events import Cause, Event, EventKind
from data.payment import Payment
from data.status import Status
from providers.protocol import ProviderError, Truth
from resolvers.ask import ask_anew
from resolvers.cancel import close
from resolvers.change import Heard, apply, edit, sound, write
from resolvers.exchange import PROVIDER_SECONDS, UNANSWERED
from resolvers.give_back import finish_lost, lost_since
from resolvers.next_look import next_look, overdue
from resolvers.runtime import Runtime
from resolvers.settle import Settlement

PACE_SECONDS = 1.0
BATCH = 20
"""How many payments one round asks about."""
CLAIM = timedelta(seconds=3 * PROVIDER_SECONDS)
"""How long a payment stays with the instance that took it, should that instance die."""
CLEARING = timedelta(hours=1)

log = structlog.get_logger()


async def run(runtime: Runtime) -> None:
    """Until cancelled; what fails once is tried again at the next pace."""
    cleared_at = runtime.clock()
    while True:
        try:
            busy = await round_of(runtime)
            if runtime.clock() - cleared_at > CLEARING:
                cleared_at = runtime.clock()
                async with runtime.database.transaction() as connection:
                    await idempotency.clear(connection, cleared_at)
                    await provider_events.clear(connection, cleared_at)
        except Exception as error:  # a reconciler that ends is worse than any error it can meet
            log.exception("reconciler failed a round", error=type(error).__name__)
            busy = False
        if not busy:
            await runtime.sleep(PACE_SECONDS)


async def round_of(runtime: Runtime) -> bool:
    """One batch, all at once, so that no silence holds up another; whether there may be more at once."""
    await put_right(runtime)
    now = runtime.clock()
    async with runtime.database.transaction() as connection:
        claimed = await due.claim(connection, now, now + CLAIM, BATCH)
    await asyncio.gather(*(_look(runtime, payment_id) for payment_id in claimed))
    return len(claimed) == BATCH


async def reconcile(runtime: Runtime, payment_id: UUID) -> None:
    """Asks about one payment and records the answer. Raises ProviderError."""
    async with runtime.database.transaction() as connection:
        payment = await payments.by_id(connection, payment_id)
    assert payment is not None
    expired = payment.expires_at is not None and payment.expires_at <= runtime.clock()
    truth: Truth | None
    if payment.status in (Status.CANCELED, Status.FAILED) or (payment.status is Status.PENDING and expired):
        truth, cause = await close(runtime, payment), Cause.EXPIRY
    else:
        truth, cause = await ask_anew(runtime, payment), Cause.RECONCILER
    if truth is not None:
        changed = await apply(runtime, payment_id, Heard(truth, cause))
        await finish_lost(runtime, changed.payment)
        _sound_if_overdue(runtime, changed.payment)


async def put_right(runtime: Runtime) -> None:
    """What others wrote over our rows is recorded and replaced by what is true, and the provider is asked again.

    One payment a transaction: others may hold several rows at once, in any order. One that is held is left for later.
    """
    async with runtime.database.transaction() as connection:
        written_over = await due.written_over(connection, BATCH)
    for payment_id in written_over:
        with _failing_alone(payment_id):
            await _restore(runtime, payment_id)


async def _restore(runtime: Runtime, payment_id: UUID) -> None:
    async with runtime.database.transaction() as connection:
        payment = await payments.lock_if_free(connection, payment_id)
        if payment is None:
            return
        for foreign in await due.take_foreign_writes(connection, payment_id):
            settlement = _restored(runtime, payment, foreign)
            await write(runtime, connection, settlement)
            sound(settlement)
            payment = settlement.payment


async def _look(runtime: Runtime, payment_id: UUID) -> None:
    """A payment that fails is due again when its claim ends."""
    with _failing_alone(payment_id):
        try:
            await reconcile(runtime, payment_id)
        except ProviderError as error:
            await _later(runtime, payment_id, error)


@contextmanager
def _failing_alone(payment_id: UUID) -> Iterator[None]:
    """What fails for one payment fails for no other."""
    try:
        yield
    except Exception as error:
        log.exception("reconciler failed a payment", payment_id=str(payment_id), error=type(error).__name__)


def _sound_if_overdue(runtime: Runtime, payment: Payment) -> None:
    """The provider answers, but not with an end."""
    if payment.next_check_at is not None and overdue(payment.created_at, runtime.clock()):
        since = payment.created_at.isoformat()
        log.error("payment is not settled", payment_id=str(payment.id), status=payment.status, since=since)


async def _later(runtime: Runtime, payment_id: UUID, error: ProviderError) -> None:
    """Not known is not failed: however long it takes, it is asked again, ever slower.

    An answer that came before the error says nothing of a refund: that is as unknown as it was.
    """
    now, refund_began_at = runtime.clock(), await lost_since(runtime, payment_id)

    def put_off(payment: Payment) -> Payment:
        since = payment.unknown_since or refund_began_at or now
        asked = replace(payment, unknown_since=since, last_error=UNANSWERED, checks=payment.checks + 1)
        return replace(asked, next_check_at=next_look(asked, None, now))

    payment = await edit(runtime, payment_id, put_off)
    since = payment.unknown_since or now
    report = log.error if overdue(since, now) else log.warning
    known = {"payment_id": str(payment_id), "since": since.isoformat(), "checks": payment.checks}
    report("payment's outcome is unknown", **known, error=str(error))


def _restored(runtime: Runtime, payment: Payment, foreign: ForeignWrite) -> Settlement:
    now = runtime.clock()
    checkout = " of another checkout" if foreign.other_checkout else ""
    wrote = f"another service wrote {foreign.label} {foreign.amount} {foreign.currency}{checkout}; put right"
    number = payment.sequence + 1
    event = Event(payment.id, number, EventKind.STATUS, payment.status, payment.status, Cause.EXTERNAL, now, wrote)
    after = replace(payment, sequence=number, next_check_at=now)
    return Settlement(after, (event,), (), (wrote,))
