"""Stripe on a stand-in that speaks its API over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from data.database import Database
from data.money import Money
from providers.protocol import Checkout, CheckoutOrder
from providers.stripe import StripeProvider
from providers.stripe_money import units_of
from tests.fake_stripe.books import Object
from tests.fake_stripe.events import SECRET, Webhook
from tests.fake_stripe.faults import Fault
from tests.fake_stripe.server import CREATE, KEY, FakeStripe, fake_stripe
from tests.providers.bench import Bench, SettableClock


class StripePayer:
    def __init__(self, stripe: FakeStripe) -> None:
        self._stripe = stripe
        self._webhook: Webhook | None = None

    async def pay(self, checkout: Checkout, amount: Money | None = None) -> None:
        units = None if amount is None else units_of(amount)
        self._tell(self._stripe.books.pay(checkout.provider_payment_id, amount=units), "checkout.session.completed")

    async def pay_late(self, checkout: Checkout) -> None:
        self._stripe.books.pay(checkout.provider_payment_id, asynchronous=True)

    async def settle(self, checkout: Checkout) -> None:
        self._stripe.books.arrive(checkout.provider_payment_id)

    async def decline(self, checkout: Checkout) -> None:
        self._stripe.books.decline(checkout.provider_payment_id)

    async def fail(self, checkout: Checkout) -> None:
        await self.pay_late(checkout)
        self._stripe.books.fail_to_arrive(checkout.provider_payment_id)

    async def expire(self, checkout: Checkout) -> None:
        self._stripe.books.expire(checkout.provider_payment_id)

    async def refund(self, checkout: Checkout, amount: Money) -> None:
        intent = self._stripe.books.session(checkout.provider_payment_id)["payment_intent"]
        self._stripe.books.refund(intent, units_of(amount), {})

    async def lose_next_answer(self, *, created: bool) -> None:
        self._stripe.faults.plan(CREATE, Fault.RESET_AFTER if created else Fault.RESET_BEFORE)

    def order(self, order: CheckoutOrder) -> CheckoutOrder:
        return order

    async def last_webhook(self) -> tuple[dict[str, str], bytes]:
        assert self._webhook is not None, "a payment is what Stripe tells of here"
        return self._webhook.headers, self._webhook.body

    def _tell(self, about: Object, type_: str) -> None:
        self._webhook = self._stripe.events.about(about, type_)


@asynccontextmanager
async def stripe_bench(_database: Database) -> AsyncIterator[Bench]:
    clock = SettableClock()
    async with fake_stripe(now=lambda: clock().timestamp()) as stripe:
        provider, twin = (StripeProvider(KEY, [SECRET], clock, stripe.url) for _ in range(2))
        stranger = StripeProvider(KEY, ["whsec_of_somebody_else"], clock, stripe.url)
        try:
            yield Bench(provider, StripePayer(stripe), clock, Money(Decimal("9.99"), "USD"), twin, stranger)
        finally:
            for each in (provider, twin, stranger):
                await each.aclose()
