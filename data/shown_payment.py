"""A payment as queries show it: named values that PostgreSQL has finished, and only those that somebody asks for.

Most of what is read is read to be shown, and of forty values few are asked for. `shown` says the same of a Payment that
was read whole.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from data.money import EXPONENTS, Money
from data.payment import PROVIDER, PROVIDER_PAYMENT_ID, Payment
from data.status import Status

Shown = Mapping[str, Any]
"""By the names of EXPRESSIONS. Ids, amounts and enums are text, and so is when it was created and updated: as RFC 3339
has it, in UTC, with no more decimals than there are. Metadata is JSON.
"""
Names = frozenset[str]

_STATUS = "coalesce(r.status, mesaya_payments.status_of(p.payment_status::text))"
_CURRENCY = "coalesce(r.currency, upper(p.currency), 'USD')"
_PAID_IN = f"coalesce(r.received_currency, {_CURRENCY})"
_OURS = "r.payment_id IS NOT NULL"
_WITHOUT_DECIMALS = ",".join(currency for currency, exponent in EXPONENTS.items() if exponent == 0)


def _exact(amount: str, currency: str) -> str:
    """The SQL of `data.money.Money.text`, of an amount that is stored with two decimals."""
    whole = f"{currency} = ANY('{{{_WITHOUT_DECIMALS}}}'::text[]) AND {amount} = trunc({amount})"
    return f"CASE WHEN {whole} THEN trunc({amount})::text ELSE ({amount})::text END"


def _instant(column: str) -> str:
    """Of a column without an offset. asyncpg takes six times as long to make an instant as to make text."""
    return f"replace({column}::text, ' ', 'T') || '+00:00'"


EXPRESSIONS: dict[str, str] = {
    "id": "p.payment_id::text",
    "status": _STATUS,
    "type": "CASE WHEN upper(p.payment_type COLLATE \"C\") = 'SUBSCRIPTION' OR (p.subscription_id IS NOT NULL"
    " AND p.reservation_id IS NULL) THEN 'SUBSCRIPTION' ELSE 'RESERVATION' END",
    "amount": _exact("coalesce(r.amount, p.amount)", _CURRENCY),
    "currency": _CURRENCY,
    "amount_refunded": _exact(
        f"CASE WHEN {_OURS} THEN r.amount_refunded WHEN {_STATUS} = 'REFUNDED' THEN p.amount ELSE 0.00 END", _PAID_IN
    ),
    "paid_in": _PAID_IN,
    "refundable": "coalesce(coalesce(r.received_amount, r.amount) > r.amount_reserved, false)",
    "reservation_id": "p.reservation_id::text",
    "subscription_id": "p.subscription_id::text",
    "user_id": "p.user_id::text",
    "provider": f"CASE WHEN {PROVIDER} = 'stripe' THEN 'stripe' ELSE 'mock' END",
    "provider_payment_id": PROVIDER_PAYMENT_ID,
    "checkout_url": f"CASE WHEN {_STATUS} = 'PENDING' THEN nullif(p.checkout_url, '') END",
    "payer_email": "p.payer_email",
    "payer_name": "p.payer_name",
    "description": "p.description",
    "metadata": "to_json(coalesce(nullif(p.metadata, 'null'), '{}'))",
    "created_at": _instant("p.created_at"),
    "updated_at": _instant("p.updated_at"),
    "ours": _OURS,
    "sequence": "coalesce(r.sequence, 1)",
    "expires_at": "r.expires_at",
    "failure_code": "r.failure_code",
    "failure_message": "coalesce(nullif(r.failure_message, ''), p.failure_reason)",
    "cancellation_cause": "r.cancellation_cause",
    "cancellation_reason": "r.cancellation_reason",
    "unknown_since": "r.unknown_since",
    "last_error": "r.last_error",
    "checks": "coalesce(r.checks, 0)",
    "next_check_at": "r.next_check_at",
}
"""In SQL, of a row of `data.payment.SOURCE`."""
ALL: Names = frozenset(EXPRESSIONS)


def in_order(names: Names) -> tuple[str, ...]:
    """As the columns of a row."""
    return tuple(sorted(names))


def selected(names: Names) -> str:
    """What stands after SELECT; something has to."""
    return ", ".join(f"{EXPRESSIONS[name]} AS {name}" for name in in_order(names)) or "1"


def shown(payment: Payment) -> Shown:
    amount, paid = payment.amount, payment.paid
    all_went_back = payment.status is Status.REFUNDED and not payment.ours
    refunded = paid.amount if all_went_back else payment.amount_refunded
    return {
        "id": str(payment.id),
        "status": str(payment.status),
        "type": str(payment.type),
        "amount": amount.text(),
        "currency": amount.currency,
        "amount_refunded": Money(refunded, paid.currency).text(),
        "paid_in": paid.currency,
        "refundable": payment.ours and paid.amount > payment.amount_reserved,
        "reservation_id": _text(payment.reservation_id),
        "subscription_id": _text(payment.subscription_id),
        "user_id": _text(payment.user_id),
        "provider": "stripe" if payment.provider == "stripe" else "mock",
        "provider_payment_id": payment.provider_payment_id,
        "checkout_url": (payment.checkout_url or None) if payment.status is Status.PENDING else None,
        "payer_email": payment.payer_email,
        "payer_name": payment.payer_name,
        "description": payment.description,
        "metadata": orjson.Fragment(json.dumps(payment.metadata, ensure_ascii=False, separators=(",", ":"))),
        "created_at": written(payment.created_at),
        "updated_at": written(payment.updated_at),
        "ours": payment.ours,
        "sequence": payment.sequence,
        "expires_at": payment.expires_at,
        "failure_code": payment.failure_code,
        "failure_message": payment.failure_message,
        "cancellation_cause": _text(payment.cancellation_cause),
        "cancellation_reason": payment.cancellation_reason,
        "unknown_since": payment.unknown_since,
        "last_error": payment.last_error,
        "checks": payment.checks,
        "next_check_at": payment.next_check_at,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def written(instant: datetime) -> str:
    """As PostgreSQL writes `created_at`."""
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if '.' in text else text}+00:00"
