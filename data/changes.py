"""Writing payments: the shared row, our record and the event that explains the change, always together."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
from sqlalchemy import text

from data.events import Cause, Event, EventKind, append
from data.payment import Payment
from data.transaction import Transaction

_INSERT_SHARED = text("""
INSERT INTO payments (payment_id, reservation_id, subscription_id, amount, payment_status, created_at, updated_at,
  user_id, currency, payment_type, provider, payer_email, payer_name, description, metadata)
VALUES (:id, :reservation_id, :subscription_id, :amount, mesaya_payments.label_of(:status), :stored_at, :stored_at,
  :user_id, lower(:currency), lower(:type), :provider, :payer_email, :payer_name, :description, :metadata)
""")
_INSERT_RECORD = text("""
INSERT INTO mesaya_payments.records (payment_id, status, sequence, amount, currency, caller, success_url, cancel_url,
  expires_at, unknown_since, opening_began_at, next_check_at, provider, created_at, updated_at)
VALUES (:id, :status, :sequence, :amount, :currency, :caller, :success_url, :cancel_url,
  :expires_at, :unknown_since, :opening_began_at, :next_check_at, :provider, :now, :now)
""")
_UPDATE_RECORD = text("""
UPDATE mesaya_payments.records SET status = :status, sequence = :sequence, received_amount = :received_amount,
  received_currency = :received_currency, attempt = :attempt, failure_code = :failure_code,
  failure_message = :failure_message, cancellation_cause = :cancellation_cause,
  cancellation_reason = :cancellation_reason, unknown_since = :unknown_since, last_error = :last_error,
  checks = :checks, next_check_at = :next_check_at, checked_at = :checked_at, opening_began_at = :opening_began_at,
  updated_at = :now, provider = :provider, provider_payment_id = :provider_payment_id,
  amount_refunded = :amount_refunded, amount_reserved = :amount_reserved
WHERE payment_id = :id
""")
_STEP = text("""
UPDATE mesaya_payments.records SET status = :status, sequence = :sequence, failure_code = :failure_code
WHERE payment_id = :id
""")
_UPDATE_SHARED = text("""
UPDATE payments SET payment_status = mesaya_payments.label_of(:status), amount = :amount, currency = lower(:currency),
  provider = :provider, provider_payment_id = :provider_payment_id, checkout_url = :checkout_url,
  failure_reason = :failure_message, updated_at = :stored_at
WHERE payment_id = :id
""")


class UnknownTargetError(Exception):
    """The adopted database's foreign keys know no such row; `column` is reservation_id or subscription_id."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


async def insert(connection: Transaction, payment: Payment, now: datetime) -> None:
    """A new payment with its first event. Raises UnknownTargetError, after which the transaction is of no use."""
    given = _arguments(payment, now)
    try:
        await connection.execute(_INSERT_SHARED, given)
    except asyncpg.ForeignKeyViolationError as error:
        raise _unknown_target(payment) from error
    await connection.execute(_INSERT_RECORD, given)
    first = Event(payment.id, 1, EventKind.STATUS, payment.status, None, Cause.CHECKOUT, now)
    await append(connection, [first])


async def save(connection: Transaction, payment: Payment, events: Sequence[Event], now: datetime) -> None:
    """The payment as it is from now on; under its row lock, refunds saved before.

    Our record first: the trigger on `payments` takes a row that differs from it for a foreign write. Each status on the
    way is written, since the database checks every step.
    """
    given = _arguments(payment, now)
    for step in [event for event in events if event.moved][:-1]:
        passed = {"id": payment.id, "status": str(step.status), "sequence": step.sequence}
        await connection.execute(_STEP, {**passed, "failure_code": payment.failure_code})
    await connection.execute(_UPDATE_RECORD, given)
    await append(connection, events)
    await connection.execute(_UPDATE_SHARED, given)


def _arguments(payment: Payment, now: datetime) -> dict[str, Any]:
    received = payment.received
    return {
        "id": payment.id,
        "status": str(payment.status),
        "sequence": payment.sequence,
        "amount": payment.amount.amount,
        "currency": payment.amount.currency,
        "received_amount": received and received.amount,
        "received_currency": received and received.currency,
        "type": str(payment.type),
        "reservation_id": payment.reservation_id,
        "subscription_id": payment.subscription_id,
        "user_id": payment.user_id,
        "provider": payment.provider,
        "provider_payment_id": payment.provider_payment_id,
        "checkout_url": payment.checkout_url,
        "payer_email": payment.payer_email,
        "payer_name": payment.payer_name,
        "description": payment.description,
        "metadata": json.dumps(payment.metadata, ensure_ascii=False),
        "amount_refunded": payment.amount_refunded,
        "amount_reserved": payment.amount_reserved,
        "caller": payment.caller,
        "attempt": payment.attempt,
        "success_url": payment.success_url,
        "cancel_url": payment.cancel_url,
        "expires_at": payment.expires_at,
        "failure_code": payment.failure_code,
        "failure_message": payment.failure_message,
        "cancellation_cause": payment.cancellation_cause and str(payment.cancellation_cause),
        "cancellation_reason": payment.cancellation_reason,
        "unknown_since": payment.unknown_since,
        "last_error": payment.last_error,
        "checks": payment.checks,
        "next_check_at": payment.next_check_at,
        "checked_at": payment.checked_at,
        "opening_began_at": payment.opening_began_at,
        "now": now,
        "stored_at": now.astimezone(UTC).replace(tzinfo=None),
    }


def _unknown_target(payment: Payment) -> UnknownTargetError:
    """A payment has one target; what the constraint is called is the other service's choice."""
    return UnknownTargetError("subscription_id" if payment.reservation_id is None else "reservation_id")
