"""The one way a payment of ours changes: under its row lock, with its events, in one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from data import changes, events, payments, provider_events, refunds
from data.events import Cause, EventKind
from data.payment import Payment
from data.status import Status
from data.transaction import Transaction
from providers.protocol import Notice, Truth
from resolvers.runtime import Runtime
from resolvers.settle import Settlement, Word, settle
from webhooks.event import Told, created, told

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Changed:
    payment: Payment
    previous_status: Status


@dataclass(frozen=True, slots=True)
class Heard:
    """A provider's answer about one payment, on its way into the books."""

    truth: Truth
    cause: Cause
    cancel_reason: str | None = None
    notice: Notice | None = None
    """The webhook that made us ask; it has its effect once."""


Also = Callable[[Transaction], Awaitable[None]]
"""What is committed together with a change."""


async def apply(runtime: Runtime, payment_id: UUID, heard: Heard, also: Also | None = None) -> Changed:
    """Writes what the provider's answer makes of the payment; all of it, or nothing."""
    async with runtime.database.transaction() as connection:
        payment = await held(connection, payment_id)
        if heard.notice is not None and not await _first_time(runtime, connection, heard.notice, payment):
            return Changed(payment, payment.status)
        settlement = await _settled(runtime, connection, payment, heard)
        await write(runtime, connection, settlement)
        if also is not None:
            await also(connection)
    sound(settlement)
    return Changed(settlement.payment, payment.status)


async def edit(
    runtime: Runtime, payment_id: UUID, edited: Callable[[Payment], Payment], also: Also | None = None
) -> Payment:
    """Changes what is no step of the payment's history.

    Whoever hears that the provider has accepted the payment hears as well of what it became before that was known.
    """
    async with runtime.database.transaction() as connection:
        before = await held(connection, payment_id)
        payment, now = edited(before), runtime.clock()
        await changes.save(connection, payment, [], now)
        if before.provider_payment_id is None and payment.provider_payment_id is not None:
            since = await events.after(connection, payment_id, 1) if payment.sequence > 1 else []
            await _owe(runtime, connection, [created(payment, now), *told(payment, since, [])], now)
        if also is not None:
            await also(connection)
        return payment


async def held(connection: Transaction, payment_id: UUID) -> Payment:
    payment = await payments.lock(connection, payment_id)
    assert payment is not None and payment.ours, "only payments of ours change, and none is ever deleted"
    return payment


async def write(runtime: Runtime, connection: Transaction, settlement: Settlement) -> None:
    now = runtime.clock()
    for refund in settlement.refunds:
        await refunds.save(connection, refund, now)
    await changes.save(connection, settlement.payment, settlement.events, now)
    await _owe(runtime, connection, told(settlement.payment, settlement.events, settlement.told), now)


async def _owe(runtime: Runtime, connection: Transaction, heard: Sequence[Told], now: datetime) -> None:
    if runtime.webhooks is not None:
        await runtime.webhooks.owe(connection, heard, now)


def sound(settlement: Settlement) -> None:
    for alarm in settlement.alarms:
        log.warning("payment needs attention", payment_id=str(settlement.payment.id), alarm=alarm)


async def _first_time(runtime: Runtime, connection: Transaction, notice: Notice, payment: Payment) -> bool:
    return await provider_events.first_time(
        connection, runtime.provider.name, notice.event_id, notice.type, payment.id, runtime.clock()
    )


async def _settled(runtime: Runtime, connection: Transaction, payment: Payment, heard: Heard) -> Settlement:
    known = frozenset[str]()
    if heard.truth.disputes:
        history = await events.after(connection, payment.id, 0)
        known = frozenset(event.detail or "" for event in history if event.kind is EventKind.DISPUTE)
    word = Word(heard.truth, heard.cause, runtime.clock(), heard.cancel_reason, known)
    return settle(payment, await refunds.of_payment(connection, payment.id), word, runtime.new_id)
