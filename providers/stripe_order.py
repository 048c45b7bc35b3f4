"""A checkout order in Stripe's words: the same every time, since Stripe compares what comes under one key."""

from datetime import timedelta
from typing import TYPE_CHECKING

from providers.protocol import CheckoutOrder, RefundOrder
from providers.stripe_money import units_of

if TYPE_CHECKING:
    from stripe.params import RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
"""Between the creation of a session and its `expires_at` (https://docs.stripe.com/api/checkout/sessions/create)."""
MARGIN = timedelta(minutes=5)
"""For a call that comes late, and for a clock that differs. The payment itself keeps its own, exact expiry."""
MAX_NAME = 250
MAX_METADATA = 500
"""Characters of a product's name and of one metadata value."""
PAYMENT_ID, ATTEMPT, REFUND_ID = "payment_id", "attempt", "refund_id"
"""Metadata by which an object at Stripe is told to be ours."""


def session_params(order: CheckoutOrder) -> "SessionCreateParams":
    """Raises ProviderRefusedError for an amount that Stripe cannot express.

    No list of payment methods: Stripe offers what the account has. No adaptive pricing: the payer pays the currency
    that was asked for, so that what came in can be compared. A session's metadata does not reach the charge, the
    payment intent's does.
    """
    metadata = _metadata(order)
    name = (order.description or "").strip() or ("Subscription" if order.subscription_id else "Reservation")
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.amount.currency.lower(),
                    "unit_amount": units_of(order.amount),
                    "product_data": {"name": name[:MAX_NAME]},
                },
            }
        ],
        "adaptive_pricing": {"enabled": False},
        "client_reference_id": str(order.payment_id),
        "metadata": {**metadata, ATTEMPT: str(order.attempt)},
        "payment_intent_data": {"metadata": metadata, "description": name},
        "expires_at": expires_at(order),
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
    }
    if order.payer_email:
        params["customer_email"] = order.payer_email
    return params


def checkout_key(order: CheckoutOrder, again: int) -> str:
    """`again` counts the keys under which Stripe keeps nothing but an error."""
    return f"{order.payment_id}-{order.attempt}" + (f".{again}" if again else "")


def expires_at(order: CheckoutOrder) -> int:
    """Unix seconds, from the order alone; so late that Stripe takes the call until the payment itself expires."""
    latest = order.created_at + LONGEST - MARGIN
    return int(min(order.expires_at + SHORTEST + MARGIN, latest).timestamp())


def refund_params(order: RefundOrder, payment_intent: str) -> "RefundCreateParams":
    """Stripe's own `reason` is one of three words; ours is text and goes into the metadata."""
    metadata = {REFUND_ID: str(order.refund_id), PAYMENT_ID: str(order.payment_id)}
    if order.reason:
        metadata["reason"] = order.reason[:MAX_METADATA]
    return {"payment_intent": payment_intent, "amount": units_of(order.amount), "metadata": metadata}


def refund_key(order: RefundOrder, again: int) -> str:
    attempt = f"-{order.attempt}" if order.attempt > 1 else ""
    return f"refund-{order.refund_id}{attempt}" + (f".{again}" if again else "")


def _metadata(order: CheckoutOrder) -> dict[str, str]:
    ids = {
        PAYMENT_ID: order.payment_id,
        "reservation_id": order.reservation_id,
        "subscription_id": order.subscription_id,
        "user_id": order.user_id,
    }
    return {name: str(value) for name, value in ids.items() if value is not None}
