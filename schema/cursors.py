"""Cursors: opaque to clients, readable here. A malformed one is BAD_USER_INPUT."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from data.delivery import Delivery
from data.delivery_pages import DeliveryPosition
from data.partners import Partner, PartnerPosition
from data.payments import Position
from data.shown_payment import Shown
from data.status import Status
from resolvers.refusals import BadInputError
from resolvers.watch import Seen

MAX_PAGE = 100
MAX_SEQUENCE = 2**31 - 1
"""What `events.sequence integer` holds."""
MAX_CURSOR = 200

_SEEN = re.compile(r"e:([0-9]{1,10})(" + "|".join(Status) + r")?")


def page_size(first: int) -> int:
    """Raises BadInputError outside 1 to MAX_PAGE."""
    if not 1 <= first <= MAX_PAGE:
        raise BadInputError(f"first is 1 to {MAX_PAGE}")
    return first


def cursor_of_payment(row: Shown) -> str:
    return _encoded(f"p:{row['created_at']},{row['id']}")


def position(cursor: str | None) -> Position | None:
    return None if cursor is None else Position(*_place(cursor, "p:", "payments"))


def cursor_of_delivery(delivery: Delivery) -> str:
    return _encoded(f"d:{delivery.created_at.isoformat()},{delivery.id}")


def delivery_position(cursor: str | None) -> DeliveryPosition | None:
    return None if cursor is None else DeliveryPosition(*_place(cursor, "d:", "deliveries"))


def cursor_of_partner(partner: Partner) -> str:
    return _encoded(f"b:{partner.created_at.isoformat()},{partner.id}")


def partner_position(cursor: str | None) -> PartnerPosition | None:
    return None if cursor is None else PartnerPosition(*_place(cursor, "b:", "partners"))


def cursor_of_event(version: str) -> str:
    return _encoded(f"e:{version}")


def seen(cursor: str | None) -> Seen | None:
    if cursor is None:
        return None
    match = _SEEN.fullmatch(_decoded(cursor))
    if match is None or int(match[1]) > MAX_SEQUENCE:
        raise BadInputError("after is not a cursor of events")
    return Seen(int(match[1]), match[1] + (match[2] or ""))


def _place(cursor: str, prefix: str, what: str) -> tuple[datetime, UUID]:
    text = _decoded(cursor)
    try:
        created_at, id_ = text.removeprefix(prefix).split(",")
        instant = datetime.fromisoformat(created_at)
        if text.startswith(prefix) and instant.tzinfo is not None:
            return instant.astimezone(UTC), UUID(id_)
    except (ValueError, OverflowError):
        pass
    raise BadInputError(f"after is not a cursor of {what}")


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _decoded(cursor: str) -> str:
    try:
        if len(cursor) <= MAX_CURSOR:
            return urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
    except ValueError:
        pass
    raise BadInputError("after is not a cursor")
