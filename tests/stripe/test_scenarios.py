"""Where others fail (FIELD 1 to 10), played with Stripe."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from starlette.applications import Starlette

from data.events import EventKind
from data.idempotency import LEASE
from data.payment import Payment
from data.status import Status
from endpoints.provider_webhook import provider_webhook_route
from providers.stripe_order import MARGIN
from resolvers.answers import (
    CancelPaymentSuccess,
    CheckoutSuccess,
    IdempotencyConflict,
    InvalidInput,
    PaymentNotCancelable,
    PaymentNotRefundable,
    RefundPaymentSuccess,
)
from resolvers.cancel import cancel
from resolvers.checkout import CheckoutAnswer
from tests.fake_stripe.events import Webhook
from tests.fake_stripe.faults import Fault
from tests.fake_stripe.server import CREATE, EXPIRE, RETRIEVE
from tests.resolvers.world import SERVICE
from tests.serving import serving
from tests.stripe.world import StripeWorld, session_id

INSTANTS = 100
"""How often two come at the same instant; over two instances, with the mock, it is a thousand times (tests/races)."""


async def moves(world: StripeWorld, payment: Payment) -> list[Status]:
    return [event.status for event in await world.history(payment) if event.kind is EventKind.STATUS]


async def test_1_two_refunds_of_more_than_there_is(world: StripeWorld) -> None:
    payment = await world.paid(amount=Decimal("100.00"))
    answers = await asyncio.gather(*(world.refund(payment, "60.00", key) for key in ("a", "b")))
    assert {type(answer) for answer in answers} == {RefundPaymentSuccess, PaymentNotRefundable}
    assert [refund["amount"] for refund in world.stripe.books.refunds.values()] == [6000]


async def test_2_verify_and_webhook_in_the_same_instant(world: StripeWorld) -> None:
    for number in range(INSTANTS):
        payment = await world.checkout(idempotency_key=str(number))
        webhook = world.stripe.events.about(world.stripe.books.pay(session_id(payment)), "checkout.session.completed")
        await asyncio.gather(world.verify(payment), world.hear(webhook))
        assert await moves(world, payment) == [Status.PENDING, Status.SUCCEEDED]


async def test_3_the_same_event_three_times_at_once(world: StripeWorld) -> None:
    payment = await world.checkout()
    webhook = world.stripe.events.about(world.stripe.books.pay(session_id(payment)), "checkout.session.completed")
    await asyncio.gather(*(world.hear(webhook) for _ in range(3)))
    assert await moves(world, payment) == [Status.PENDING, Status.SUCCEEDED]


async def test_4_cancel_while_the_payer_pays(world: StripeWorld) -> None:
    payment = await world.checkout()

    async def pays() -> None:
        world.stripe.books.pay(session_id(payment))

    world.stripe.faults.before[EXPIRE] = pays
    assert isinstance(await cancel(world.runtime, SERVICE, payment.id, None, None), PaymentNotCancelable)
    assert await moves(world, payment) == [Status.PENDING, Status.SUCCEEDED]


async def test_4_cancel_while_a_bank_debit_begins(world: StripeWorld) -> None:
    payment = await world.checkout()

    async def pays() -> None:
        world.stripe.books.pay(session_id(payment), asynchronous=True)

    world.stripe.faults.before[EXPIRE] = pays
    assert isinstance(await cancel(world.runtime, SERVICE, payment.id, None, None), PaymentNotCancelable)
    assert await moves(world, payment) == [Status.PENDING, Status.PROCESSING]


async def test_4_cancel_and_nobody_pays(world: StripeWorld) -> None:
    payment = await world.checkout()
    for _ in range(2):
        answer = await cancel(world.runtime, SERVICE, payment.id, None, None)
        assert isinstance(answer, CancelPaymentSuccess)
    assert world.stripe.books.session(session_id(payment))["status"] == "expired"
    assert await moves(world, payment) == [Status.PENDING, Status.CANCELED]


async def test_5_an_event_that_cannot_be_applied_is_not_taken(world: StripeWorld) -> None:
    payment = await world.checkout()
    webhook = world.stripe.events.about(world.stripe.books.pay(session_id(payment)), "checkout.session.completed")
    app = Starlette(routes=[provider_webhook_route(world.runtime, "/webhooks/stripe")])
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as stripe:

        async def sent(given: Webhook) -> int:
            answer = await stripe.post("/webhooks/stripe", content=given.body, headers=given.headers)
            return answer.status_code

        world.stripe.faults.plan(RETRIEVE, Fault.ERROR_BEFORE)
        assert await sent(webhook) == 503
        assert await moves(world, payment) == [Status.PENDING]
        assert [await sent(webhook) for _ in range(2)] == [200, 200]
        assert await moves(world, payment) == [Status.PENDING, Status.SUCCEEDED]
        assert await sent(Webhook(webhook.headers, webhook.body + b" ")) == 400


async def test_7_complete_and_unpaid_waits_for_the_money(world: StripeWorld) -> None:
    payment = await world.checkout()
    done = world.stripe.books.pay(session_id(payment), asynchronous=True)
    await world.told(done, "checkout.session.completed")
    assert await moves(world, payment) == [Status.PENDING, Status.PROCESSING]
    world.stripe.books.arrive(session_id(payment))
    await world.told(done, "checkout.session.async_payment_succeeded")
    assert await moves(world, payment) == [Status.PENDING, Status.PROCESSING, Status.SUCCEEDED]


async def test_7_and_when_the_money_does_not_come(world: StripeWorld) -> None:
    payment = await world.checkout()
    done = world.stripe.books.pay(session_id(payment), asynchronous=True)
    await world.told(done, "checkout.session.completed")
    world.stripe.books.fail_to_arrive(session_id(payment))
    await world.told(done, "checkout.session.async_payment_failed")
    failed = await world.payment(payment.id)
    assert (failed.status, failed.failure_code, failed.failure_message) == (
        Status.FAILED,
        "PROVIDER_REJECTED",
        "Returned.",
    )


async def test_9_the_same_key_with_another_amount(world: StripeWorld) -> None:
    await world.checkout()
    assert isinstance(await world.ask_checkout(amount=Decimal("11.00")), IdempotencyConflict)
    assert len(world.stripe.books.sessions) == 1


async def test_10_a_first_call_slower_than_any_lease(world: StripeWorld) -> None:
    second: list[asyncio.Task[CheckoutAnswer]] = []

    async def takes_long() -> None:
        world.clock.advance(2 * LEASE)
        second.append(asyncio.create_task(world.ask_checkout()))
        await world.stripe.called(CREATE, 2)

    world.stripe.faults.before[CREATE] = takes_long
    answers = [await world.ask_checkout(), await second[0]]
    assert all(isinstance(answer, CheckoutSuccess) for answer in answers)
    assert len(world.stripe.books.sessions) == 1


async def test_a_decline_leaves_the_payer_another_card(world: StripeWorld) -> None:
    payment = await world.checkout()
    world.stripe.books.decline(session_id(payment), "insufficient_funds")
    await world.verify(payment)
    declined = await world.payment(payment.id)
    assert (declined.status, declined.failure_code) == (Status.PENDING, "INSUFFICIENT_FUNDS")
    world.stripe.books.pay(session_id(payment))
    world.clock.advance(timedelta(seconds=2))
    await world.verify(payment)
    assert (await world.payment(payment.id)).failure_code is None
    assert await moves(world, payment) == [Status.PENDING, Status.SUCCEEDED]


@pytest.mark.parametrize(("amount", "currency"), [(999, None), (1001, None), (None, "eur")])
async def test_another_amount_is_held_and_can_be_given_back(
    world: StripeWorld, amount: int | None, currency: str | None
) -> None:
    payment = await world.checkout()
    world.stripe.books.pay(session_id(payment), amount=amount, currency=currency)
    await world.verify(payment)
    held = await world.payment(payment.id)
    assert (held.status, held.failure_code) == (Status.PROCESSING, "AMOUNT_MISMATCH")
    assert isinstance(await world.refund(held), RefundPaymentSuccess)
    assert await moves(world, payment) == [Status.PENDING, Status.PROCESSING, Status.REFUNDED]


async def test_what_stripe_refuses_is_said_and_is_over(world: StripeWorld) -> None:
    answer = await world.ask_checkout(amount=Decimal("0.20"))
    assert isinstance(answer, InvalidInput) and "minimum charge" in answer.message
    assert (await world.only_payment()).status is Status.FAILED


async def test_time_runs_out(world: StripeWorld) -> None:
    payment = await world.checkout(expires_in_minutes=30)
    await world.look(timedelta(minutes=30))
    over = await world.payment(payment.id)
    assert (over.status, over.cancellation_cause) == (Status.CANCELED, "EXPIRED")
    assert world.stripe.books.session(session_id(payment))["status"] == "expired"


async def test_a_checkout_of_a_whole_day_runs_out_at_stripe_first(world: StripeWorld) -> None:
    """Its session ends within Stripe's bounds, a margin before the payment does."""
    payment = await world.checkout(expires_in_minutes=24 * 60)
    session = world.stripe.books.expire(session_id(payment))
    world.clock.advance(timedelta(hours=24) - MARGIN)
    await world.told(session, "checkout.session.expired")
    over = await world.payment(payment.id)
    assert (over.status, over.cancellation_cause) == (Status.CANCELED, "EXPIRED")


async def test_a_session_closed_in_the_dashboard_was_closed_by_somebody(world: StripeWorld) -> None:
    payment = await world.checkout()
    await world.told(world.stripe.books.expire(session_id(payment)), "checkout.session.expired")
    assert (await world.payment(payment.id)).cancellation_cause == "REQUESTED"
