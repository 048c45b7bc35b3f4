"""The real Stripe in test mode: that it takes what we send and says what the stand-in says. No card is charged."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from data.clock import system_clock
from data.money import Money
from providers.protocol import CheckoutOrder, CheckoutState, ProviderRefusedError, ProviderSilentError
from providers.stripe import StripeProvider
from providers.stripe_errors import KeyRefusedError
from tests.fake_stripe.events import SECRET
from tests.providers.orders import order, refund_order, usd

KEY = os.environ.get("STRIPE_SECRET_KEY", "")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif("_test_" not in KEY, reason="STRIPE_SECRET_KEY is not a test key of Stripe's"),
]


@pytest.fixture
async def stripe() -> AsyncIterator[StripeProvider]:
    provider = StripeProvider(KEY, [SECRET], system_clock)
    yield provider
    await provider.aclose()


@pytest.fixture
def fresh() -> CheckoutOrder:
    now = datetime.now(UTC)
    return order(payment_id=uuid4(), created_at=now, expires_at=now + timedelta(minutes=30), user_id=uuid4())


async def test_the_key_is_taken(stripe: StripeProvider) -> None:
    await stripe.check()


async def test_another_key_is_not() -> None:
    provider = StripeProvider("sk_test_" + "0" * 24, [SECRET], system_clock)
    with pytest.raises(KeyRefusedError):
        await provider.check()
    await provider.aclose()


async def test_equal_orders_are_one_session_that_is_found_and_closed(
    stripe: StripeProvider, fresh: CheckoutOrder
) -> None:
    opened = await stripe.create_checkout(fresh)
    assert opened.url is not None and opened.url.startswith("https://")
    assert await stripe.create_checkout(fresh) == opened
    assert await stripe.create_checkout(replace(fresh, description="in other words")) == opened
    assert await stripe.find_checkout(fresh) == opened
    assert (await stripe.fetch(opened.provider_payment_id)).state is CheckoutState.OPEN
    for _ in range(2):
        assert (await stripe.close_checkout(opened.provider_payment_id)).state is CheckoutState.EXPIRED
    with pytest.raises(ProviderRefusedError):
        await stripe.refund(refund_order(opened, "1.00"))


@pytest.mark.parametrize(("amount", "currency"), [("500", "JPY"), ("500", "ISK"), ("12.50", "EUR")])
async def test_amounts_are_what_stripe_takes_them_for(
    stripe: StripeProvider, fresh: CheckoutOrder, amount: str, currency: str
) -> None:
    money = Money(usd(amount).amount, currency)
    opened = await stripe.create_checkout(replace(fresh, amount=money))
    since = fresh.created_at - timedelta(minutes=5)
    listed = [recorded async for recorded in stripe.checkouts_since(since)]
    assert opened.provider_payment_id in {recorded.provider_payment_id for recorded in listed}
    assert fresh.payment_id in {recorded.payment_id for recorded in listed}
    await stripe.close_checkout(opened.provider_payment_id)


@pytest.mark.parametrize("lifetime", [timedelta(minutes=30), timedelta(hours=24)])
async def test_the_bounds_of_expiry_are_stripes(
    stripe: StripeProvider, fresh: CheckoutOrder, lifetime: timedelta
) -> None:
    opened = await stripe.create_checkout(replace(fresh, expires_at=fresh.created_at + lifetime))
    await stripe.close_checkout(opened.provider_payment_id)


async def test_refusals_have_a_reason(stripe: StripeProvider, fresh: CheckoutOrder) -> None:
    with pytest.raises(ProviderRefusedError):
        await stripe.create_checkout(replace(fresh, amount=usd("0.01")))
    with pytest.raises(ProviderRefusedError):
        await stripe.create_checkout(replace(fresh, payment_id=uuid4(), payer_email="a@b"))
    with pytest.raises(ProviderSilentError):
        await stripe.fetch("cs_test_unknown")
