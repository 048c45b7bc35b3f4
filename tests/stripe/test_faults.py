"""A fault at every call to Stripe: no second session, no second charge, nothing FAILED that was paid."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from data.payment import Payment
from data.refunds import RefundStatus
from data.status import Status
from providers.stripe import MAX_KEYS
from resolvers.answers import CheckoutSuccess, ProviderUnavailable
from resolvers.cancel import cancel
from resolvers.next_look import LONGEST_PAUSE, OVERDUE_AFTER
from tests.fake_stripe.faults import Fault
from tests.fake_stripe.server import CREATE, EXPIRE, LIST, REFUND, RETRIEVE
from tests.resolvers.world import SERVICE
from tests.stripe.world import StripeWorld, session_id

Way = Callable[[StripeWorld, str], Awaitable[None]]

BEFORE = [Fault.RESET_BEFORE, Fault.ERROR_BEFORE, Fault.TOO_MANY, Fault.BAD_GATEWAY]
AFTER = [Fault.RESET_AFTER, Fault.ERROR_AFTER, Fault.GARBAGE]
SILENT = [Fault.SILENT_BEFORE, Fault.SILENT_AFTER]
"""Each test meets its faults one after the other, every one with a payment of its own."""


async def by_the_same_call(world: StripeWorld, key: str) -> None:
    assert isinstance(await world.ask_checkout(idempotency_key=key), CheckoutSuccess)


async def by_the_reconciler_first(world: StripeWorld, key: str) -> None:
    await world.look()
    await by_the_same_call(world, key)


async def by_impatience(world: StripeWorld, key: str) -> None:
    """Again and again at once, before any lease or look."""
    for _ in range(4):
        await by_the_same_call(world, key)


@pytest.mark.parametrize("way", [by_the_same_call, by_the_reconciler_first, by_impatience])
async def test_a_creation_that_went_wrong_ends_in_one_session(world: StripeWorld, way: Way) -> None:
    for fault in [*BEFORE, *AFTER]:
        await _lost_creation_ends_in_one_session(world, fault, way)


async def test_a_creation_without_an_answer_ends_in_one_session(world: StripeWorld) -> None:
    for fault in SILENT:
        await _lost_creation_ends_in_one_session(world, fault, by_the_reconciler_first)


async def _lost_creation_ends_in_one_session(world: StripeWorld, fault: Fault, way: Way) -> None:
    world.stripe.faults.plan(CREATE, fault)
    assert isinstance(await world.ask_checkout(idempotency_key=fault), ProviderUnavailable), fault
    assert (await world.newest_payment()).status is Status.PENDING
    await way(world, fault)
    payment = await world.newest_payment()
    (session,) = world.stripe.books.of_payment(payment.id)
    assert session_id(payment) == session["id"] and payment.unknown_since is None
    await _pay(world, payment)


async def _pay(world: StripeWorld, payment: Payment) -> None:
    world.stripe.books.pay(session_id(payment))
    world.clock.advance(timedelta(seconds=2))
    await world.verify(payment)
    assert (await world.payment(payment.id)).status is Status.SUCCEEDED
    charged = [charge["metadata"]["payment_id"] for charge in world.stripe.books.charges.values()]
    assert charged.count(str(payment.id)) == 1


@pytest.mark.parametrize("where", [CREATE, LIST])
async def test_looking_for_a_lost_session_may_fail_too(world: StripeWorld, where: str) -> None:
    for fault in [*BEFORE, Fault.RESET_AFTER, Fault.GARBAGE]:
        world.stripe.faults.plan(CREATE, Fault.ERROR_AFTER)
        await world.ask_checkout(idempotency_key=fault)
        world.stripe.faults.plan(where, fault)
        await world.ask_checkout(idempotency_key=fault)
        await world.look()
        await by_the_same_call(world, fault)
        payment = await world.newest_payment()
        assert [session_id(payment)] == [session["id"] for session in world.stripe.books.of_payment(payment.id)]
        await _pay(world, payment)


async def test_until_a_payment_expires_its_session_can_be_opened(world: StripeWorld) -> None:
    """Stripe opens none for less than half an hour."""
    for minutes in (30, 60, 23 * 60):
        asked: dict[str, Any] = {"idempotency_key": str(minutes), "expires_in_minutes": minutes}
        world.stripe.faults.plan(CREATE, Fault.TOO_MANY)
        assert isinstance(await world.ask_checkout(**asked), ProviderUnavailable)
        world.clock.advance(timedelta(minutes=minutes - 1))
        assert isinstance(await world.ask_checkout(**asked), CheckoutSuccess)


async def test_paid_and_not_told_is_never_failed(world: StripeWorld) -> None:
    """FIELD 6: it times out, and has charged."""
    for fault in [*BEFORE, Fault.RESET_AFTER, Fault.GARBAGE]:
        payment = await world.checkout(idempotency_key=fault)
        world.stripe.books.pay(session_id(payment))
        world.stripe.faults.plan(RETRIEVE, fault, fault)
        assert isinstance(await world.verify(payment), ProviderUnavailable), fault
        await world.look()
        unknown = await world.payment(payment.id)
        assert unknown.status is Status.PENDING and unknown.unknown_since is not None
        await world.look()
        known = await world.payment(payment.id)
        assert known.status is Status.SUCCEEDED and known.unknown_since is None


async def test_paid_before_we_ever_had_an_answer_is_found_by_the_webhook(world: StripeWorld) -> None:
    world.stripe.faults.plan(CREATE, Fault.RESET_AFTER)
    await world.ask_checkout()
    (session,) = world.stripe.books.sessions.values()
    await world.told(world.stripe.books.pay(session["id"]), "checkout.session.completed")
    payment = await world.only_payment()
    assert (payment.status, payment.provider_payment_id) == (Status.SUCCEEDED, session["id"])
    assert isinstance(await world.ask_checkout(), CheckoutSuccess)
    assert len(world.stripe.books.sessions) == 1


@pytest.mark.parametrize("pays", [False, True])
async def test_a_cancel_that_went_wrong(world: StripeWorld, pays: bool) -> None:
    for fault in [*BEFORE, *AFTER]:
        payment = await world.checkout(idempotency_key=fault)
        world.stripe.faults.plan(EXPIRE, fault)
        answer = await cancel(world.runtime, SERVICE, payment.id, None, None)
        assert isinstance(answer, ProviderUnavailable)
        assert (await world.payment(payment.id)).status is Status.PENDING
        session = world.stripe.books.session(session_id(payment))
        assert session["status"] == ("expired" if fault in AFTER else "open")
        if pays and session["status"] == "open":
            world.stripe.books.pay(session["id"])
        await cancel(world.runtime, SERVICE, payment.id, None, None)
        paid = session["payment_status"] == "paid"
        assert (await world.payment(payment.id)).status is (Status.SUCCEEDED if paid else Status.CANCELED)


async def refunded_again(world: StripeWorld, payment: Payment) -> None:
    await world.refund(payment, "4.00", str(payment.id))


async def refunded_by_the_reconciler(world: StripeWorld, _: Payment) -> None:
    await world.look()
    await world.look()


async def refunded_a_day_later(world: StripeWorld, payment: Payment) -> None:
    """Stripe has forgotten the key by then."""
    world.stripe.keys.forget()
    await refunded_again(world, payment)


async def when_the_reconciler_is_due(world: StripeWorld, payment: Payment) -> None:
    due = (await world.payment(payment.id)).next_check_at
    assert due is not None
    await world.look(due - world.clock())


@pytest.mark.parametrize("way", [refunded_again, when_the_reconciler_is_due])
async def test_however_often_stripe_fails_a_refund_it_is_made_once_stripe_is_well(
    world: StripeWorld, way: Callable[[StripeWorld, Payment], Awaitable[None]]
) -> None:
    """Stripe repeats each 500 under its key for a day."""
    payment = await world.paid()
    world.stripe.faults.lasting[REFUND] = Fault.ERROR_BEFORE
    await refunded_again(world, payment)
    for _ in range(5 * MAX_KEYS):
        await way(world, payment)
    spent = len(world.stripe.keys.kept) - 1  # the session's is another one
    assert spent > MAX_KEYS, "it is another attempt by now"
    del world.stripe.faults.lasting[REFUND]
    for _ in range(2):
        await world.look(LONGEST_PAUSE)
    (made,) = await world.refunds(payment)
    assert made.status is RefundStatus.SUCCEEDED
    assert [made.provider_refund_id] == [*world.stripe.books.refunds]


async def test_a_refund_that_stripe_keeps_failing_is_asked_for_ever_slower_and_sounds_an_alarm(
    world: StripeWorld,
) -> None:
    payment = await world.paid()
    world.stripe.faults.lasting[REFUND] = Fault.ERROR_BEFORE
    began = world.clock()
    await refunded_again(world, payment)
    pauses = []
    with capture_logs() as logs:
        while world.clock() - began < OVERDUE_AFTER:
            before = world.clock()
            await when_the_reconciler_is_due(world, payment)
            pauses.append(world.clock() - before)
    assert pauses == sorted(pauses) and pauses[-1] == LONGEST_PAUSE
    assert (await world.payment(payment.id)).unknown_since == began
    assert [log for log in logs if log["log_level"] == "error" and "outcome is unknown" in log["event"]]


@pytest.mark.parametrize("way", [refunded_again, refunded_by_the_reconciler, refunded_a_day_later])
async def test_a_refund_that_went_wrong_is_one_refund(
    world: StripeWorld, way: Callable[[StripeWorld, Payment], Awaitable[None]]
) -> None:
    for fault in [*BEFORE, *AFTER]:
        payment = await world.paid(idempotency_key=fault)
        world.stripe.faults.plan(REFUND, fault)
        assert isinstance(await world.refund(payment, "4.00", str(payment.id)), ProviderUnavailable)
        (lost,) = await world.refunds(payment)
        assert lost.status is RefundStatus.PENDING
        await way(world, payment)
        (known,) = await world.refunds(payment)
        assert (known.id, known.status) == (lost.id, RefundStatus.SUCCEEDED), fault
        made = [
            refund for refund in world.stripe.books.refunds.values() if refund["metadata"]["refund_id"] == str(lost.id)
        ]
        assert [refund["id"] for refund in made] == [known.provider_refund_id]
