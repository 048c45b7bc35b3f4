"""The tabs GraphiQL opens with: one payment's life, in the order one lives it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

STORY = Path(__file__).parent / "story"
NO_PAYMENT = "run-CheckOut-first"
"""Stands where the payment's id will be; story.js puts it there after a checkout."""
_THAT_PAYMENT: dict[str, Any] = {"paymentId": NO_PAYMENT, "clientSecret": None}


@dataclass(frozen=True, slots=True)
class Tab:
    operation: str
    """Its text; a file of STORY."""
    variables: dict[str, Any]


def _tab(name: str, variables: dict[str, Any]) -> Tab:
    return Tab((STORY / f"{name}.graphql").read_text("utf-8"), variables)


TABS = (
    _tab(
        "check_out",
        {
            "input": {
                "amount": {"amount": "25.00", "currency": "USD"},
                "reservationId": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "payer": {"name": "Ana Torres", "email": "ana@example.com"},
                "description": "Table for four, Friday at 20:00",
            }
        },
    ),
    _tab("watch", {**_THAT_PAYMENT, "after": None}),
    _tab("verify", _THAT_PAYMENT),
    _tab("read", _THAT_PAYMENT),
    _tab("cancel", {**_THAT_PAYMENT, "reason": "Changed our plans"}),
    _tab(
        "refund",
        {
            "paymentId": NO_PAYMENT,
            "amount": {"amount": "10.00", "currency": "USD"},
            "reason": "One guest less",
            "idempotencyKey": f"{NO_PAYMENT}/1",
        },
    ),
)
