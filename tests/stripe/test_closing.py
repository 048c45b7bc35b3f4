"""What is over is closed at Stripe: nobody pays for a payment that was canceled, and money on its way is waited for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from data.payment import Payment
from data.status import Status
from resolvers.answers import CancelPaymentSuccess
from resolvers.cancel import cancel
from tests.fake_stripe.faults import Fault
from tests.fake_stripe.server import CREATE, EXPIRE
from tests.resolvers.world import SERVICE
from tests.stripe.world import StripeWorld, session_id


async def canceled_while_it_opens(world: StripeWorld) -> Payment:
    async def cancels() -> None:
        payment = await world.only_payment()
        assert isinstance(await cancel(world.runtime, SERVICE, payment.id, None, None), CancelPaymentSuccess)

    world.stripe.faults.before[CREATE] = cancels
    await world.ask_checkout()
    return await world.only_payment()


async def at_once(_: StripeWorld) -> None:
    pass


async def without_an_answer(world: StripeWorld) -> None:
    world.stripe.faults.plan(CREATE, Fault.ERROR_AFTER)


async def with_a_fault_when_it_is_closed(world: StripeWorld) -> None:
    world.stripe.faults.plan(EXPIRE, Fault.ERROR_BEFORE)


@pytest.mark.parametrize("way", [at_once, without_an_answer, with_a_fault_when_it_is_closed])
async def test_whoever_verifies_what_was_canceled_does_not_keep_it_open(
    world: StripeWorld, way: Callable[[StripeWorld], Awaitable[None]]
) -> None:
    await way(world)
    payment = await canceled_while_it_opens(world)
    if way is with_a_fault_when_it_is_closed:
        await world.look(timedelta(0))
    for _ in range(3):
        world.clock.advance(timedelta(seconds=2))
        await world.verify(payment)
    await world.look(timedelta(0))
    over = await world.payment(payment.id)
    assert world.stripe.books.session(session_id(over))["status"] == "expired"
    assert (over.status, over.next_check_at) == (Status.CANCELED, None)


async def test_what_cannot_be_closed_is_not_tried_all_the_time(world: StripeWorld) -> None:
    payment = await canceled_while_it_opens(world)
    world.clock.advance(timedelta(minutes=10))
    world.stripe.books.pay(session_id(payment), asynchronous=True)
    await world.look(timedelta(0))
    waits = await world.payment(payment.id)
    assert waits.next_check_at is not None
    assert waits.next_check_at - world.clock() >= timedelta(minutes=10)
    world.stripe.books.arrive(session_id(payment))
    await world.look(timedelta(hours=1))
    assert (await world.payment(payment.id)).status is Status.SUCCEEDED


async def test_what_is_closed_while_money_is_on_its_way_waits_for_it(world: StripeWorld) -> None:
    payment = await world.checkout(expires_in_minutes=30)
    world.stripe.books.begin(session_id(payment))
    await world.look(timedelta(minutes=30))
    assert (await world.payment(payment.id)).status is Status.PROCESSING
    world.stripe.books.arrive(session_id(payment))
    await world.look(timedelta(hours=1))
    assert (await world.payment(payment.id)).status is Status.SUCCEEDED


async def test_what_was_paid_in_the_instant_it_is_closed_is_paid(world: StripeWorld) -> None:
    """The intent has the money a moment before the session says so."""
    payment = await world.checkout()
    session = world.stripe.books.session(session_id(payment))

    async def pays() -> None:
        world.stripe.books.begin(session["id"])
        world.stripe.books.arrive(session["id"])
        session["payment_status"] = "unpaid"

    world.stripe.faults.before[EXPIRE] = pays
    await cancel(world.runtime, SERVICE, payment.id, None, None)
    assert (await world.payment(payment.id)).status is Status.SUCCEEDED


async def test_a_moment_of_processing_leaves_the_payer_another_card(world: StripeWorld) -> None:
    payment = await world.checkout()
    world.stripe.books.begin(session_id(payment))
    await world.verify(payment)
    world.stripe.books.decline(session_id(payment))
    world.clock.advance(timedelta(seconds=2))
    await world.verify(payment)
    declined = await world.payment(payment.id)
    assert (declined.status, declined.failure_code) == (Status.PENDING, "CARD_DECLINED")
    assert declined.checkout_url is not None
