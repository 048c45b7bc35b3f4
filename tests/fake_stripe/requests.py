"""What Stripe takes for each call: its parameters, and the bounds it refuses to go beyond."""

import re
from typing import Any

from tests.fake_stripe.books import Books, Object
from tests.fake_stripe.errors import invalid, missing_parameter
from tests.fake_stripe.form import Params, only

PRICE = {"currency": None, "unit_amount": None, "product_data": {"name": None, "description": None}}
SESSION = {
    "mode": None,
    "line_items": [{"quantity": None, "price_data": PRICE}],
    "adaptive_pricing": {"enabled": None},
    "client_reference_id": None,
    "metadata": None,
    "payment_intent_data": {"metadata": None, "description": None},
    "expires_at": None,
    "success_url": None,
    "cancel_url": None,
    "customer_email": None,
    "payment_method_types": None,
    "expand": None,
}
RETRIEVE = {"expand": None}
SESSIONS = {"created": {"gte": None, "lte": None}, "limit": None, "starting_after": None, "expand": None}
REFUND = {"payment_intent": None, "amount": None, "metadata": None, "reason": None}
LIST = {"payment_intent": None, "limit": None, "starting_after": None, "expand": None}
REASONS = ("duplicate", "fraudulent", "requested_by_customer")
MINIMUM = {"usd": 50, "eur": 50, "jpy": 50, "isk": 50_00, "ugx": 2000_00, "mga": 2000}
WHOLE_ONLY = ("isk", "ugx")
"""Two decimals at Stripe, and always 00."""
MAXIMUM = 99_999_999
SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60
"""Seconds of a session's life."""
METADATA = (50, 40, 500)
"""Keys, characters of a key, characters of a value."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def new_session(books: Books, params: Params) -> Object:
    only(params, SESSION)
    for name in ("mode", "line_items", "success_url"):
        if name not in params:
            raise missing_parameter(name)
    price = params["line_items"][0]["price_data"]
    amount, currency = int(price["unit_amount"]), price["currency"]
    _check_amount(amount, currency)
    _check_expiry(int(params.get("expires_at", books.now() + LONGEST - 1)) - books.now())
    _check_metadata(params.get("metadata", {}), "metadata")
    _check_metadata(params.get("payment_intent_data", {}).get("metadata", {}), "payment_intent_data[metadata]")
    if len(price["product_data"]["name"]) > 250:
        raise invalid("Invalid string: must be at most 250 characters", "line_items[0][price_data][product_data][name]")
    if EMAIL.fullmatch(params.get("customer_email", "payer@example.com")) is None:
        raise invalid(f"Invalid email address: {params['customer_email']}", "customer_email", "email_invalid")
    return books.open_session(params, amount, currency)


def new_refund(books: Books, params: Params) -> Object:
    only(params, REFUND)
    if "payment_intent" not in params:
        raise missing_parameter("payment_intent")
    if params.get("reason", REASONS[0]) not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", "reason")
    _check_metadata(params.get("metadata", {}), "metadata")
    amount = int(params["amount"]) if "amount" in params else None
    if amount is not None and amount < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    return books.refund(params["payment_intent"], amount, params.get("metadata", {}))


def _check_amount(amount: int, currency: str) -> None:
    if currency != currency.lower() or len(currency) != 3:
        raise invalid(f"Invalid currency: {currency}", "line_items[0][price_data][currency]")
    if amount < MINIMUM.get(currency, 50):
        said = "The Checkout Session's total amount due must add up to at least the minimum charge."
        raise invalid(said, code="amount_too_small")
    if amount > MAXIMUM and currency not in ("jpy", "isk", "ugx"):
        raise invalid(
            "The Checkout Session's total amount due must be no more than 999,999.99", code="amount_too_large"
        )
    if currency in WHOLE_ONLY and amount % 100:
        said = f"Invalid amount. Currency {currency.upper()} must be evenly divisible by 100."
        raise invalid(said, code="invalid_charge_amount_no_decimal_compatible")


def _check_expiry(seconds: float) -> None:
    if seconds < SHORTEST:
        said = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise invalid(said, "expires_at")
    if seconds >= LONGEST:
        said = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise invalid(said, "expires_at")


def _check_metadata(metadata: dict[str, Any], name: str) -> None:
    keys, key_length, value_length = METADATA
    if len(metadata) > keys:
        raise invalid(f"Metadata can have at most {keys} keys", name)
    for key, value in metadata.items():
        if len(key) > key_length or len(value) > value_length:
            raise invalid(f"Metadata values can have up to {value_length} characters", f"{name}[{key}]")
