"""The mock provider on a real database, its reports received over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import httpx

from data import mock_provider as books
from data.database import Database
from data.mock_provider import MockRefund
from data.money import Money
from providers.mock import MockProvider
from providers.mock_outcomes import SETTLING, Outcome
from providers.protocol import Checkout, CheckoutOrder, RefundState
from tests.providers.bench import Bench, SettableClock
from tests.providers.orders import order
from tests.webhooks.receiver import Receiver, receiver_on_loopback

PUBLIC_URL = "http://payments.test"
KEYS = (b"a key of the tests, that is long enough",)


class Naps:
    """A sleep that ends when the test says so, and records what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.begun = asyncio.Event()
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.begun.set()
        await self.over.wait()


def provider_on(
    database: Database, clock: SettableClock, client: httpx.AsyncClient, seed: int = 1, **changed: Any
) -> MockProvider:
    given: dict[str, Any] = {"public_url": PUBLIC_URL, "secret_keys": KEYS, **changed}
    return MockProvider(database, clock, Random(seed), client=client, **given)


class MockPayer:
    def __init__(self, provider: MockProvider, database: Database, clock: SettableClock, heard: Receiver) -> None:
        self._provider = provider
        self._database = database
        self._clock = clock
        self._heard = heard
        self._creation: str | None = None

    async def pay(self, checkout: Checkout, amount: Money | None = None) -> None:
        await self._play(checkout, Outcome.PAY if amount is None else Outcome.PAY_WRONG_AMOUNT)

    async def pay_late(self, checkout: Checkout) -> None:
        await self._play(checkout, Outcome.PAY_LATE)

    async def settle(self, checkout: Checkout) -> None:
        self._clock.advance(SETTLING)

    async def decline(self, checkout: Checkout) -> None:
        await self._play(checkout, Outcome.DECLINE)

    async def fail(self, checkout: Checkout) -> None:
        await self._play(checkout, Outcome.FAIL)

    async def expire(self, checkout: Checkout) -> None:
        self._clock.now = order().expires_at

    async def refund(self, checkout: Checkout, amount: Money) -> None:
        made = MockRefund("re_dashboard", None, amount, RefundState.SUCCEEDED, self._clock())
        async with self._database.transaction() as connection:
            await books.lock(connection, checkout.provider_payment_id)
            await books.refund(connection, checkout.provider_payment_id, made)

    async def lose_next_answer(self, *, created: bool) -> None:
        self._creation = "timeout_created" if created else "timeout_not_created"

    def order(self, order: CheckoutOrder) -> CheckoutOrder:
        return replace(order, metadata={"mock": self._creation})

    async def last_webhook(self) -> tuple[dict[str, str], bytes]:
        received = (await self._heard.until_received(1))[-1]
        return received.headers, received.body

    async def _play(self, checkout: Checkout, outcome: Outcome) -> None:
        played = await self._provider.play(checkout.provider_payment_id, outcome)
        assert played is not None and played.accepted


@asynccontextmanager
async def mock_bench(database: Database) -> AsyncIterator[Bench]:
    clock = SettableClock()
    async with receiver_on_loopback() as heard, httpx.AsyncClient() as client:
        provider = provider_on(database, clock, client, report_to=heard.url(""))
        twin = provider_on(database, clock, client, seed=2)
        stranger = provider_on(database, clock, client, seed=3, secret_keys=(b"quite another key",))
        payer = MockPayer(provider, database, clock, heard)
        try:
            yield Bench(provider, payer, clock, Money(Decimal("9.99"), "USD"), twin, stranger)
        finally:
            await provider.aclose()
