"""A payment as the database has it: the shared row, joined with our own record where this service made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from data.money import Money, stored_money
from data.status import Status

AMOUNT_MISMATCH = "AMOUNT_MISMATCH"


class PaymentType(StrEnum):
    RESERVATION = "RESERVATION"
    SUBSCRIPTION = "SUBSCRIPTION"


class CancellationCause(StrEnum):
    REQUESTED = "REQUESTED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Payment:
    """All instants are UTC. Of a row that is not ours, everything from `caller` on has its default."""

    id: UUID
    status: Status
    amount: Money
    type: PaymentType
    reservation_id: UUID | None
    subscription_id: UUID | None
    user_id: UUID | None
    provider: str
    provider_payment_id: str | None
    checkout_url: str | None
    payer_email: str | None
    payer_name: str | None
    description: str | None
    metadata: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    ours: bool
    """Made by this service; rows of others are read, never expired, asked about or changed."""
    failure_message: str | None = None
    caller: str = ""
    sequence: int = 1
    received: Money | None = None
    """Set only when it is not `amount`."""
    amount_refunded: Decimal = Decimal(0)
    amount_reserved: Decimal = Decimal(0)
    """Refunded or on its way back: all refunds but the failed."""
    attempt: int = 1
    success_url: str = ""
    cancel_url: str = ""
    expires_at: datetime | None = None
    failure_code: str | None = None
    cancellation_cause: CancellationCause | None = None
    cancellation_reason: str | None = None
    unknown_since: datetime | None = None
    last_error: str | None = None
    checks: int = 0
    next_check_at: datetime | None = None
    checked_at: datetime | None = None

    @property
    def wrong_amount(self) -> bool:
        return self.failure_code == AMOUNT_MISMATCH

    @property
    def paid(self) -> Money:
        """What came in, or will: refunds are in this currency and stay within it."""
        return self.received or self.amount

    @property
    def refundable(self) -> Money:
        return Money(max(self.paid.amount - self.amount_reserved, Decimal(0)), self.paid.currency)

    @property
    def holds_money(self) -> bool:
        return self.status is Status.SUCCEEDED or (self.status is Status.PROCESSING and self.wrong_amount)

    @property
    def version(self) -> str:
        """Names this state among all that a watcher may have seen; a row of others has no history but its status."""
        return str(self.sequence) if self.ours else f"{self.sequence}{self.status}"


COLUMNS = """
p.payment_id, coalesce(r.status, mesaya_payments.status_of(p.payment_status::text)) AS status,
coalesce(r.amount, p.amount) AS amount, coalesce(r.currency, upper(p.currency), 'USD') AS currency,
p.payment_type, p.reservation_id, p.subscription_id, p.user_id, p.provider, p.provider_payment_id, p.checkout_url,
p.payer_email, p.payer_name, p.description, p.metadata, p.failure_reason, p.created_at, p.updated_at,
r.payment_id IS NOT NULL AS ours, r.caller, r.sequence, r.received_amount, r.received_currency, r.amount_refunded,
r.amount_reserved, r.attempt, r.success_url, r.cancel_url, r.expires_at, r.failure_code, r.failure_message,
r.cancellation_cause, r.cancellation_reason, r.unknown_since, r.last_error, r.checks, r.next_check_at, r.checked_at
"""
SOURCE = "payments p LEFT JOIN mesaya_payments.records r ON r.payment_id = p.payment_id"


def payment_of(row: Any) -> Payment:
    """Reads a row of COLUMNS."""
    shared: dict[str, Any] = {
        "id": row.payment_id,
        "status": Status(row.status),
        "amount": stored_money(row.amount, row.currency),
        "type": _type_of(row),
        "reservation_id": row.reservation_id,
        "subscription_id": row.subscription_id,
        "user_id": row.user_id,
        "provider": row.provider or "mock",
        "provider_payment_id": row.provider_payment_id,
        "checkout_url": row.checkout_url,
        "payer_email": row.payer_email,
        "payer_name": row.payer_name,
        "description": row.description,
        "metadata": row.metadata or {},
        "created_at": row.created_at.replace(tzinfo=UTC),
        "updated_at": row.updated_at.replace(tzinfo=UTC),
        "ours": row.ours,
        "failure_message": row.failure_message or row.failure_reason,
    }
    return Payment(**shared, **(_own(row) if row.ours else {}))


def _own(row: Any) -> dict[str, Any]:
    received = None if row.received_amount is None else stored_money(row.received_amount, row.received_currency)
    cause = row.cancellation_cause
    return {
        "caller": row.caller,
        "sequence": row.sequence,
        "received": received,
        "amount_refunded": row.amount_refunded,
        "amount_reserved": row.amount_reserved,
        "attempt": row.attempt,
        "success_url": row.success_url,
        "cancel_url": row.cancel_url,
        "expires_at": row.expires_at,
        "failure_code": row.failure_code,
        "cancellation_cause": cause and CancellationCause(cause),
        "cancellation_reason": row.cancellation_reason,
        "unknown_since": row.unknown_since,
        "last_error": row.last_error,
        "checks": row.checks,
        "next_check_at": row.next_check_at,
        "checked_at": row.checked_at,
    }


def _type_of(row: Any) -> PaymentType:
    named = (row.payment_type or "").upper()
    if row.subscription_id is not None and row.reservation_id is None:
        return PaymentType.SUBSCRIPTION
    return PaymentType.SUBSCRIPTION if named == PaymentType.SUBSCRIPTION else PaymentType.RESERVATION
