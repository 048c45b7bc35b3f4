"""What a request says: JSON of a bounded size, its amount read digit by digit and never as a float."""

import json
from decimal import Decimal
from typing import Any

import orjson
from starlette.requests import Request

from endpoints.body import BodyTooLargeError, limited
from rest.envelope import Refused
from schema.encoding import JSON_TYPE, is_json
from schema.scalars import DECIMAL

MAX_BODY_BYTES = 64 * 1024
MAX_MAGNITUDE = 18
"""Powers of ten of an amount, either way; longer ones are refused before they are written out."""
MAX_DIGITS = 40
SAME = ("reservationId", "subscriptionId", "userId", "description", "successUrl", "cancelUrl")
"""Texts of a checkout that have the same name in GraphQL."""
TEXTS = (*SAME, "currency", "payerEmail", "payerName")


async def object_of(request: Request) -> dict[str, Any]:
    """The body as it came, its amount a Decimal; no body is an empty object. Raises Refused.

    Only JSON is taken: a page of another site can post forms and plain text without asking, but not that.
    """
    if not is_json(request.headers.get("content-type", "")):
        raise Refused(415, f"Send {JSON_TYPE}")
    try:
        raw = await limited(request, MAX_BODY_BYTES).body()
    except BodyTooLargeError:
        raise Refused(413, f"A request has at most {MAX_BODY_BYTES} bytes") from None
    if not raw.strip():
        return {}
    try:
        said = orjson.loads(raw)
        exact = json.loads(raw, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError, ArithmeticError):
        raise Refused(422, "The body is not JSON") from None
    if not isinstance(said, dict):
        raise Refused(422, "The body is a JSON object")
    return {**said, "amount": exact["amount"]} if "amount" in said else said


def idempotency_key(request: Request) -> str | None:
    """Raises Refused where it is sent twice: which of both is meant is not for us to say."""
    keys = request.headers.getlist("idempotency-key")
    if len(keys) > 1:
        raise Refused(422, "Idempotency-Key: send it once")
    return keys[0] if keys else None


def checkout_input(said: dict[str, Any], idempotency_key: str | None) -> dict[str, Any]:
    """Variables of the stored operation. Raises Refused with all that is wrong."""
    wrong = [f"{name}: must be a text" for name in TEXTS if not isinstance(said.get(name), str | None)]
    amount = amount_of(said.get("amount"))
    if amount is None:
        wrong.append("amount: must be a number such as 25.5")
    type_ = said.get("paymentType")
    if type_ is not None and not _fits(type_, said):
        wrong.append("paymentType: must be reservation or subscription, with the id that goes with it")
    if wrong:
        raise Refused(422, *wrong)
    money = {"amount": amount, **({"currency": _upper(said["currency"])} if said.get("currency") else {})}
    payer = {"email": said.get("payerEmail"), "name": said.get("payerName")}
    kept = {name: said[name] for name in SAME if said.get(name) is not None}
    return {
        **kept,
        "amount": money,
        "payer": payer,
        "metadata": said.get("metadata"),
        "idempotencyKey": idempotency_key,
    }


def amount_of(value: object) -> str | None:
    """As GraphQL's Decimal is written; a text of digits is taken too. None where it is no such number."""
    text = value if isinstance(value, str) else _written(value)
    return text if text is not None and DECIMAL.fullmatch(text) else None


def _written(value: object) -> str | None:
    if (
        not isinstance(value, Decimal)
        or abs(value.adjusted()) > MAX_MAGNITUDE
        or len(value.as_tuple().digits) > MAX_DIGITS
    ):
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fits(type_: object, said: dict[str, Any]) -> bool:
    return (type_ == "reservation" and said.get("subscriptionId") is None) or (
        type_ == "subscription" and said.get("reservationId") is None
    )


def text_of(said: dict[str, Any], name: str, *, required: bool = False) -> str | None:
    """Raises Refused."""
    value = said.get(name)
    if not isinstance(value, str | None) or (required and value is None):
        raise Refused(422, f"{name}: must be a text")
    return value


def _upper(currency: str) -> str:
    """Of ASCII alone: to Python `ſ` is a small S, and `ı` a small I."""
    return currency.upper() if currency.isascii() else currency
