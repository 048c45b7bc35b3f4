"""What a provider's word makes of a payment: examples, and laws that hold for any sequence of words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.events import Cause, EventKind
from data.identifiers import uuid7
from data.money import Money
from data.payment import CancellationCause, Payment
from data.refunds import Refund, RefundStatus
from data.status import FINAL, Status, allowed
from providers.protocol import CheckoutState, Decline, FailureCode, ProviderRefund, RefundState, Truth
from resolvers.settle import Settlement, settle
from tests.resolvers.payments import ID, NOW, TEN, paid, payment, refund, truths, word


def ids() -> Callable[[], UUID]:
    random = Random(7)
    return lambda: uuid7(NOW, random)


def told(before: Payment, truth: Truth, *refunds: Refund, cause: Cause = Cause.VERIFY) -> Settlement:
    return settle(before, list(refunds), word(truth, cause), ids())


def test_paid_succeeds_and_forgets_the_last_decline() -> None:
    declined = told(payment(), Truth(CheckoutState.OPEN, decline=Decline(FailureCode.CARD_DECLINED, "no"))).payment
    after = told(declined, paid()).payment
    assert (declined.status, declined.failure_code) == (Status.PENDING, FailureCode.CARD_DECLINED)
    assert (after.status, after.failure_code, after.failure_message) == (Status.SUCCEEDED, None, None)


def test_the_same_word_again_changes_nothing() -> None:
    once = told(payment(), paid())
    again = told(once.payment, paid())
    assert again.events == () and again.payment == once.payment


@pytest.mark.parametrize(("amount", "currency"), [("9.99", "USD"), ("10.01", "USD"), ("10.00", "EUR")])
def test_another_amount_is_held_visible_and_refundable(amount: str, currency: str) -> None:
    after = told(payment(), paid(amount, currency))
    assert after.payment.status is Status.PROCESSING
    assert after.payment.failure_code == FailureCode.AMOUNT_MISMATCH
    assert after.payment.refundable == Money(Decimal(amount), currency)
    assert [event.kind for event in after.events] == [EventKind.STATUS, EventKind.MISMATCH]
    assert after.alarms
    back = ProviderRefund("re_1", None, Money(Decimal(amount), currency), RefundState.SUCCEEDED)
    gone = told(after.payment, paid(amount, currency, (back,)))
    assert gone.payment.status is Status.REFUNDED
    held = told(after.payment, Truth(CheckoutState.EXPIRED)).payment
    assert held.status is Status.PROCESSING


@pytest.mark.parametrize("over", [Status.FAILED, Status.CANCELED])
def test_paid_after_all_is_believed_and_sounds_an_alarm(over: Status) -> None:
    after = told(payment(over), paid())
    assert after.payment.status is Status.SUCCEEDED and after.alarms


@pytest.mark.parametrize("over", [Status.FAILED, Status.CANCELED])
def test_another_amount_after_the_end_is_held(over: Status) -> None:
    after = told(payment(over), paid("1.00"))
    assert after.payment.status is Status.PROCESSING and after.payment.wrong_amount


def test_a_failed_refund_brings_the_payment_back() -> None:
    returned = ProviderRefund("re_1", UUID(int=1), TEN, RefundState.SUCCEEDED)
    whole = told(payment(Status.SUCCEEDED), Truth(CheckoutState.OPEN, refunds=(returned,)), refund(1, "10.00"))
    assert whole.payment.status is Status.REFUNDED and whole.payment.amount_refunded == Decimal(10)
    (known,) = whole.refunds
    after = told(
        whole.payment, Truth(CheckoutState.OPEN, refunds=(replace(returned, state=RefundState.FAILED),)), known
    )
    assert after.payment.status is Status.SUCCEEDED
    assert after.payment.amount_refunded == after.payment.amount_reserved == Decimal(0)
    assert [event.kind for event in after.events] == [EventKind.REFUND, EventKind.STATUS]


def test_a_refund_in_the_dashboard_is_counted_once() -> None:
    made = ProviderRefund("re_9", None, Money(Decimal("4.00"), "USD"), RefundState.SUCCEEDED)
    once = told(payment(Status.SUCCEEDED), paid(refunds=(made,)))
    again = told(once.payment, paid(refunds=(made,)), *once.refunds)
    assert once.payment.amount_refunded == again.payment.amount_refunded == Decimal(4)
    assert not again.refunds and not again.events


def test_a_second_refund_under_one_id_is_one_of_its_own() -> None:
    """A call that the provider had answered with an error, and carried out later, beside the one that repeated it."""
    ours = replace(refund(1, "4.00"), provider_refund_id=None)
    once, twice = (ProviderRefund(id_, ours.id, ours.amount, RefundState.SUCCEEDED) for id_ in ("re_1", "re_2"))
    first = told(payment(Status.SUCCEEDED), paid(refunds=(once,)), ours)
    second = told(first.payment, paid(refunds=(once, twice)), *first.refunds)
    assert second.payment.amount_refunded == Decimal("8.00")
    known = (*first.refunds, *second.refunds)
    again = told(second.payment, paid(refunds=(twice, once)), *known)
    assert not again.refunds, "neither passes for the other"
    assert [len(settled.alarms) for settled in (first, second, again)] == [0, 1, 0]
    after = told(second.payment, paid(refunds=(once, replace(twice, state=RefundState.FAILED))), *known)
    assert after.payment.amount_refunded == Decimal("4.00")
    assert [refund.provider_refund_id for refund in after.refunds] == ["re_2"]


def test_paid_and_given_back_before_we_looked_tells_the_whole_story() -> None:
    back = ProviderRefund("re_1", None, TEN, RefundState.SUCCEEDED)
    after = told(payment(), paid(refunds=(back,)))
    assert [event.status for event in after.events] == [Status.SUCCEEDED, Status.SUCCEEDED, Status.REFUNDED]


def test_expiry_and_request_are_told_apart() -> None:
    closed = Truth(CheckoutState.EXPIRED)
    late = settle(payment(), [], word(closed, Cause.RECONCILER, NOW + timedelta(hours=2)), ids()).payment
    asked = settle(payment(), [], word(closed, Cause.CANCEL, NOW + timedelta(hours=2)), ids()).payment
    early = told(payment(), closed, cause=Cause.RECONCILER).payment
    assert late.cancellation_cause is CancellationCause.EXPIRED
    assert asked.cancellation_cause is early.cancellation_cause is CancellationCause.REQUESTED


@given(st.lists(truths, max_size=8))
def test_laws_hold_for_any_sequence_of_words(words: list[Truth]) -> None:
    new_id = ids()
    now, refunds = payment(), dict[UUID, Refund]()
    for said in words:
        before = now
        settled = settle(before, list(refunds.values()), word(said), new_id)
        now = settled.payment
        refunds.update({changed.id: changed for changed in settled.refunds})
        _check_history(before, settled)
        _check_money(now, list(refunds.values()))
        again = settle(now, list(refunds.values()), word(said), new_id)
        assert again.events == () and again.payment == now, "the same word twice"


@given(st.sampled_from(Status), truths)
def test_success_is_only_ever_the_right_amount_on_the_providers_word(status: Status, said: Truth) -> None:
    after = told(payment(status), said).payment
    if after.status is Status.SUCCEEDED and status is not Status.SUCCEEDED:
        assert said.received == TEN or status is Status.REFUNDED
    if status is Status.SUCCEEDED:
        assert after.status in (Status.SUCCEEDED, Status.REFUNDED)
    if said.state is not CheckoutState.PAID and status in FINAL:
        assert after.status is status or status is Status.REFUNDED


def _check_history(before: Payment, settled: Settlement) -> None:
    status, sequence = before.status, before.sequence
    for event in settled.events:
        sequence += 1
        assert (event.payment_id, event.sequence, event.previous_status) == (ID, sequence, status)
        assert (event.kind is EventKind.STATUS) == event.moved
        if event.moved:
            assert event.previous_status is not None
            assert allowed(event.previous_status, event.status, wrong_amount=settled.payment.wrong_amount)
        status = event.status
    assert (settled.payment.status, settled.payment.sequence) == (status, sequence)


def _check_money(now: Payment, refunds: list[Refund]) -> None:
    assert now.amount_refunded == sum(r.amount.amount for r in refunds if r.status is RefundStatus.SUCCEEDED)
    assert now.amount_reserved == sum(r.amount.amount for r in refunds if r.status is not RefundStatus.FAILED)
    if now.status is Status.REFUNDED:
        assert now.amount_refunded >= now.paid.amount
    if now.status is Status.SUCCEEDED:
        assert not now.wrong_amount and now.amount_refunded < now.paid.amount
