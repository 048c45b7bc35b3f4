"""Stripe's events: late, twice, in any order, about refunds and disputes, and about what is not ours."""

import random
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from data.events import EventKind
from data.payment import Payment
from data.refunds import RefundStatus
from data.status import Status
from providers.protocol import ProviderSilentError
from providers.stripe_webhooks import EVENTS
from resolvers.answers import PaymentNotRefundable, RefundPaymentSuccess
from tests.fake_stripe.books import Object
from tests.fake_stripe.faults import Fault
from tests.fake_stripe.server import CREATE, INTENT, REFUND
from tests.stripe.world import StripeWorld, session_id


def intent_of(world: StripeWorld, payment: Payment) -> str:
    return str(world.stripe.books.session(session_id(payment))["payment_intent"])


def charge_of(world: StripeWorld, payment: Payment) -> Object:
    return world.stripe.books.charges[world.stripe.books.intents[intent_of(world, payment)]["latest_charge"]]


async def noted(world: StripeWorld) -> list[Any]:
    async with world.runtime.database.transaction() as connection:
        rows = await connection.execute(text("SELECT event_id, type, payment_id FROM mesaya_payments.provider_events"))
        return [tuple(row) for row in rows]


async def test_an_event_before_our_call_has_its_answer(world: StripeWorld) -> None:
    async def paid_already() -> None:
        (session,) = world.stripe.books.sessions.values()
        await world.told(world.stripe.books.pay(session["id"]), "checkout.session.completed")

    world.stripe.faults.after[CREATE] = paid_already
    payment = await world.checkout()
    assert payment.status is Status.SUCCEEDED and len(world.stripe.books.sessions) == 1


@pytest.mark.parametrize("seed", range(4))
async def test_order_age_and_number_do_not_matter(world: StripeWorld, seed: int) -> None:
    """A whole life's events, some twice, in an order of their own: what Stripe holds is what we hold."""
    order = random.Random(seed)
    payment = await world.checkout()
    books, about = world.stripe.books, world.stripe.events.about
    told = [about(books.session(session_id(payment)), "checkout.session.expired")]
    session = books.pay(session_id(payment), asynchronous=True)
    told.append(about(session, "checkout.session.completed"))
    books.arrive(session["id"])
    told.append(about(session, "checkout.session.async_payment_succeeded"))
    made = books.refund(session["payment_intent"], 300, {})
    told.append(about(charge_of(world, payment), "charge.refunded"))
    told.append(about(made, "refund.updated"))
    told += order.sample(told, 3)
    order.shuffle(told)
    for webhook in told:
        await world.hear(webhook)
    known = await world.payment(payment.id)
    assert (known.status, str(known.amount_refunded)) == (Status.SUCCEEDED, "3.00")
    assert len(await world.refunds(payment)) == 1


async def test_a_refund_in_the_dashboard_shows_up_and_is_counted_once(world: StripeWorld) -> None:
    payment = await world.paid()
    assert isinstance(await world.refund(payment, "4.00", "k"), RefundPaymentSuccess)
    await world.told(charge_of(world, payment), "charge.refunded")
    made = world.stripe.books.refund(intent_of(world, payment), None, {})
    for type_ in ("charge.refunded", "charge.refunded"):
        await world.told(charge_of(world, payment), type_)
    await world.told(made, "refund.updated")
    refunds = await world.refunds(payment)
    assert sorted(str(refund.amount.amount) for refund in refunds) == ["4.00", "6.00"]
    assert (await world.payment(payment.id)).status is Status.REFUNDED


async def test_our_refunds_event_comes_before_our_calls_answer(world: StripeWorld) -> None:
    payment = await world.paid()

    async def told() -> None:
        await world.told(charge_of(world, payment), "charge.refunded")

    world.stripe.faults.after[REFUND] = told
    assert isinstance(await world.refund(payment, "4.00", "k"), RefundPaymentSuccess)
    assert [str(refund.amount.amount) for refund in await world.refunds(payment)] == ["4.00"]


async def test_the_dashboard_is_quicker_with_the_last_of_the_money(world: StripeWorld) -> None:
    payment = await world.paid()

    async def all_back() -> None:
        world.stripe.books.refund(intent_of(world, payment), None, {})

    world.stripe.faults.before[REFUND] = all_back
    assert isinstance(await world.refund(payment), PaymentNotRefundable)
    await world.told(charge_of(world, payment), "charge.refunded")
    known = await world.payment(payment.id)
    assert (known.status, str(known.amount_refunded)) == (Status.REFUNDED, "10.00")


async def test_a_pending_refund_is_followed_to_its_end(world: StripeWorld) -> None:
    payment = await world.paid()
    world.stripe.books.refund_status = "pending"
    await world.refund(payment)
    assert (await world.payment(payment.id)).status is Status.SUCCEEDED
    (made,) = world.stripe.books.refunds
    world.stripe.books.end_refund(made, "succeeded")
    await world.look()
    assert (await world.payment(payment.id)).status is Status.REFUNDED
    await world.told(world.stripe.books.end_refund(made, "failed"), "refund.failed")
    failed = await world.payment(payment.id)
    assert (failed.status, failed.amount_reserved) == (Status.SUCCEEDED, Decimal(0))
    (refund,) = await world.refunds(payment)
    assert refund.status is RefundStatus.FAILED


async def test_a_whole_refund_that_is_asked_for_again_while_it_is_pending_is_the_same(world: StripeWorld) -> None:
    payment = await world.paid()
    world.stripe.books.refund_status = "pending"
    for _ in range(2):
        answer = await world.refund(payment)
        assert isinstance(answer, RefundPaymentSuccess) and answer.refund.status is RefundStatus.PENDING
    assert len(world.stripe.books.refunds) == 1


async def test_many_refunds_are_all_read(world: StripeWorld) -> None:
    """A charge shows ten of them."""
    payment = await world.paid()
    for _ in range(23):
        world.stripe.books.refund(intent_of(world, payment), 10, {})
    await world.told(charge_of(world, payment), "charge.refunded")
    assert str((await world.payment(payment.id)).amount_refunded) == "2.30"


async def test_a_refund_that_names_another_payments_refund_is_one_of_its_own(world: StripeWorld) -> None:
    """Metadata that somebody copied."""
    one, other = await world.paid(idempotency_key="one"), await world.paid(idempotency_key="other")
    await world.refund(one, "4.00", "key")
    (mine,) = await world.refunds(one)
    intent = world.stripe.books.session(session_id(other))["payment_intent"]
    made = world.stripe.books.refund(intent, 300, {"refund_id": str(mine.id)})
    for _ in range(2):
        await world.told(made, "refund.updated")
    assert await world.refunds(one) == [mine]
    (copied,) = await world.refunds(other)
    assert (copied.provider_refund_id, copied.amount.text()) == (made["id"], "3.00")
    assert (await world.payment(other.id)).amount_refunded == copied.amount.amount


async def test_a_refund_without_metadata_is_found_by_its_payment_intent(world: StripeWorld) -> None:
    payment = await world.paid()
    world.stripe.books.refund_status = "pending"
    made = world.stripe.books.refund(intent_of(world, payment), 500, {})
    world.stripe.faults.plan(INTENT, Fault.ERROR_BEFORE)
    with pytest.raises(ProviderSilentError):
        await world.told(made, "refund.updated")
    await world.told(made, "refund.updated")
    assert [refund.status for refund in await world.refunds(payment)] == [RefundStatus.PENDING]


async def test_a_dispute_is_recorded_once_and_changes_no_status(world: StripeWorld) -> None:
    payment = await world.paid()
    dispute = world.stripe.books.dispute(session_id(payment))
    for _ in range(2):
        await world.told(dispute, "charge.dispute.created")
    told = [event.detail for event in await world.history(payment) if event.kind is EventKind.DISPUTE]
    assert told == [dispute["id"]] and (await world.payment(payment.id)).status is Status.SUCCEEDED


async def test_how_a_dispute_ends_is_told_once_and_sounds_an_alarm(world: StripeWorld) -> None:
    payment = await world.paid()
    dispute = world.stripe.books.dispute(session_id(payment))
    await world.told(dispute, "charge.dispute.created")
    dispute["status"] = "lost"
    with capture_logs() as logs:
        for _ in range(2):
            await world.told(dispute, "charge.dispute.closed")
    told = [event.detail for event in await world.history(payment) if event.kind is EventKind.DISPUTE]
    assert told == [dispute["id"], f"{dispute['id']} lost"]
    assert [log["alarm"] for log in logs if "alarm" in log] == [f"the payer disputes this payment: {told[1]}"]


async def test_what_is_not_ours_is_taken_and_noted_without_asking(world: StripeWorld) -> None:
    books = world.stripe.books
    foreign = books.open_session({"expires_at": 0, "client_reference_id": "cart-17"}, 1000, "usd")
    unknown = books.open_session({"expires_at": 0, "client_reference_id": str(world.runtime.new_id())}, 1000, "usd")
    await world.hear(world.stripe.events.about(foreign, "customer.created", id_="evt_1"))
    await world.hear(world.stripe.events.about(foreign, "checkout.session.completed", id_="evt_2"))
    await world.hear(world.stripe.events.about(unknown, "checkout.session.completed", id_="evt_2"))
    assert world.stripe.calls == []
    assert await noted(world) == [("evt_1", "customer.created", None), ("evt_2", "checkout.session.completed", None)]


async def test_a_foreign_payment_intent_is_not_ours(world: StripeWorld) -> None:
    books = world.stripe.books
    foreign = books.open_session({"expires_at": 0, "client_reference_id": "cart-17"}, 1000, "usd")
    books.pay(foreign["id"])
    await world.told(books.dispute(foreign["id"]), "charge.dispute.created")
    assert [(type_, payment_id) for _, type_, payment_id in await noted(world)] == [("charge.dispute.created", None)]


@pytest.mark.parametrize("type_", sorted(event for event in EVENTS if event.startswith("checkout")))
async def test_every_event_of_a_session_leads_to_what_stripe_holds(world: StripeWorld, type_: str) -> None:
    payment = await world.checkout()
    await world.told(world.stripe.books.pay(session_id(payment)), type_)
    assert (await world.payment(payment.id)).status is Status.SUCCEEDED


async def test_a_session_that_stripe_does_not_list_yet_is_asked_for_again(world: StripeWorld) -> None:
    world.stripe.faults.plan(CREATE, Fault.RESET_AFTER)
    await world.ask_checkout()
    books = world.stripe.books
    (session,) = books.sessions.values()
    webhook = world.stripe.events.about(books.pay(session["id"]), "checkout.session.completed")
    hidden = books.sessions.pop(session["id"])
    with pytest.raises(ProviderSilentError):
        await world.hear(webhook)
    assert await noted(world) == []
    books.sessions[session["id"]] = hidden
    await world.hear(webhook)
    assert (await world.only_payment()).status is Status.SUCCEEDED


async def test_money_in_a_second_session_is_not_passed_over_in_silence(world: StripeWorld) -> None:
    payment = await world.checkout()
    given = {"expires_at": 0, "client_reference_id": str(payment.id)}
    second = world.stripe.books.open_session(given, 1000, "usd")
    with capture_logs() as logs:
        await world.told(world.stripe.books.pay(second["id"]), "checkout.session.completed")
    assert [line["provider_payment_id"] for line in logs if line["log_level"] == "error"] == [second["id"]]
    assert (await world.payment(payment.id)).status is Status.PENDING
