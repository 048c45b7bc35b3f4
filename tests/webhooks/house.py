"""Payments that change and senders that send, for tests: over a real database, to real sockets, in short time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from data import changes
from data.clock import system_clock
from data.database import Database, plain_dsn
from data.delivery import COLUMNS, SOURCE, Delivery, DeliveryState, delivery_of
from data.events import Cause, Event, EventKind
from data.identifiers import uuid7
from data.money import Money
from data.payment import Payment, PaymentType
from data.status import Status
from data.transaction import Transaction
from tests.conftest import RIVALS_SECONDS
from webhooks.directory import DatabaseDirectory, Directory
from webhooks.event import Told, created, told
from webhooks.owe import Webhooks
from webhooks.sending import Sending
from webhooks.target import TargetRules
from webhooks.worker import run

LOOPBACK = TargetRules(https_only=False, allowed_networks=(ip_network("127.0.0.0/8"),))
SCALE = 1e-4
"""Five seconds are half a millisecond, an hour is a third of a second, five days are 43 s."""
SHORT_LEASE = timedelta(seconds=1)
"""Where somebody has to take over from one that is gone; elsewhere one that is slow is not taken for gone."""

_random = Random()


def new_id() -> UUID:
    return uuid7(datetime.now(UTC), _random)


def payment() -> Payment:
    now = datetime.now(UTC)
    return Payment(
        id=new_id(),
        status=Status.PENDING,
        amount=Money(Decimal("25.50"), "USD"),
        type=PaymentType.SUBSCRIPTION,
        reservation_id=None,
        subscription_id=new_id(),
        user_id=None,
        provider="mock",
        provider_payment_id="mock_1",
        checkout_url="http://127.0.0.1/checkout",
        payer_email="ana@example.com",
        payer_name="Ana Ñandú",
        description="Mesa para dos",
        metadata={"table": 4},
        created_at=now,
        updated_at=now,
        ours=True,
        caller="test",
        success_url="u",
        cancel_url="u",
        expires_at=now + timedelta(hours=1),
    )


def moved(before: Payment, status: Status) -> tuple[Payment, Event]:
    after = replace(before, status=status, sequence=before.sequence + 1)
    at = datetime.now(UTC)
    return after, Event(after.id, after.sequence, EventKind.STATUS, status, before.status, Cause.VERIFY, at)


@dataclass
class House:
    database: Database
    sending: Sending
    senders: list["asyncio.Task[None]"] = field(default_factory=list)

    @property
    def webhooks(self) -> Webhooks:
        return self.sending.webhooks

    async def open_payment(self) -> Payment:
        """In the books; nobody is told."""
        made = payment()
        async with self.database.transaction() as connection:
            await changes.insert(connection, made, datetime.now(UTC))
        return made

    async def owe(self, *heard: Told) -> None:
        async with self.database.transaction() as connection:
            await self.webhooks.owe(connection, heard, datetime.now(UTC))

    async def create(self) -> Payment:
        """A payment of which everybody hears that it was created."""
        made = await self.open_payment()
        await self.owe(created(made, datetime.now(UTC)))
        return made

    async def create_many(self, count: int) -> None:
        async with self.database.transaction() as connection:
            for _ in range(count):
                made = payment()
                await changes.insert(connection, made, datetime.now(UTC))
                await self.webhooks.owe(connection, [created(made, datetime.now(UTC))], datetime.now(UTC))

    async def move(self, before: Payment, status: Status) -> Payment:
        """As the behaviour does it: change and debt in one transaction."""
        after, event = moved(before, status)
        async with self.database.transaction() as connection:
            await changes.save(connection, after, [event], datetime.now(UTC))
            await self.webhooks.owe(connection, told(after, [event], []), datetime.now(UTC))
        return after

    def send(self, **changed: Any) -> "asyncio.Task[None]":
        """Another sender, until the end of the test."""
        task = asyncio.create_task(run(replace(self.sending, **changed)))
        self.senders.append(task)
        return task

    async def stop(self, task: "asyncio.Task[None]") -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def deliveries(self) -> list[Delivery]:
        """In the order they were owed."""
        async with self.database.transaction() as connection:
            rows = await connection.execute(text(f"SELECT {COLUMNS} FROM {SOURCE} ORDER BY d.created_at, d.sequence"))
            return [delivery_of(row) for row in rows]

    async def only(self) -> Delivery:
        (delivery,) = await self.deliveries()
        return delivery

    async def until(self, state: DeliveryState, count: int = 1, seconds: float = 30) -> list[Delivery]:
        """Waits until so many deliveries are in this state."""
        async with asyncio.timeout(seconds):
            while True:
                found = [one for one in await self.deliveries() if one.state is state]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.02)

    async def sql(self, statement: str, **given: object) -> list[Any]:
        async with self.database.transaction() as connection:
            return await rows(connection, statement, **given)


async def rows(connection: Transaction, statement: str, **given: object) -> list[Any]:
    return await connection.execute(text(statement), given)


@asynccontextmanager
async def house_at(
    url: str, directory: Directory | None = None, n8n_url: str | None = None, scale: float = SCALE
) -> AsyncIterator[House]:
    database = Database(url, statement_seconds=RIVALS_SECONDS, lock_seconds=RIVALS_SECONDS)
    webhooks = Webhooks(directory or DatabaseDirectory(database), new_id, n8n_url)
    sending = Sending(database, plain_dsn(url), webhooks, LOOPBACK, system_clock, Random(7), scale=scale)
    house = House(database, sending)
    try:
        yield house
    finally:
        for task in house.senders:
            await house.stop(task)
        await database.close()
