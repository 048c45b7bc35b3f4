"""What Stripe's objects mean, field by field."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.money import Money
from providers.protocol import CheckoutState, FailureCode, RefundState
from providers.stripe_truth import refund_of, truth_of, uuid_of
from tests.resolvers.payments import NOW

PAYMENT_STATUSES = st.sampled_from(["paid", "unpaid", "no_payment_required"])
STATUSES = st.sampled_from(["open", "complete", "expired"])
INTENT_STATUSES = st.sampled_from(
    ["requires_payment_method", "requires_action", "processing", "requires_capture", "canceled", "succeeded"]
)


def session(status: str, payment_status: str = "unpaid", intent: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "status": status,
        "expires_at": NOW.timestamp(),
        "payment_status": payment_status,
        "amount_total": 1000,
        "currency": "usd",
        "payment_intent": intent,
    }


def intent(status: str, received: int = 0, error: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"status": status, "amount_received": received, "currency": "usd", "last_payment_error": error}


@pytest.mark.parametrize(
    ("made", "state"),
    [
        (session("open"), CheckoutState.OPEN),
        (session("open", intent=intent("requires_payment_method")), CheckoutState.OPEN),
        (session("open", intent=intent("processing")), CheckoutState.OPEN),
        (session("complete", intent=intent("processing")), CheckoutState.PROCESSING),
        (session("complete", intent=intent("requires_action")), CheckoutState.PROCESSING),
        (session("complete"), CheckoutState.PROCESSING),
        (session("complete", intent=intent("requires_payment_method")), CheckoutState.FAILED),
        (session("complete", intent=intent("canceled")), CheckoutState.FAILED),
        (session("complete", "paid", intent("succeeded", 1000)), CheckoutState.PAID),
        (session("expired"), CheckoutState.EXPIRED),
        (session("expired", intent=intent("succeeded", 1000)), CheckoutState.PAID),
        (session("expired", intent=intent("processing")), CheckoutState.PROCESSING),
        (session("complete", "paid", intent("processing")), CheckoutState.PROCESSING),
        (session("complete", "no_payment_required"), CheckoutState.PAID),
    ],
)
def test_where_a_checkout_is(made: dict[str, Any], state: CheckoutState) -> None:
    assert truth_of(made, NOW).state is state


def test_what_ended_before_its_time_was_closed_by_somebody() -> None:
    assert truth_of(session("expired"), NOW).ran_out
    assert not truth_of(session("expired"), NOW - timedelta(seconds=1)).ran_out
    assert not truth_of(session("open"), NOW).ran_out


@given(STATUSES, PAYMENT_STATUSES, st.none() | st.builds(intent, INTENT_STATUSES, st.integers(0, 5000)))
def test_only_money_is_paid_and_money_is_always_paid(status: str, payment: str, made: dict[str, Any] | None) -> None:
    truth = truth_of(session(status, payment, made), NOW)
    money = payment != "unpaid" if made is None else made["status"] == "succeeded"
    assert (truth.state is CheckoutState.PAID) == money == (truth.received is not None)
    if payment != "unpaid":
        assert truth.state in (CheckoutState.PAID, CheckoutState.PROCESSING)
    if made is not None and money:
        assert truth.received == Money(Decimal(made["amount_received"]).scaleb(-2), "USD")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}, "INSUFFICIENT_FUNDS"),
        ({"type": "card_error", "code": "expired_card"}, "EXPIRED_CARD"),
        ({"type": "card_error", "code": "card_declined", "decline_code": "generic_decline"}, "CARD_DECLINED"),
        ({"type": "card_error", "code": "incorrect_cvc"}, "CARD_DECLINED"),
        ({"type": "card_error", "code": "authentication_required"}, "AUTHENTICATION_REQUIRED"),
        ({"type": "invalid_request_error", "code": "payment_intent_authentication_failure"}, "AUTHENTICATION_REQUIRED"),
        ({"type": "invalid_request_error", "code": "payment_method_provider_decline"}, "PROVIDER_REJECTED"),
        ({}, "PROVIDER_REJECTED"),
    ],
)
def test_why_an_attempt_was_declined(error: dict[str, Any], code: str) -> None:
    truth = truth_of(session("open", intent=intent("requires_payment_method", error=error)), NOW)
    assert truth.decline is not None and truth.decline.message
    assert truth.decline.code is FailureCode(code)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", RefundState.PENDING),
        ("requires_action", RefundState.PENDING),
        ("succeeded", RefundState.SUCCEEDED),
        ("failed", RefundState.FAILED),
        ("canceled", RefundState.FAILED),
        ("a word of next year", RefundState.PENDING),
        (None, RefundState.PENDING),
    ],
)
def test_where_a_refund_is(status: str | None, state: RefundState) -> None:
    made = {
        "id": "re_1",
        "amount": 500,
        "currency": "jpy",
        "status": status,
        "metadata": {"refund_id": str(UUID(int=9))},
    }
    assert refund_of(made).state is state
    assert (refund_of(made).amount, refund_of(made).refund_id) == (Money(Decimal(500), "JPY"), UUID(int=9))


@given(st.text() | st.none() | st.integers())
def test_ids_of_somebody_else_are_no_ids_of_ours(text: Any) -> None:
    assert uuid_of(text) is None or uuid_of(text) == UUID(text)
