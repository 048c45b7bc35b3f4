"""The contract's scalars: strict in what they take, exact in what they give."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NewType
from uuid import UUID

import orjson
import strawberry
from graphql import Undefined
from strawberry.types.scalar import ScalarDefinition

from data import identifiers
from resolvers.refusals import BadInputError

MAX_CURRENCY = 16
"""Characters read of a currency; whether there is such a currency is a question of its own."""

DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")

Currency = NewType("Currency", str)
URL = NewType("URL", str)
JSON = NewType("JSON", object)


def uuid_of(id_: str, name: str) -> UUID:
    """Raises BadInputError unless the id is a UUID in its usual form."""
    try:
        found = identifiers.uuid_of(id_)
    except ValueError:
        found = None
    if found is None or str(found) != id_.lower():
        raise BadInputError(f"{name} is not a UUID")
    return found


def optional_uuid(id_: str | None, name: str) -> UUID | None:
    return None if id_ is None else uuid_of(id_, name)


def _read_decimal(value: object) -> Decimal:
    if not isinstance(value, str) or not DECIMAL.fullmatch(value):
        raise ValueError('A Decimal is a string such as "29.90"')
    return Decimal(value)


def _read_instant(value: object) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError('A DateTime is RFC 3339 with an offset, such as "2026-01-31T12:00:00Z"')
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("There is no such DateTime") from error


def _write_instant(value: datetime | str) -> str:
    """Text is written already."""
    if isinstance(value, str):
        return value
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()


def _read_currency(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_CURRENCY:
        raise ValueError('A Currency is an ISO 4217 code such as "USD"')
    return value


def _read_url(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("A URL is a string")
    return value


def _read_json(value: Any) -> Any:
    """What a literal leaves open, since a variable in it was not sent: no such entry, null for an item."""
    left = [value]
    while left:
        one = left.pop()
        if type(one) is dict:
            for name in [name for name, entry in one.items() if entry is Undefined]:
                del one[name]
            left.extend(one.values())
        elif type(one) is list:
            one[:] = [None if item is Undefined else item for item in one]
            left.extend(one)
    return value


def _same(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, RFC 3339 with offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=_write_instant,
        parse_value=_read_instant,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number, sent as a string: "29.90". Never a float, never NaN.',
        serialize=_same,
        parse_value=_read_decimal,
    ),
    Currency: strawberry.scalar(
        name="Currency",
        description="An ISO 4217 alphabetic code, upper case.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=_same,
        parse_value=_read_currency,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute http(s) URL, RFC 3986.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3986",
        serialize=_same,
        parse_value=_read_url,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=_same,
        parse_value=_read_json,
    ),
}
"""Decimals of ours are given as text already (`data.money.Money.text`)."""

WRITTEN_ALIKE: dict[str, tuple[type, ...]] = {
    "DateTime": (str, datetime),
    "Decimal": (str,),
    "Currency": (str,),
    "URL": (str,),
    "JSON": (orjson.Fragment,),
}
"""What `schema.encoding.encode` writes as each scalar would have it; instants of ours are all UTC."""
