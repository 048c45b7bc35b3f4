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
    """When it first became unknown what the provider did."""
    last_error: str | None = None
    checks: int = 0
    next_check_at: datetime | None = None
    checked_at: datetime | None = None
    opening_began_at: datetime | None = None
    """When the last call began that opens its checkout."""

    @property
    def wrong_amount(self) -> bool:
        return self.failure_code == AMOUNT_MISMATCH

    @property
    def opening_since(self) -> datetime | None:
        """When the last call may have begun that opens its checkout, while it is unknown what such calls did."""
        if self.unknown_since is None:
            return None
        # An instance from before `opening_began_at` moves `unknown_since` instead.
        return max(self.unknown_since, self.opening_began_at or self.unknown_since)

    @property
    def paid(self) -> Money:
        """What came in, or will: refunds are in this currency and stay within it."""
        return self.received or self.amount

    @property
    def refundable(self) -> Money:
        """Nothing where no money is held, or by others."""
        left = self.paid.amount - self.amount_reserved if self.ours and self.holds_money else Decimal(0)
        return Money(max(left, Decimal(0)), self.paid.currency)

    @property
    def holds_money(self) -> bool:
        return self.status is Status.SUCCEEDED or (self.status is Status.PROCESSING and self.wrong_amount)

    @property
    def version(self) -> str:
        """Names this state among all that a watcher may have seen; a row of others has no history but its status."""
        return str(self.sequence) if self.ours else first_version(self.status)


def first_version(status: Status) -> str:
    """Of a row that is not ours."""
    return f"1{status}"


PROVIDER = "coalesce(r.provider, p.provider)"
PROVIDER_PAYMENT_ID = "CASE WHEN r.provider IS NULL THEN p.provider_payment_id ELSE r.provider_payment_id END"
"""Of a payment of ours as our record has them; an instance from before migration 0008 writes the shared row alone."""
COLUMNS = f"""
p.payment_id, coalesce(r.status, mesaya_payments.status_of(p.payment_status::text)) AS status,
coalesce(r.amount, p.amount) AS amount, coalesce(r.currency, upper(p.currency), 'USD') AS currency,
p.payment_type, p.reservation_id, p.subscription_id, p.user_id, {PROVIDER}, {PROVIDER_PAYMENT_ID}, p.checkout_url,
p.payer_email, p.payer_name, p.description, p.metadata, p.failure_reason, p.created_at, p.updated_at,
r.payment_id IS NOT NULL AS ours, r.caller, r.sequence, r.received_amount, r.received_currency, r.amount_refunded,
r.amount_reserved, r.attempt, r.success_url, r.cancel_url, r.expires_at, r.failure_code, r.failure_message,
r.cancellation_cause, r.cancellation_reason, r.unknown_since, r.last_error, r.checks, r.next_check_at, r.checked_at,
r.opening_began_at
"""
SOURCE = "payments p LEFT JOIN mesaya_payments.records r ON r.payment_id = p.payment_id"


def payment_of(row: Any) -> Payment:
    """Reads a row of COLUMNS, by position."""
    (
        id_, status, amount, currency, type_, reservation_id, subscription_id, user_id, provider, provider_payment_id,
        checkout_url, payer_email, payer_name, description, metadata, failure_reason, created_at, updated_at, ours,
        *own,
    ) = row  # fmt: skip
    return Payment(
        id_,
        Status(status),
        stored_money(amount, currency),
        type_of(type_, reservation_id, subscription_id),
        reservation_id,
        subscription_id,
        user_id,
        provider or "mock",
        provider_payment_id,
        checkout_url,
        payer_email,
        payer_name,
        description,
        {} if metadata is None else metadata,
        created_at.replace(tzinfo=UTC),
        updated_at.replace(tzinfo=UTC),
        ours,
        *(_own(own, failure_reason) if ours else (failure_reason,)),
    )


def _own(values: list[Any], failure_reason: str | None) -> tuple[Any, ...]:
    """From `failure_message` on."""
    (
        caller, sequence, received_amount, received_currency, amount_refunded, amount_reserved, attempt, success_url,
        cancel_url, expires_at, failure_code, failure_message, cancellation_cause, *unknown,
    ) = values  # fmt: skip
    received = None if received_amount is None else stored_money(received_amount, received_currency)
    cancellation_reason, *rest = unknown
    return (
        failure_message or failure_reason,
        caller,
        sequence,
        received,
        amount_refunded,
        amount_reserved,
        attempt,
        success_url,
        cancel_url,
        expires_at,
        failure_code,
        cancellation_cause and CancellationCause(cancellation_cause),
        cancellation_reason,
        *rest,
    )


def type_of(named: str | None, reservation_id: UUID | None, subscription_id: UUID | None) -> PaymentType:
    if subscription_id is not None and reservation_id is None:
        return PaymentType.SUBSCRIPTION
    # PostgreSQL compares ASCII alone; Python's upper() makes an I of a dotless one
    is_subscription = (named or "").lower() == PaymentType.SUBSCRIPTION.lower()
    return PaymentType.SUBSCRIPTION if is_subscription else PaymentType.RESERVATION
