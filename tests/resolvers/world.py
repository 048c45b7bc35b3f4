"""A runtime for tests: a database of their own, a scripted provider, a clock that stands still until it is moved."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from data import payments
from data.database import Database, plain_dsn
from data.feed import Feed
from data.payment import Payment
from data.transaction import Transaction
from resolvers.answers import CheckoutSuccess
from resolvers.caller import Caller, Kind
from resolvers.checkout import checkout
from resolvers.checkout_input import CheckoutRequest
from resolvers.reconcile import round_of
from resolvers.runtime import Rules, Runtime
from tests.conftest import RIVALS_SECONDS
from tests.resolvers.scripted_provider import ScriptedProvider

SERVICE = Caller(Kind.SERVICE, "service:test")
RESERVATION = UUID("563a1d56-56b8-482c-b9b7-8383cf11e448")
"""Known to both databases of the contract."""
RULES = Rules(public_url="http://127.0.0.1", secret_keys=(b"k" * 32,), redirect_origins=None)

Rival = Callable[[], Awaitable[object]]


class Died(BaseException):
    """The process ends here: nothing after this point is done."""


async def die() -> None:
    raise Died


class StandingClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, time: timedelta) -> None:
        self.now += time


@dataclass
class Points:
    """Every await at which somebody else may act: before and after each transaction and each call to the provider."""

    passed: list[str] = field(default_factory=list)
    _rivals: dict[int | str, Rival] = field(default_factory=dict)
    _inside: bool = False

    def let_in(self, at: int | str, rival: Rival) -> None:
        """Once: at the point with this number, counted from 0 and from now, or at the next of this name."""
        self.passed.clear()
        self._rivals[at] = rival

    def let_nobody_in(self) -> None:
        self._rivals.clear()

    async def __call__(self, name: str) -> None:
        if self._inside:
            return
        number = len(self.passed)
        self.passed.append(name)
        rival = self._rivals.pop(number, None) or self._rivals.pop(name, None)
        if rival is not None:
            self._inside = True
            try:
                await rival()
            finally:
                self._inside = False


class WatchedDatabase(Database):
    def __init__(self, url: str, points: Points, lock_seconds: float) -> None:
        super().__init__(url, statement_seconds=RIVALS_SECONDS, lock_seconds=lock_seconds)
        self._points = points

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        await self._points("before transaction")
        async with super().transaction() as connection:
            yield connection
        await self._points("after transaction")


@dataclass
class World:
    url: str
    runtime: Runtime
    provider: ScriptedProvider
    clock: StandingClock
    points: Points

    async def checkout(self, caller: Caller = SERVICE, **changes: Any) -> Payment:
        """A checkout that has to succeed."""
        answer = await checkout(self.runtime, caller, request(**changes))
        assert isinstance(answer, CheckoutSuccess), answer
        return answer.payment

    async def payment(self, payment_id: UUID) -> Payment:
        async with self.runtime.database.transaction() as connection:
            found = await payments.by_id(connection, payment_id)
        assert found is not None
        return found

    async def sql(self, statement: str, **arguments: Any) -> list[Any]:
        """As another service would: a connection and a transaction of its own."""
        async with self.runtime.database.transaction() as connection:
            return await connection.execute(text(statement), arguments)


def request(**changes: Any) -> CheckoutRequest:
    given: dict[str, Any] = {"amount": Decimal("10.00"), "currency": "USD", "reservation_id": RESERVATION}
    return CheckoutRequest(**{**given, **changes})


async def all_payments(world: World) -> list[UUID]:
    return [
        row.payment_id for row in await world.sql("SELECT payment_id FROM payments ORDER BY created_at, payment_id")
    ]


async def later(world: World, time: timedelta) -> None:
    world.clock.advance(time)
    await round_of(world.runtime)


KEYED = request(idempotency_key="k")


@asynccontextmanager
async def opened(url: str, lock_seconds: float = RIVALS_SECONDS) -> AsyncIterator[World]:
    """With its feed running."""
    points, clock = Points(), StandingClock()
    provider = ScriptedProvider(points)
    database, feed = WatchedDatabase(url, points, lock_seconds), Feed(plain_dsn(url))
    listening = asyncio.create_task(feed.run())
    await feed.listening.wait()
    try:
        yield World(url, Runtime(database, provider, feed, clock, Random(7), RULES), provider, clock, points)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await database.close()
