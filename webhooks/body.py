"""The bodies partners get: written once for each event, as bytes, and these bytes are signed and sent every time."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from data.status import Status
from webhooks.event import EventType, PaymentSnapshot, Told

SOURCE = "mesaYA_payment_ms"
"""The name n8n's workflows know this service by."""


_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Form(StrEnum):
    V1 = "v1"
    """Flat, as today's partners read it."""
    V2 = "v2"
    """Standard Webhooks: type, timestamp, data."""
    N8N = "n8n"


@dataclass(frozen=True, slots=True)
class Bodies:
    v1: bytes
    v2: bytes
    n8n: bytes


def bodies(told: Told) -> Bodies:
    return Bodies(*[_written(form).encode() for form in (flat(told), standard(told), n8n(told))])


def flat(told: Told) -> dict[str, Any]:
    """Words and currency in lower case, amounts as text with the currency's decimals."""
    snapshot = told.snapshot
    return {
        "event": told.type,
        "timestamp": _instant(snapshot.occurred_at),
        "payment_id": str(snapshot.payment_id),
        "sequence": snapshot.sequence,
        "amount": snapshot.amount.text(),
        "currency": snapshot.amount.currency.lower(),
        "status": snapshot.status.lower(),
        "amount_refunded": snapshot.amount_refunded.text(),
        "refund": _refund(snapshot),
        "reservation_id": _id(snapshot.reservation_id),
        "subscription_id": _id(snapshot.subscription_id),
        "user_id": _id(snapshot.user_id),
        "provider": snapshot.provider,
        "checkout_url": snapshot.checkout_url,
        "description": snapshot.description,
        "metadata": dict(snapshot.metadata),
    }


def standard(told: Told) -> dict[str, Any]:
    data = flat(told) | {"currency": told.snapshot.amount.currency}
    return {"type": data.pop("event"), "timestamp": data.pop("timestamp"), "data": data}


def n8n(told: Told) -> dict[str, Any]:
    snapshot = told.snapshot
    return {
        "event": told.type,
        "payment_id": str(snapshot.payment_id),
        "status": _n8n_status(told),
        "amount": snapshot.amount.text(),
        "currency": snapshot.amount.currency,
        "metadata": {
            "reservation_id": _id(snapshot.reservation_id),
            "subscription_id": _id(snapshot.subscription_id),
            "service_type": "subscription" if snapshot.subscription_id else "reservation",
            "customer_email": snapshot.payer_email,
            "customer_name": snapshot.payer_name,
        },
        "source": SOURCE,
        "provider": snapshot.provider,
    }


def _n8n_status(told: Told) -> str:
    status = told.snapshot.status
    if told.type is EventType.REFUNDED and status is not Status.REFUNDED:
        return "partially_refunded"
    return "approved" if status is Status.SUCCEEDED else status.lower()


def _refund(snapshot: PaymentSnapshot) -> dict[str, str] | None:
    if snapshot.refund_id is None or snapshot.refund_amount is None:
        return None
    amount = snapshot.refund_amount
    return {"id": str(snapshot.refund_id), "amount": amount.text(), "currency": amount.currency}


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
