"""Payments opened through the behaviour itself, and waiting for what becomes of them."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

from data import payments
from data.payment import Payment
from data.status import Status
from resolvers.answers import CheckoutSuccess
from resolvers.caller import ANYBODY
from resolvers.checkout import CheckoutAnswer, checkout
from resolvers.checkout_input import CheckoutRequest
from tests.providers.house import House

PATIENCE_SECONDS = 20


async def asked(house: House, **changed: Any) -> CheckoutAnswer:
    given: dict[str, Any] = {"amount": Decimal("10.00"), "currency": "USD", "reservation_id": uuid4(), **changed}
    return await checkout(house.runtime, ANYBODY, CheckoutRequest(**given))


async def opened(house: House, **changed: Any) -> Payment:
    answer = await asked(house, **changed)
    assert isinstance(answer, CheckoutSuccess)
    return answer.payment


async def stored(house: House, payment: Payment) -> Payment:
    async with house.runtime.database.transaction() as connection:
        found = await payments.by_id(connection, payment.id)
    assert found is not None
    return found


async def until(house: House, payment: Payment, status: Status) -> Payment:
    """Woken by the feed, as a watcher is."""
    async with asyncio.timeout(PATIENCE_SECONDS), house.runtime.feed.watch(payment.id) as woken:
        while (found := await stored(house, payment)).status is not status:
            await woken.wait()
            woken.clear()
    return found
