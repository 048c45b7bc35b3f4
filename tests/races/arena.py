"""Two instances of the service on one database with one mock provider, stepped; time stands still until it is moved.

One partner is owed everything.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from data import payments
from data.database import Database, plain_dsn
from data.feed import Feed
from data.payment import Payment
from providers.mock import MockProvider
from providers.mock_outcomes import Outcome
from providers.mock_signature import HEADER, derived, sign
from providers.protocol import Provider
from resolvers.answers import CheckoutSuccess
from resolvers.caller import Caller, Kind
from resolvers.checkout import checkout
from resolvers.checkout_input import MIN_EXPIRY_MINUTES, CheckoutRequest
from resolvers.runtime import Rules, Runtime
from tests.conftest import RIVALS_SECONDS
from tests.races.stepped_provider import Fault, SteppedProvider, no_fault
from tests.races.steps import SteppedDatabase, Steps
from tests.resolvers.world import StandingClock
from tests.serving import NO_TLS
from tests.webhooks.partners import add_partner
from webhooks.directory import DatabaseDirectory
from webhooks.owe import Webhooks

SERVICE = Caller(Kind.SERVICE, "service:races")
KEYS = (b"a key of the races, that is long enough",)
RULES = Rules(public_url="http://127.0.0.1", secret_keys=KEYS, redirect_origins=None)
DUE = Decimal("10.00")


@dataclass
class Arena:
    steps: Steps
    clock: StandingClock
    random: Random
    database_url: str
    database: Database
    """Not stepped: the payer's, the provider's and the test's own."""
    partner_id: UUID
    mock: MockProvider
    here: Runtime
    there: Runtime

    async def opened(self, runtime: Runtime, key: str) -> Payment:
        answer = await checkout(runtime, SERVICE, order(self.random, key))
        assert isinstance(answer, CheckoutSuccess), answer
        return answer.payment

    async def pay(self, payment: Payment) -> None:
        """The payer pays and nobody is told, by whatever way still takes money; one who has paid does not pay again."""
        assert payment.provider_payment_id is not None
        with self.steps.working():
            for outcome in (Outcome.PAY_SILENTLY, Outcome.PAY_ANYWAY):
                played = await self.mock.play(payment.provider_payment_id, outcome)
                if played is not None and played.accepted:
                    break
        await self.mock.aclose()

    def report(self, payment: Payment, event_id: str) -> tuple[dict[str, str], bytes]:
        """Headers and body of the provider's webhook."""
        event = {"id": event_id, "type": "checkout.paid", "checkout_id": payment.provider_payment_id}
        body = json.dumps({**event, "payment_id": str(payment.id)}).encode()
        return {HEADER: sign(derived(KEYS)[0], body, self.clock())}, body

    async def payments(self, ids: Sequence[UUID]) -> list[Payment]:
        async with self.database.transaction() as connection:
            return list((await payments.by_ids(connection, ids, None)).values())

    async def sql(self, statement: str, **arguments: Any) -> list[Any]:
        with self.steps.working():
            return await self._sql(statement, arguments)

    async def _sql(self, statement: str, arguments: dict[str, Any]) -> list[Any]:
        async with self.database.transaction() as connection:
            return await connection.execute(text(statement), arguments)


def order(random: Random, key: str | None) -> CheckoutRequest:
    """Of a reservation that nobody else uses."""
    reservation = UUID(int=random.getrandbits(128), version=4)
    return CheckoutRequest(
        DUE, "USD", reservation_id=reservation, idempotency_key=key, expires_in_minutes=MIN_EXPIRY_MINUTES
    )


@asynccontextmanager
async def opened(
    database_url: str,
    random: Random,
    clock: StandingClock | None = None,
    fault: Callable[[], Fault] = lambda: no_fault,
) -> AsyncIterator[Arena]:
    clock = clock or StandingClock()
    database = Database(database_url, statement_seconds=RIVALS_SECONDS, lock_seconds=RIVALS_SECONDS)
    partner_id = await add_partner(database)
    async with Steps.over(database_url) as steps, httpx.AsyncClient(verify=NO_TLS) as client:
        mock = MockProvider(database, clock, random, RULES.public_url, KEYS, client)
        made = [runtime_of(database_url, steps, SteppedProvider(mock, steps, fault), clock, random) for _ in range(2)]
        arena = Arena(steps, clock, random, database_url, database, partner_id, mock, *made)
        try:
            yield arena
        finally:
            await arena.here.database.close()
            await arena.there.database.close()
            await database.close()


def runtime_of(
    database_url: str, steps: Steps, provider: Provider, clock: Callable[[], datetime], random: Random
) -> Runtime:
    """One instance of the service. Nobody watches, so its feed does not listen."""
    database = SteppedDatabase(database_url, steps)
    made = Runtime(database, provider, Feed(plain_dsn(database_url)), clock, random, RULES)
    return replace(made, webhooks=Webhooks(DatabaseDirectory(database), made.new_id))
