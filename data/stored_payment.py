"""A payment that reads its row when it is asked: of a hundred payments few want all of their forty values."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC
from typing import Any

from data.money import stored_money
from data.payment import CancellationCause, Payment, type_of
from data.status import Status

_OURS = 18


class StoredPayment(Payment):
    """Says the same as the Payment that `payment_of` makes of the row, whose columns are those of COLUMNS."""

    __slots__ = ("row",)
    row: Any

    def __new__(cls, *given: Any, **named: Any) -> Any:
        """`dataclasses.replace` of one is a plain Payment."""
        return Payment(*given, **named)


def stored_payment(row: Any) -> Payment:
    payment: Payment = object.__new__(StoredPayment)
    _set_row(payment, row)
    return payment


_set_row: Callable[[Payment, Any], None] = vars(StoredPayment)["row"].__set__


def _received(row: Any) -> Any:
    return None if row[21] is None else stored_money(row[21], row[22])


def _cause(row: Any) -> Any:
    return row[31] and CancellationCause(row[31])


_SHARED: dict[str, Callable[[Any], Any]] = {
    "id": lambda payment: payment.row[0],
    "status": lambda payment: Status(payment.row[1]),
    "amount": lambda payment: stored_money(payment.row[2], payment.row[3]),
    "type": lambda payment: type_of(payment.row[4], payment.row[5], payment.row[6]),
    "reservation_id": lambda payment: payment.row[5],
    "subscription_id": lambda payment: payment.row[6],
    "user_id": lambda payment: payment.row[7],
    "provider": lambda payment: payment.row[8] or "mock",
    "provider_payment_id": lambda payment: payment.row[9],
    "checkout_url": lambda payment: payment.row[10],
    "payer_email": lambda payment: payment.row[11],
    "payer_name": lambda payment: payment.row[12],
    "description": lambda payment: payment.row[13],
    "metadata": lambda payment: payment.row[14] or {},
    "created_at": lambda payment: payment.row[16].replace(tzinfo=UTC),
    "updated_at": lambda payment: payment.row[17].replace(tzinfo=UTC),
    "ours": lambda payment: payment.row[_OURS],
    "failure_message": lambda payment: (payment.row[30] if payment.row[_OURS] else None) or payment.row[15],
    "received": lambda payment: _received(payment.row) if payment.row[_OURS] else None,
    "cancellation_cause": lambda payment: _cause(payment.row) if payment.row[_OURS] else None,
}
_OWN = {
    "caller": 19,
    "sequence": 20,
    "amount_refunded": 23,
    "amount_reserved": 24,
    "attempt": 25,
    "success_url": 26,
    "cancel_url": 27,
    "expires_at": 28,
    "failure_code": 29,
    "cancellation_reason": 32,
    "unknown_since": 33,
    "last_error": 34,
    "checks": 35,
    "next_check_at": 36,
    "checked_at": 37,
}
"""Columns of our own record; a row that is not ours has the defaults."""


def _own(position: int, default: Any) -> Callable[[Any], Any]:
    return lambda payment: payment.row[position] if payment.row[_OURS] else default


for _field in fields(Payment):
    _read = _SHARED.get(_field.name) or _own(_OWN[_field.name], _field.default)
    setattr(StoredPayment, _field.name, property(_read))
