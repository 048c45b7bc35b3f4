"""Reading deliveries, for those who may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text

from data.delivery import COLUMNS, SOURCE, Delivery, DeliveryState, delivery_of
from data.transaction import Transaction

CHANGES = UUID(int=0)
"""What the feed is watched for: no payment has this id, and every change of a delivery is told under it."""
BEFORE_ALL = UUID(int=0)

_AFTER = """(CAST(:after_at AS timestamptz) IS NULL
  OR (d.created_at, d.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))"""
_OF_STATE = "(CAST(:states AS text[]) IS NULL OR d.state = ANY(CAST(:states AS text[])))"


def _pages_by(column: str) -> Any:
    return text(f"""
SELECT wanted.id AS wanted_id, page.* FROM unnest(CAST(:ids AS uuid[])) AS wanted (id) CROSS JOIN LATERAL (
  SELECT {COLUMNS} FROM {SOURCE} WHERE d.{column} = wanted.id AND {_OF_STATE} AND {_AFTER}
  ORDER BY d.created_at DESC, d.id DESC LIMIT :limit
) AS page
""")


_PAGES = {"payment": _pages_by("payment_id"), "subscriber": _pages_by("subscriber_id")}
_BY_ID = text(f"SELECT {COLUMNS} FROM {SOURCE} WHERE d.id = :id")
_LOCK = text("SELECT subscriber_id FROM mesaya_payments.deliveries WHERE id = :id FOR UPDATE")
_CHANGED = text(f"""
SELECT {COLUMNS} FROM {SOURCE}
WHERE (d.changed_at, d.id) > (CAST(:since AS timestamptz), CAST(:after_id AS uuid))
  AND (CAST(:subscriber_id AS uuid) IS NULL OR d.subscriber_id = :subscriber_id)
  AND (CAST(:payment_id AS uuid) IS NULL OR d.payment_id = :payment_id)
ORDER BY d.changed_at, d.id LIMIT :limit
""")
_NOW = text("SELECT clock_timestamp() AS now")


@dataclass(frozen=True, slots=True)
class DeliveryPosition:
    """Where a page starts: after this delivery, newest first."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Change:
    """The last one that was read: many deliveries may change at one moment."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of each list is wanted."""

    limit: int
    after: DeliveryPosition | None = None
    states: tuple[DeliveryState, ...] | None = None


async def by_payments(connection: Transaction, ids: Sequence[UUID], part: Slice) -> dict[UUID, list[Delivery]]:
    """A page of each payment's deliveries, newest first, in one statement."""
    return await _pages(connection, "payment", ids, part)


async def by_subscribers(connection: Transaction, ids: Sequence[UUID], part: Slice) -> dict[UUID, list[Delivery]]:
    return await _pages(connection, "subscriber", ids, part)


async def by_id(connection: Transaction, delivery_id: UUID) -> Delivery | None:
    rows = await connection.execute(_BY_ID, {"id": delivery_id})
    return delivery_of(rows[0]) if rows else None


async def lock(connection: Transaction, delivery_id: UUID) -> UUID | None:
    """Its subscriber; held until the transaction ends. None where there is no such delivery."""
    rows = await connection.execute(_LOCK, {"id": delivery_id})
    return rows[0].subscriber_id if rows else None


async def now(connection: Transaction) -> datetime:
    """By the clock that changes are told by."""
    return cast(datetime, (await connection.execute(_NOW))[0].now)


async def changed(
    connection: Transaction, after: Change, subscriber_id: UUID | None, payment_id: UUID | None, limit: int
) -> list[Delivery]:
    """The earliest change first."""
    given = {"since": after.at, "after_id": after.id, "subscriber_id": subscriber_id, "payment_id": payment_id}
    return [delivery_of(row) for row in await connection.execute(_CHANGED, given | {"limit": limit})]


async def _pages(connection: Transaction, by: str, ids: Sequence[UUID], part: Slice) -> dict[UUID, list[Delivery]]:
    given = {
        "ids": list(ids),
        "limit": part.limit,
        "states": None if part.states is None else [str(state) for state in part.states],
        "after_at": part.after and part.after.created_at,
        "after_id": part.after and part.after.id,
    }
    found: dict[UUID, list[Delivery]] = {id_: [] for id_ in ids}
    for row in await connection.execute(_PAGES[by], given):
        found[row.wanted_id].append(delivery_of(row))
    return found
