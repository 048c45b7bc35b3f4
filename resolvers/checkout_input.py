"""What a checkout may be asked for: everything is checked here before anything is written."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from data.money import Money
from resolvers.input_checks import MAX_TEXT, InputError, charged, check_key, check_text, storable
from resolvers.redirects import RedirectError, redirect
from resolvers.runtime import Rules

MAX_DESCRIPTION = 1000
MAX_METADATA_BYTES = 16 * 1024
MAX_METADATA_DEPTH = 8
INEXACT = 2.0**63
"""A float from here on may have been a whole number that JSON's reader rounded."""
MIN_EXPIRY_MINUTES = 30
MAX_EXPIRY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    amount: Decimal
    currency: str
    reservation_id: UUID | None = None
    subscription_id: UUID | None = None
    user_id: UUID | None = None
    payer_email: str | None = None
    payer_name: str | None = None
    description: str | None = None
    metadata: Any = None
    success_url: str | None = None
    cancel_url: str | None = None
    expires_in_minutes: int = MAX_EXPIRY_MINUTES
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request whose every value can be kept and charged."""

    request: CheckoutRequest
    amount: Money
    metadata: Mapping[str, Any]

    @property
    def lifetime(self) -> timedelta:
        return timedelta(minutes=self.request.expires_in_minutes)


def checked(request: CheckoutRequest, rules: Rules) -> Wanted:
    """Raises InputError."""
    if (request.reservation_id is None) == (request.subscription_id is None):
        raise InputError("Give exactly one of reservationId and subscriptionId", "reservationId")
    if not MIN_EXPIRY_MINUTES <= request.expires_in_minutes <= MAX_EXPIRY_MINUTES:
        bounds = f"{MIN_EXPIRY_MINUTES} to {MAX_EXPIRY_MINUTES}"
        raise InputError(f"expiresInMinutes is {bounds}", "expiresInMinutes")
    _check_email(request.payer_email)
    check_text(request.payer_name, MAX_TEXT, "payer", "name")
    check_text(request.description, MAX_DESCRIPTION, "description")
    check_key(request.idempotency_key)
    _check_redirects(request, rules)
    return Wanted(request, charged(request.amount, request.currency), _metadata(request.metadata))


def _check_email(email: str | None) -> None:
    check_text(email, MAX_TEXT, "payer", "email")
    if email is None:
        return
    if email.count("@") != 1 or not all(email.split("@")) or email.split() != [email] or not email.isprintable():
        raise InputError("email is not an e-mail address", "payer", "email")


def _check_redirects(request: CheckoutRequest, rules: Rules) -> None:
    for name, url in (("successUrl", request.success_url), ("cancelUrl", request.cancel_url)):
        try:
            if url is not None:
                redirect(url, rules)
        except RedirectError as error:
            raise InputError(f"{name} {error}", name) from error


def _metadata(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError("metadata is an object", "metadata")
    if _depth(value) > MAX_METADATA_DEPTH:
        raise InputError(f"metadata is at most {MAX_METADATA_DEPTH} levels deep", "metadata")
    if _has_inexact(value):
        raise InputError("metadata has a number beyond 64 bits: send it as a string", "metadata")
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise InputError("metadata has a number that JSON does not have", "metadata") from error
    if "\\u0000" in text.replace("\\\\", "") or not storable(text):
        raise InputError("metadata has a character that cannot be stored", "metadata")
    if len(text.encode()) > MAX_METADATA_BYTES:
        raise InputError(f"metadata is at most {MAX_METADATA_BYTES} bytes as JSON", "metadata")
    return value


def _has_inexact(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_inexact, value.values() if isinstance(value, dict) else value))
    if isinstance(value, int):  # a literal of GraphQL has as many digits as it likes
        return not -(2**63) <= value < 2**64
    return isinstance(value, float) and INEXACT <= abs(value) < math.inf


def _depth(value: Any, level: int = 1) -> int:
    """Counts no further than it has to, so that no nesting is too deep for it."""
    if level > MAX_METADATA_DEPTH or not isinstance(value, dict | list):
        return level if isinstance(value, dict | list) else level - 1
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(item, level + 1) for item in inner), default=level)
