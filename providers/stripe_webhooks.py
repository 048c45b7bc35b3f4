"""Stripe's webhooks: who signed them, and which payment they are a reason to ask about."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import stripe

from providers.protocol import Notice, SignatureRefusedError
from providers.stripe_order import PAYMENT_ID
from providers.stripe_truth import uuid_in, uuid_of

HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300
"""Between Stripe's clock and ours, either way; what was recorded cannot be sent again later."""
MAX_HEADER = 2048
EVENTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.closed",
    }
)
"""What an endpoint at Stripe is to be subscribed to; anything else is taken and noted."""

_SIGNED_AT = re.compile(r"t=([0-9]{1,12})")


def notice_of(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime, *, live: bool) -> Notice:
    """Raises SignatureRefusedError, whatever is wrong with header or body."""
    header = headers.get(HEADER, "")
    if len(header) > MAX_HEADER or not any(_signed(header, body, secret) for secret in secrets):
        raise SignatureRefusedError("Stripe-Signature does not fit this body")
    signed_at = _signed_at(header)
    if signed_at is None or abs(now.timestamp() - signed_at) > TOLERANCE_SECONDS:
        raise SignatureRefusedError(f"Stripe-Signature is not of the last {TOLERANCE_SECONDS} s")
    try:
        event = json.loads(body)
        return _notice(event, live=live)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SignatureRefusedError("this body is not an event of Stripe's") from error


def _signed(header: str, body: bytes, secret: str) -> bool:
    """The age is for the caller to judge, by the clock that was passed in."""
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None))
    except (stripe.SignatureVerificationError, ValueError, TypeError):
        return False


def _signed_at(header: str) -> int | None:
    """Of the first `t`, since that is the one the library has verified; and in plain digits alone."""
    first = next((item for item in header.split(",") if item.partition("=")[0] == "t"), "")
    match = _SIGNED_AT.fullmatch(first)
    return None if match is None else int(match[1])


def _notice(event: Mapping[str, Any], *, live: bool) -> Notice:
    """An event of the other mode, or of a kind that says nothing about a payment, names none."""
    event_id, type_ = str(event["id"]), str(event["type"])
    if type_ not in EVENTS or event.get("livemode", live) != live:
        return Notice(event_id, type_, None, None)
    about = event["data"]["object"]
    if about["object"] == "checkout.session":
        return Notice(event_id, type_, uuid_of(about.get("client_reference_id")), about["id"])
    return Notice(event_id, type_, uuid_in(about.get("metadata"), PAYMENT_ID), None, about.get("payment_intent"))
