"""What partners are told of: the catalogue of event types, and the payment as it was at one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from data.events import Event, EventKind
from data.money import Money
from data.payment import Payment
from data.refunds import Refund, RefundStatus
from data.status import Status


class EventType(StrEnum):
    CREATED = "payment.created"
    """The provider has accepted the checkout."""
    PROCESSING = "payment.processing"
    SUCCEEDED = "payment.succeeded"
    FAILED = "payment.failed"
    CANCELED = "payment.canceled"
    REFUNDED = "payment.refunded"
    """Every refund, partial ones too."""


OLDER_NAMES = {
    "payment.completed": EventType.SUCCEEDED,
    "payment.success": EventType.SUCCEEDED,
    "payment.initiated": EventType.CREATED,
}

_OF_STATUS = {
    Status.PROCESSING: EventType.PROCESSING,
    Status.SUCCEEDED: EventType.SUCCEEDED,
    Status.FAILED: EventType.FAILED,
    Status.CANCELED: EventType.CANCELED,
}


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    """The payment as an event left it; never changed afterwards, whatever becomes of the payment."""

    payment_id: UUID
    sequence: int
    """Of the event, within the payment."""
    occurred_at: datetime
    status: Status
    amount: Money
    amount_refunded: Money
    """In the currency that came in, which may be another after an amount mismatch."""
    reservation_id: UUID | None
    subscription_id: UUID | None
    user_id: UUID | None
    provider: str
    checkout_url: str | None
    description: str | None
    metadata: Mapping[str, Any]
    payer_email: str | None
    payer_name: str | None
    refund_id: UUID | None = None
    refund_amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One thing every subscribed partner hears of."""

    type: EventType
    snapshot: PaymentSnapshot


def created(payment: Payment, now: datetime) -> Told:
    """Of a payment whose checkout the provider has accepted just now."""
    return Told(EventType.CREATED, _snapshot(payment, 1, now, payment.status))


def told(payment: Payment, events: Sequence[Event], refunds: Sequence[Refund]) -> list[Told]:
    """What partners hear of `events`, which led to `payment`.

    `refunds` are those that the REFUND events tell of, in the same order. A refund is told when the money has gone
    back, and tells of the status it led to, so REFUNDED is told by it. Nobody hears of a payment that the provider
    never accepted.
    """
    if payment.provider_payment_id is None:
        return []
    changed = iter(refunds)
    heard = []
    back = payment.amount_refunded - sum(map(_given_back, refunds))
    for event in events:
        refund = next(changed) if event.kind is EventKind.REFUND else None
        back += _given_back(refund)
        heard.append(_told(payment, event, back, refund))
    return [one for one in heard if one is not None]


def _given_back(refund: Refund | None) -> Decimal:
    return refund.amount.amount if refund and refund.status is RefundStatus.SUCCEEDED else Decimal(0)


def _told(payment: Payment, event: Event, back: Decimal, refund: Refund | None) -> Told | None:
    """`back` is the sum of all refunds up to this event."""
    then = replace(payment, amount_refunded=back)
    if refund is not None:
        status = payment.status if back == payment.amount_refunded else event.status
        snapshot = _snapshot(then, event.sequence, event.occurred_at, status, refund)
        return Told(EventType.REFUNDED, snapshot) if refund.status is RefundStatus.SUCCEEDED else None
    event_type = _OF_STATUS.get(event.status)
    if event_type is None or event.kind is not EventKind.STATUS or not event.moved:
        return None
    return Told(event_type, _snapshot(then, event.sequence, event.occurred_at, event.status))


def _snapshot(
    payment: Payment, sequence: int, occurred_at: datetime, status: Status, refund: Refund | None = None
) -> PaymentSnapshot:
    return PaymentSnapshot(
        payment_id=payment.id,
        sequence=sequence,
        occurred_at=occurred_at,
        status=status,
        amount=payment.amount,
        amount_refunded=Money(payment.amount_refunded, payment.paid.currency),
        reservation_id=payment.reservation_id,
        subscription_id=payment.subscription_id,
        user_id=payment.user_id,
        provider=payment.provider,
        checkout_url=payment.checkout_url,
        description=payment.description,
        metadata=payment.metadata,
        payer_email=payment.payer_email,
        payer_name=payment.payer_name,
        refund_id=None if refund is None else refund.id,
        refund_amount=None if refund is None else refund.amount,
    )
