"""Dead at any await, a change and what belongs to it are there, or neither is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any, TypeVar

import pytest

from data.payment import Payment
from data.status import Status
from resolvers.provider_webhook import hear
from resolvers.refund import RefundRequest, refund
from resolvers.verify import verify
from tests.resolvers.world import SERVICE, Died, World, die
from tests.webhooks.partners import add_partner
from webhooks.directory import DatabaseDirectory
from webhooks.owe import Webhooks

FEWEST = 3
"""Points at which a call may die; or nothing is tried here."""
DEBTS = """
SELECT FROM mesaya_payments.webhook_events e JOIN mesaya_payments.deliveries d ON d.event_id = e.id
WHERE e.payment_id = :id AND e.type = :type
"""


ANSWERED = """
SELECT r.status = 'SUCCEEDED' AS made, k.answer IS NOT NULL AS answered
FROM mesaya_payments.refunds r JOIN mesaya_payments.idempotency_keys k ON k.refund_id = r.refund_id
WHERE r.payment_id = :id
"""
Made = TypeVar("Made")


@pytest.fixture
async def telling(world: World) -> World:
    """With one partner that hears of everything."""
    runtime = world.runtime
    await add_partner(runtime.database)
    world.runtime = replace(runtime, webhooks=Webhooks(DatabaseDirectory(runtime.database), runtime.new_id))
    return world


async def dying(
    world: World, prepare: Callable[[str], Awaitable[Made]], act: Callable[[Made], Awaitable[object]]
) -> AsyncIterator[Made]:
    """`act` dead at its first await, then, with what is made anew, at its second, until it has lived."""
    for number in count():
        made = await prepare(str(number))
        world.points.let_in(number, die)
        with suppress(Died):
            await act(made)
        ended = len(world.points.passed) <= number
        world.points.let_nobody_in()
        yield made
        if ended:
            assert number >= FEWEST
            return


async def debts(world: World, payment_id: Any, type_: str) -> int:
    return len(await world.sql(DEBTS, id=payment_id, type=type_))


async def paid(world: World, key: str) -> Payment:
    """And not told."""
    payment = await world.checkout(idempotency_key=key)
    world.provider.pay(payment.id)
    return payment


async def succeeded(world: World, key: str) -> Payment:
    payment = await paid(world, key)
    await verify(world.runtime, SERVICE, payment.id, None)
    return payment


async def test_a_status_and_its_webhook(telling: World) -> None:
    async for payment in dying(
        telling, partial(paid, telling), lambda made: verify(telling.runtime, SERVICE, made.id, None)
    ):
        moved = (await telling.payment(payment.id)).status is Status.SUCCEEDED
        assert await debts(telling, payment.id, "payment.succeeded") == moved
    assert moved


async def test_a_checkout_and_its_webhook(telling: World) -> None:
    async def key(number: str) -> str:
        return number

    async for _ in dying(telling, key, lambda key: telling.checkout(idempotency_key=key)):
        for row in await telling.sql("SELECT payment_id, provider_payment_id FROM mesaya_payments.records"):
            accepted = row.provider_payment_id is not None
            assert await debts(telling, row.payment_id, "payment.created") == accepted
    assert accepted


async def test_an_event_of_the_providers_and_its_effect(telling: World) -> None:
    async for payment in dying(
        telling, partial(paid, telling), lambda made: hear(telling.runtime, {}, f"of_{made.id} {made.id}".encode())
    ):
        moved = (await telling.payment(payment.id)).status is Status.SUCCEEDED
        noted = "SELECT FROM mesaya_payments.provider_events WHERE event_id = :id"
        assert len(await telling.sql(noted, id=f"of_{payment.id}")) == moved
    assert moved


async def test_a_refund_and_the_answer_to_its_key(telling: World) -> None:
    done = False
    async for payment in dying(
        telling,
        partial(succeeded, telling),
        lambda made: refund(telling.runtime, SERVICE, RefundRequest(made.id, idempotency_key=f"of_{made.id}")),
    ):
        for row in await telling.sql(ANSWERED, id=payment.id):
            assert row.made == row.answered
            done = row.made
    assert done
