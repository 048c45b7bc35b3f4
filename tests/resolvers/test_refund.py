"""Refunds: each once, within what came in, whatever is lost, repeated or forgotten."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from data.idempotency import LEASE, LEASE_MARGIN
from data.money import Money
from data.payment import Payment
from data.refunds import Refund, RefundStatus, of_payment
from data.status import Status
from providers.protocol import ProviderDownError, ProviderRefusedError, RefundState
from resolvers.answers import (
    IdempotencyConflict,
    InvalidInput,
    PaymentNotRefundable,
    ProviderUnavailable,
    RefundPaymentSuccess,
)
from resolvers.next_look import FIRST_LOOK
from resolvers.reconcile import CLAIM, round_of
from resolvers.refund import RefundAnswer, RefundRequest, refund
from resolvers.verify import verify
from tests.resolvers.scripted_provider import Silence
from tests.resolvers.world import SERVICE, Died, World, die

DAY = timedelta(days=1)


async def paid(world: World, amount: str | None = None, currency: str | None = None) -> Payment:
    payment = await world.checkout()
    world.provider.pay(payment.id, amount, currency)
    await verify(world.runtime, SERVICE, payment.id, None)
    return await world.payment(payment.id)


async def back(world: World, payment: Payment, amount: str | None = None, **changes: Any) -> RefundAnswer:
    wanted = {"amount": amount and Decimal(amount), "currency": amount and "USD", "idempotency_key": amount and "k"}
    return await refund(world.runtime, SERVICE, RefundRequest(payment.id, **{**wanted, **changes}))


async def refunds(world: World, payment_id: UUID) -> list[Refund]:
    async with world.runtime.database.transaction() as connection:
        return await of_payment(connection, payment_id)


async def test_two_at_once_stay_within_what_was_paid(world: World) -> None:
    payment = await paid(world)
    said = await asyncio.gather(*(back(world, payment, "6.00", idempotency_key=key) for key in "ab"))
    assert sorted(type(answer).__name__ for answer in said) == ["PaymentNotRefundable", "RefundPaymentSuccess"]
    assert world.provider.given_back(payment.id) == Decimal(6)


async def test_an_answer_lost_for_days_is_looked_for_before_the_refund_is_repeated(world: World) -> None:
    payment = await paid(world)
    world.provider.script("refund", Silence(done=True))
    assert isinstance(await back(world, payment, "4.00"), ProviderUnavailable)
    world.clock.advance(2 * DAY)
    world.provider.forget_keys()
    await round_of(world.runtime)
    (known,) = await refunds(world, payment.id)
    assert known.status is RefundStatus.SUCCEEDED
    assert world.provider.given_back(payment.id) == Decimal(4)


async def test_the_same_key_after_days_does_not_give_back_again(world: World) -> None:
    payment = await paid(world)
    world.provider.script("refund", Silence(done=True))
    await back(world, payment, "4.00")
    world.clock.advance(2 * DAY)
    world.provider.forget_keys()
    answer = await back(world, payment, "4.00")
    assert isinstance(answer, RefundPaymentSuccess) and answer.refund.status is RefundStatus.SUCCEEDED
    again = await back(world, payment, "4.00")
    assert isinstance(again, RefundPaymentSuccess) and again.refund == answer.refund
    assert world.provider.given_back(payment.id) == Decimal(4)


async def test_a_refund_that_was_not_made_is_made_by_the_reconciler(world: World) -> None:
    payment = await paid(world)
    world.provider.script("refund", Silence(done=False), ProviderDownError("down"))
    await back(world, payment, "4.00")
    world.clock.advance(FIRST_LOOK)
    await round_of(world.runtime)
    assert [known.status for known in await refunds(world, payment.id)] == [RefundStatus.PENDING]
    world.clock.advance(max(CLAIM, FIRST_LOOK))
    await round_of(world.runtime)
    assert [known.status for known in await refunds(world, payment.id)] == [RefundStatus.SUCCEEDED]
    assert world.provider.given_back(payment.id) == Decimal(4)


async def refund_that_died(world: World) -> Payment:
    """Of 4.00, before the provider was asked; its lease is over."""
    payment = await paid(world)
    world.points.let_in("before refund", die)
    with pytest.raises(Died):
        await back(world, payment, "4.00")
    world.clock.advance(LEASE)
    return payment


async def test_the_same_key_finishes_what_a_dead_call_began(world: World) -> None:
    payment = await refund_that_died(world)
    answer = await back(world, payment, "4.00")
    assert isinstance(answer, RefundPaymentSuccess)
    assert world.provider.given_back(payment.id) == answer.payment.amount_refunded == Decimal(4)


async def test_a_call_that_begins_late_ends_with_its_lease(world: World) -> None:
    """It took long to look for what a dead call did: whoever comes after the lease may begin, so this one does not."""
    payment = await refund_that_died(world)

    async def slow() -> None:
        world.clock.advance(LEASE - LEASE_MARGIN)

    world.points.let_in("after fetch", slow)
    assert isinstance(await back(world, payment, "4.00"), ProviderUnavailable)
    assert world.provider.given_back(payment.id) == 0
    assert isinstance(await back(world, payment, "4.00"), RefundPaymentSuccess)
    assert world.provider.given_back(payment.id) == Decimal(4)


async def test_two_refusals_of_one_payment_are_two_failed_refunds(world: World) -> None:
    payment = await paid(world)
    world.provider.script("refund", *[ProviderRefusedError("no")] * 2)
    for key in "ab":
        assert isinstance(await back(world, payment, "4.00", idempotency_key=key), PaymentNotRefundable)
    assert {known.status for known in await refunds(world, payment.id)} == {RefundStatus.FAILED}
    assert (await world.payment(payment.id)).refundable.amount == Decimal(10)


async def test_a_refund_taken_for_refused_that_was_made_is_counted(world: World) -> None:
    payment = await paid(world)
    world.provider.script("refund", Silence(done=True))
    await back(world, payment, "4.00")
    truth = world.provider.of(payment.id).truth
    world.provider.of(payment.id).truth = replace(truth, refunds=())  # not yet to be seen
    world.clock.advance(FIRST_LOOK)
    world.provider.script("refund", ProviderRefusedError("already given back"))
    await round_of(world.runtime)
    assert (await world.payment(payment.id)).amount_reserved == Decimal(0)
    world.provider.of(payment.id).truth = truth
    await verify(world.runtime, SERVICE, payment.id, None)
    after = await world.payment(payment.id)
    assert after.amount_refunded == Decimal(4) and after.refundable.amount == Decimal(6)


async def test_another_currency_goes_back_as_it_came(world: World) -> None:
    payment = await paid(world, "9.00", "EUR")
    assert payment.status is Status.PROCESSING and payment.wrong_amount
    refused = await back(world, payment, "9.00")
    assert isinstance(refused, InvalidInput) and refused.path == ("input", "amount", "currency")
    whole = await back(world, payment)
    assert isinstance(whole, RefundPaymentSuccess) and whole.refund.amount.currency == "EUR"
    assert whole.payment.status is Status.REFUNDED


async def test_a_wrong_amount_whose_refund_fails_later_is_held_again(world: World) -> None:
    payment = await paid(world, "9.00")
    await back(world, payment)
    kept = world.provider.of(payment.id)
    (made,) = kept.truth.refunds
    kept.truth = replace(kept.truth, refunds=(replace(made, state=RefundState.FAILED),))
    await verify(world.runtime, SERVICE, payment.id, None)
    after = await world.payment(payment.id)
    assert after.status is Status.PROCESSING and after.refundable.amount == Decimal(9)
    again = await back(world, payment)
    assert isinstance(again, RefundPaymentSuccess) and again.payment.status is Status.REFUNDED
    assert len(await refunds(world, payment.id)) == 2


async def test_a_key_used_for_another_amount_or_payment_is_a_conflict(world: World) -> None:
    payment = await paid(world)
    other = await world.checkout(amount=Decimal(20))
    world.provider.pay(other.id)
    await back(world, payment, "4.00")
    for answer in (await back(world, payment, "5.00"), await back(world, other, "4.00")):
        assert isinstance(answer, IdempotencyConflict) and answer.payment.id == payment.id
    assert world.provider.given_back(payment.id) == Decimal(4)
    assert world.provider.given_back(other.id) == Decimal(0)


async def test_an_amount_without_a_currency_is_not_the_whole_amount(world: World) -> None:
    payment = await paid(world)
    answer = await back(world, payment, "4.00", currency=None)
    assert isinstance(answer, InvalidInput)
    assert world.provider.given_back(payment.id) == Decimal(0)


async def test_nothing_is_refundable_where_nothing_was_paid(world: World) -> None:
    payment = await world.checkout()
    answer = await refund(world.runtime, SERVICE, RefundRequest(payment.id))
    assert isinstance(answer, PaymentNotRefundable) and answer.refundable == Money(Decimal(0), "USD")
