"""What Stripe is told of a checkout."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from providers.stripe_order import LONGEST, MARGIN, SHORTEST, expires_at, session_params
from tests.providers.orders import CREATED_AT, order, usd
from tests.stripe.world import StripeWorld, session_id


@given(st.integers(30, 24 * 60), st.floats(0, 1), st.floats(-240, 240))
def test_expiry_is_within_stripes_bounds_whenever_the_call_comes(minutes: int, part: float, late: float) -> None:
    asked = order(expires_at=CREATED_AT + timedelta(minutes=minutes))
    last = min(asked.expires_at, CREATED_AT + LONGEST - SHORTEST - 2 * MARGIN)
    lifetime = expires_at(asked) - (CREATED_AT + part * (last - CREATED_AT)).timestamp() - late
    assert SHORTEST.total_seconds() <= lifetime < LONGEST.total_seconds()


def test_equal_orders_are_equal_calls() -> None:
    assert session_params(order()) == session_params(order())


def test_what_is_optional_is_left_out_rather_than_empty() -> None:
    assert "customer_email" not in session_params(order(payer_email=None))
    named = session_params(order(description="  "))["line_items"][0]["price_data"]
    assert named["product_data"] == {"name": "Reservation"}
    long = session_params(order(description="x" * 1000))["line_items"][0]["price_data"]
    assert len(long["product_data"]["name"]) == 250


async def test_the_session_says_whose_it_is_and_so_does_the_charge(world: StripeWorld) -> None:
    wanted = {"success_url": "https://shop.test/?p={PAYMENT_ID}&s={CHECKOUT_SESSION_ID}", "description": "A table"}
    payment = await world.checkout(payer_email="ana@example.com", **wanted)
    (told,) = world.stripe.seen
    assert told["mode"] == "payment" and told["customer_email"] == "ana@example.com"
    assert told["success_url"] == f"https://shop.test/?p={payment.id}&s={{CHECKOUT_SESSION_ID}}"
    assert "payment_method_types" not in told
    assert told["client_reference_id"] == told["metadata"]["payment_id"] == str(payment.id)
    assert told["payment_intent_data"]["metadata"]["reservation_id"] == str(payment.reservation_id)
    assert list(world.stripe.keys.kept) == [f"{payment.id}-1"]
    world.stripe.books.pay(session_id(payment))
    (charge,) = world.stripe.books.charges.values()
    assert charge["metadata"]["payment_id"] == str(payment.id)


async def test_500_yen_reach_stripe_as_500(world: StripeWorld) -> None:
    payment = await world.checkout(amount=usd("500").amount, currency="JPY")
    session = world.stripe.books.session(session_id(payment))
    assert (session["amount_total"], session["currency"]) == (500, "jpy")
