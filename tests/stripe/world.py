"""The behaviour on a real database, with Stripe's stand-in on a real port, and a clock that is moved by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from data import events, payments, refunds
from data.database import Database, plain_dsn
from data.events import Event
from data.feed import Feed
from data.payment import Payment
from data.refunds import Refund
from providers.stripe import StripeProvider
from resolvers.answers import CheckoutSuccess
from resolvers.checkout import CheckoutAnswer, checkout
from resolvers.next_look import FIRST_LOOK
from resolvers.provider_webhook import hear
from resolvers.reconcile import round_of
from resolvers.refund import RefundAnswer, RefundRequest, refund
from resolvers.runtime import Runtime
from resolvers.verify import VerifyAnswer, verify
from tests.conftest import RIVALS_SECONDS
from tests.fake_stripe.books import Object
from tests.fake_stripe.events import SECRET, Webhook
from tests.fake_stripe.server import KEY, FakeStripe, fake_stripe
from tests.resolvers.world import RULES, SERVICE, StandingClock, request

CALL_SECONDS = 2.0
"""Long enough for every answer here, short enough to wait for a silence."""


@dataclass
class StripeWorld:
    runtime: Runtime
    provider: StripeProvider
    stripe: FakeStripe
    clock: StandingClock

    async def ask_checkout(self, **changes: Any) -> CheckoutAnswer:
        return await checkout(self.runtime, SERVICE, request(**{"idempotency_key": "one", **changes}))

    async def checkout(self, **changes: Any) -> Payment:
        """A checkout that has to succeed."""
        answer = await self.ask_checkout(**changes)
        assert isinstance(answer, CheckoutSuccess), answer
        return answer.payment

    async def paid(self, **changes: Any) -> Payment:
        payment = await self.checkout(**changes)
        self.stripe.books.pay(session_id(payment))
        await self.verify(payment)
        return await self.payment(payment.id)

    async def verify(self, payment: Payment) -> VerifyAnswer:
        return await verify(self.runtime, SERVICE, payment.id, None)

    async def refund(self, payment: Payment, amount: str | None = None, key: str | None = None) -> RefundAnswer:
        wanted = None if amount is None else Decimal(amount)
        currency = None if amount is None else payment.amount.currency
        return await refund(self.runtime, SERVICE, RefundRequest(payment.id, wanted, currency, None, key))

    async def hear(self, webhook: Webhook) -> None:
        await hear(self.runtime, webhook.headers, webhook.body)

    async def told(self, about: Object, type_: str) -> None:
        await self.hear(self.stripe.events.about(about, type_))

    async def look(self, after: timedelta = FIRST_LOOK) -> None:
        """What the reconciler does once this much time has passed."""
        self.clock.advance(after)
        await round_of(self.runtime)

    async def payment(self, payment_id: UUID) -> Payment:
        async with self.runtime.database.transaction() as connection:
            found = await payments.by_id(connection, payment_id)
        assert found is not None
        return found

    async def only_payment(self) -> Payment:
        async with self.runtime.database.transaction() as connection:
            (found,) = await payments.page(connection, 10, None)
        return found

    async def newest_payment(self) -> Payment:
        async with self.runtime.database.transaction() as connection:
            (found,) = await payments.page(connection, 1, None)
        return found

    async def refunds(self, payment: Payment) -> list[Refund]:
        async with self.runtime.database.transaction() as connection:
            return await refunds.of_payment(connection, payment.id)

    async def history(self, payment: Payment) -> list[Event]:
        async with self.runtime.database.transaction() as connection:
            return await events.after(connection, payment.id, 0)


def session_id(payment: Payment) -> str:
    assert payment.provider_payment_id is not None
    return payment.provider_payment_id


@asynccontextmanager
async def stripe_world(url: str) -> AsyncIterator[StripeWorld]:
    clock = StandingClock()
    database, feed = Database(url, statement_seconds=RIVALS_SECONDS, lock_seconds=RIVALS_SECONDS), Feed(plain_dsn(url))
    listening = asyncio.create_task(feed.run())
    await feed.listening.wait()
    async with fake_stripe(KEY, lambda: clock().timestamp()) as stripe:
        provider = StripeProvider(KEY, [SECRET], clock, stripe.url, call_seconds=CALL_SECONDS)
        runtime = Runtime(database, provider, feed, clock, Random(7), RULES)
        try:
            yield StripeWorld(runtime, provider, stripe, clock)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            await provider.aclose()
            await database.close()
