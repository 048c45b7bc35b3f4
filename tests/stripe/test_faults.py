"""A fault at every call to Stripe: no second session, no second charge, nothing FAILED that was paid."""

from collections.abc import Awaitable, Callable

import pytest

from data.payment import Payment
from data.refunds import RefundStatus
from data.status import Status
from resolvers.answers import CheckoutSuccess, ProviderUnavailable
from resolvers.cancel import cancel
from tests.fake_stripe.faults import Fault
from tests.fake_stripe.server import CREATE, EXPIRE, LIST, REFUND, RETRIEVE
from tests.resolvers.world import SERVICE
from tests.stripe.world import StripeWorld, session_id

Way = Callable[[StripeWorld], Awaitable[None]]

BEFORE = [Fault.RESET_BEFORE, Fault.ERROR_BEFORE, Fault.TOO_MANY, Fault.BAD_GATEWAY]
AFTER = [Fault.RESET_AFTER, Fault.ERROR_AFTER, Fault.GARBAGE]
SILENT = [Fault.SILENT_BEFORE, Fault.SILENT_AFTER]


async def by_the_same_call(world: StripeWorld) -> None:
    assert isinstance(await world.ask_checkout(), CheckoutSuccess)


async def by_the_reconciler_first(world: StripeWorld) -> None:
    await world.look()
    await by_the_same_call(world)


async def by_impatience(world: StripeWorld) -> None:
    """Again and again at once, before any lease or look."""
    for _ in range(4):
        await by_the_same_call(world)


@pytest.mark.parametrize("way", [by_the_same_call, by_the_reconciler_first, by_impatience])
@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
async def test_a_creation_that_went_wrong_ends_in_one_session(world: StripeWorld, fault: Fault, way: Way) -> None:
    await _lost_creation_ends_in_one_session(world, fault, way)


@pytest.mark.parametrize("fault", SILENT)
async def test_a_creation_without_an_answer_ends_in_one_session(world: StripeWorld, fault: Fault) -> None:
    await _lost_creation_ends_in_one_session(world, fault, by_the_reconciler_first)


async def _lost_creation_ends_in_one_session(world: StripeWorld, fault: Fault, way: Way) -> None:
    world.stripe.faults.plan(CREATE, fault)
    assert isinstance(await world.ask_checkout(), ProviderUnavailable)
    assert (await world.only_payment()).status is Status.PENDING
    await way(world)
    payment = await world.only_payment()
    (session,) = world.stripe.books.of_payment(payment.id)
    assert session_id(payment) == session["id"] and payment.unknown_since is None
    world.stripe.books.pay(session["id"])
    await world.verify(payment)
    assert (await world.payment(payment.id)).status is Status.SUCCEEDED
    assert len(world.stripe.books.charges) == 1


@pytest.mark.parametrize("fault", [*BEFORE, Fault.RESET_AFTER, Fault.GARBAGE])
@pytest.mark.parametrize("where", [CREATE, LIST])
async def test_looking_for_a_lost_session_may_fail_too(world: StripeWorld, where: str, fault: Fault) -> None:
    world.stripe.faults.plan(CREATE, Fault.ERROR_AFTER)
    await world.ask_checkout()
    world.stripe.faults.plan(where, fault)
    await world.ask_checkout()
    await world.look()
    await by_the_same_call(world)
    payment = await world.only_payment()
    assert [session_id(payment)] == list(world.stripe.books.sessions)


@pytest.mark.parametrize("fault", [*BEFORE, Fault.RESET_AFTER, Fault.GARBAGE])
async def test_paid_and_not_told_is_never_failed(world: StripeWorld, fault: Fault) -> None:
    """FIELD 6: it times out, and has charged."""
    payment = await world.checkout()
    world.stripe.books.pay(session_id(payment))
    world.stripe.faults.plan(RETRIEVE, fault, fault)
    assert isinstance(await world.verify(payment), ProviderUnavailable)
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


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
@pytest.mark.parametrize("pays", [False, True])
async def test_a_cancel_that_went_wrong(world: StripeWorld, fault: Fault, pays: bool) -> None:
    payment = await world.checkout()
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
    await world.refund(payment, "4.00", "k")


async def refunded_by_the_reconciler(world: StripeWorld, _: Payment) -> None:
    await world.look()
    await world.look()


async def refunded_a_day_later(world: StripeWorld, payment: Payment) -> None:
    """Stripe has forgotten the key by then."""
    world.stripe.keys.forget()
    await refunded_again(world, payment)


@pytest.mark.parametrize("way", [refunded_again, refunded_by_the_reconciler, refunded_a_day_later])
@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
async def test_a_refund_that_went_wrong_is_one_refund(
    world: StripeWorld, fault: Fault, way: Callable[[StripeWorld, Payment], Awaitable[None]]
) -> None:
    payment = await world.paid()
    world.stripe.faults.plan(REFUND, fault)
    assert isinstance(await world.refund(payment, "4.00", "k"), ProviderUnavailable)
    (lost,) = await world.refunds(payment)
    assert lost.status is RefundStatus.PENDING
    await way(world, payment)
    (known,) = await world.refunds(payment)
    assert (known.id, known.status) == (lost.id, RefundStatus.SUCCEEDED)
    assert list(world.stripe.books.refunds) == [known.provider_refund_id]
