"""Really at once, and often: two instances, many payments, no steps."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from data.payment import Payment
from data.status import Status
from resolvers.answers import PaymentNotRefundable, RefundPaymentSuccess
from resolvers.provider_webhook import hear
from resolvers.verify import verify
from tests.races.arena import SERVICE, Arena, opened
from tests.races.invariants import check
from tests.races.many import paid_silently
from tests.races.operations import REFUND, Side

AT_ONCE = 4
"""Payments at the same time, so that neither instance runs out of connections."""


@pytest.fixture
async def arena(database_url: str) -> AsyncIterator[Arena]:
    async with opened(database_url, Random(9)) as made:
        yield made


async def test_verify_and_webhook_in_the_same_instant_a_thousand_times(arena: Arena) -> None:
    """FIELD.md's scenario 2: one transition each, and one set of webhooks."""
    payments = await paid_silently(arena, 1000)
    free = asyncio.Semaphore(AT_ONCE)

    async def both(number: int, payment: Payment) -> None:
        first, second = (arena.here, arena.there) if number % 2 else (arena.there, arena.here)
        async with free:
            await asyncio.gather(
                verify(first, SERVICE, payment.id, None), hear(second, *arena.report(payment, f"evt {number}"))
            )

    await asyncio.gather(*(both(number, payment) for number, payment in enumerate(payments)))
    (moved,) = await arena.sql("SELECT count(*) AS n FROM mesaya_payments.events WHERE sequence > 1")
    (owed,) = await arena.sql("SELECT count(*) AS n FROM mesaya_payments.deliveries WHERE sequence > 1")
    assert (moved.n, owed.n) == (1000, 1000)
    assert {payment.status for payment in await arena.payments([payment.id for payment in payments])} == {
        Status.SUCCEEDED
    }


async def test_the_same_event_three_times_at_once_and_two_refunds_at_once(arena: Arena) -> None:
    """FIELD.md's scenarios 3 and 1."""
    for payment in await paid_silently(arena, 30):
        report = arena.report(payment, f"evt {payment.id}")
        await asyncio.gather(*(hear(runtime, *report) for runtime in (arena.here, arena.there, arena.here)))
        sides = [Side(arena, runtime, payment, name) for runtime, name in ((arena.here, "a"), (arena.there, "b"))]
        answers = await asyncio.gather(*map(REFUND.do, sides))
        assert {type(answer) for answer in answers} == {RefundPaymentSuccess, PaymentNotRefundable}
        await check(arena.database, payment.id, arena.clock())
        sent = await arena.sql("SELECT type FROM mesaya_payments.webhook_events WHERE payment_id = :id", id=payment.id)
        assert sorted(row.type for row in sent) == ["payment.refunded", "payment.succeeded"]
    (events,) = await arena.sql("SELECT count(*) AS n FROM mesaya_payments.provider_events")
    assert events.n == 30
