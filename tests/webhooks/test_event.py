"""Which events of a payment partners hear of, and what they say."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from data.events import Cause, Event, EventKind
from data.money import Money
from data.payment import Payment, PaymentType
from data.refunds import Refund, RefundStatus
from data.status import Status
from webhooks.event import EventType, created, told

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
PAYMENT = Payment(
    id=UUID(int=1),
    status=Status.PENDING,
    amount=Money(Decimal("25.50"), "USD"),
    type=PaymentType.RESERVATION,
    reservation_id=UUID(int=2),
    subscription_id=None,
    user_id=UUID(int=3),
    provider="mock",
    provider_payment_id="mock_1",
    checkout_url="http://127.0.0.1:8003/checkout/1",
    payer_email="ana@example.com",
    payer_name="Ana Ñandú",
    description="Mesa para dos",
    metadata={"user_id": "u", "big": 2**70},
    created_at=NOW,
    updated_at=NOW,
    ours=True,
    sequence=4,
)


def event(sequence: int, kind: EventKind, status: Status, previous: Status | None) -> Event:
    return Event(PAYMENT.id, sequence, kind, status, previous, Cause.VERIFY, NOW)


def refund(amount: str, status: RefundStatus, number: int = 9) -> Refund:
    return Refund(UUID(int=number), PAYMENT.id, Money(Decimal(amount), "USD"), status, None, "re_1", NOW)


def test_a_status_is_told_once_it_is_reached() -> None:
    expected = {
        Status.PENDING: None,
        Status.PROCESSING: EventType.PROCESSING,
        Status.SUCCEEDED: EventType.SUCCEEDED,
        Status.FAILED: EventType.FAILED,
        Status.CANCELED: EventType.CANCELED,
        Status.REFUNDED: None,
    }
    for status in Status:
        previous = Status.PENDING if status is not Status.PENDING else None
        heard = told(replace(PAYMENT, status=status), [event(2, EventKind.STATUS, status, previous)], [])
        assert [one.type for one in heard] == ([expected[status]] if expected[status] else [])


def test_each_event_tells_of_its_own_status_and_sequence() -> None:
    events = [
        event(2, EventKind.STATUS, Status.PROCESSING, Status.PENDING),
        event(3, EventKind.STATUS, Status.SUCCEEDED, Status.PROCESSING),
    ]
    heard = told(replace(PAYMENT, status=Status.SUCCEEDED), events, [])
    assert [(one.snapshot.sequence, one.snapshot.status) for one in heard] == [
        (2, Status.PROCESSING),
        (3, Status.SUCCEEDED),
    ]


def test_what_is_no_step_of_the_payment_is_not_told() -> None:
    kinds = (EventKind.DECLINE, EventKind.DISPUTE, EventKind.MISMATCH)
    events = [event(n, kind, Status.SUCCEEDED, Status.SUCCEEDED) for n, kind in enumerate(kinds, 2)]
    foreign = event(5, EventKind.STATUS, Status.SUCCEEDED, Status.SUCCEEDED)
    assert told(replace(PAYMENT, status=Status.SUCCEEDED), [*events, foreign], []) == []


def test_nobody_hears_of_a_payment_the_provider_never_accepted() -> None:
    unknown = replace(PAYMENT, provider_payment_id=None, status=Status.FAILED)
    assert told(unknown, [event(2, EventKind.STATUS, Status.FAILED, Status.PENDING)], []) == []


def test_a_partial_refund_keeps_the_status() -> None:
    after = replace(PAYMENT, status=Status.SUCCEEDED, amount_refunded=Decimal("5.00"))
    events = [event(5, EventKind.REFUND, Status.SUCCEEDED, Status.SUCCEEDED)]
    (one,) = told(after, events, [refund("5.00", RefundStatus.SUCCEEDED)])
    assert (one.type, one.snapshot.status) == (EventType.REFUNDED, Status.SUCCEEDED)
    assert one.snapshot.amount_refunded == Money(Decimal("5.00"), "USD")
    assert (one.snapshot.refund_id, one.snapshot.refund_amount) == (UUID(int=9), Money(Decimal("5.00"), "USD"))


def test_the_last_refund_tells_that_all_is_back_and_nothing_tells_it_again() -> None:
    after = replace(PAYMENT, status=Status.REFUNDED, amount_refunded=Decimal("25.50"))
    events = [
        event(5, EventKind.REFUND, Status.SUCCEEDED, Status.SUCCEEDED),
        event(6, EventKind.STATUS, Status.REFUNDED, Status.SUCCEEDED),
    ]
    (one,) = told(after, events, [refund("25.50", RefundStatus.SUCCEEDED)])
    assert (one.type, one.snapshot.status, one.snapshot.sequence) == (EventType.REFUNDED, Status.REFUNDED, 5)


def test_a_refund_that_is_pending_or_failed_is_not_told() -> None:
    events = [event(n, EventKind.REFUND, Status.SUCCEEDED, Status.SUCCEEDED) for n in (5, 6, 7)]
    refunds = [
        refund("5.00", RefundStatus.PENDING, 7),
        refund("6.00", RefundStatus.SUCCEEDED, 8),
        refund("7.00", RefundStatus.FAILED, 9),
    ]
    heard = told(replace(PAYMENT, status=Status.SUCCEEDED, amount_refunded=Decimal("6.00")), events, refunds)
    assert [(one.snapshot.sequence, one.snapshot.refund_id) for one in heard] == [(6, UUID(int=8))]


def test_what_is_heard_of_at_once_is_told_step_by_step() -> None:
    """Paid, and given back in two parts, before we asked."""
    events = [
        event(2, EventKind.STATUS, Status.SUCCEEDED, Status.PENDING),
        event(3, EventKind.REFUND, Status.SUCCEEDED, Status.SUCCEEDED),
        event(4, EventKind.REFUND, Status.SUCCEEDED, Status.SUCCEEDED),
        event(5, EventKind.STATUS, Status.REFUNDED, Status.SUCCEEDED),
    ]
    refunds = [refund("5.00", RefundStatus.SUCCEEDED, 8), refund("20.50", RefundStatus.SUCCEEDED, 9)]
    heard = told(replace(PAYMENT, status=Status.REFUNDED, amount_refunded=Decimal("25.50")), events, refunds)
    assert [(one.type, one.snapshot.status, one.snapshot.amount_refunded.text()) for one in heard] == [
        (EventType.SUCCEEDED, Status.SUCCEEDED, "0.00"),
        (EventType.REFUNDED, Status.SUCCEEDED, "5.00"),
        (EventType.REFUNDED, Status.REFUNDED, "25.50"),
    ]


def test_created_comes_first() -> None:
    one = created(PAYMENT, NOW)
    assert (one.type, one.snapshot.sequence, one.snapshot.status) == (EventType.CREATED, 1, Status.PENDING)
    json.dumps(dict(one.snapshot.metadata))
