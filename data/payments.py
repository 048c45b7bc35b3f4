"""Reading payments. `visible_to` is the user whose payments alone may be seen; None sees all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from data.payment import COLUMNS, SOURCE, Payment, payment_of
from data.reads import Reading, Row
from data.status import Status
from data.stored_payment import stored_payment

_VISIBLE = "(CAST(:visible_to AS uuid) IS NULL OR p.user_id = :visible_to)"
_OF_STATUS = """(CAST(:statuses AS text[]) IS NULL
  OR coalesce(r.status, mesaya_payments.status_of(p.payment_status::text)) = ANY(CAST(:statuses AS text[])))"""
_BEFORE = "(p.created_at, p.payment_id) < (CAST(:after_at AS timestamp), CAST(:after_id AS uuid))"
_AFTER = f"(CAST(:after_at AS timestamp) IS NULL OR {_BEFORE})"
_NEWEST_FIRST = "ORDER BY p.created_at DESC, p.payment_id DESC LIMIT :limit"

_BY_IDS = text(f"SELECT {COLUMNS} FROM {SOURCE} WHERE p.payment_id = ANY(CAST(:ids AS uuid[])) AND {_VISIBLE}")
_BY_PROVIDER_ID = text(f"SELECT {COLUMNS} FROM {SOURCE} WHERE p.provider = :provider AND p.provider_payment_id = :id")
_LOCK = text("SELECT 1 FROM payments WHERE payment_id = :id FOR UPDATE")
_BY_RESERVATION = text(f"""
SELECT wanted.id AS wanted_id, page.* FROM unnest(CAST(:ids AS uuid[])) AS wanted (id) CROSS JOIN LATERAL (
  SELECT {COLUMNS} FROM {SOURCE}
  WHERE p.reservation_id = wanted.id AND {_VISIBLE} AND {_OF_STATUS} AND {_AFTER} {_NEWEST_FIRST}
) AS page
""")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page starts: after this payment, newest first."""

    created_at: datetime
    id: UUID

    @property
    def stored_at(self) -> datetime:
        return self.created_at.astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Filters:
    reservation_id: UUID | None = None
    subscription_id: UUID | None = None
    user_id: UUID | None = None
    statuses: tuple[Status, ...] | None = None


async def by_ids(connection: Reading, ids: Sequence[UUID], visible_to: UUID | None) -> dict[UUID, Payment]:
    rows = await connection.execute(_BY_IDS, {"ids": list(ids), "visible_to": visible_to})
    return {row[0]: _payment(row, row) for row in rows}


async def by_id(connection: AsyncConnection, payment_id: UUID) -> Payment | None:
    return (await by_ids(connection, [payment_id], None)).get(payment_id)


async def by_provider_id(connection: AsyncConnection, provider: str, provider_payment_id: str) -> Payment | None:
    rows = await connection.execute(_BY_PROVIDER_ID, {"provider": provider, "id": provider_payment_id})
    row = rows.first()
    return None if row is None else payment_of(row)


async def lock(connection: AsyncConnection, payment_id: UUID) -> Payment | None:
    """The payment, held until the transaction ends. Two statements: a joined read would see the record of before."""
    if (await connection.execute(_LOCK, {"id": payment_id})).first() is None:
        return None
    return await by_id(connection, payment_id)


async def page(
    connection: Reading, filters: Filters, limit: int, after: Position | None, visible_to: UUID | None
) -> list[Payment]:
    """Newest first. Only the conditions asked for are in the statement, so that each finds its index."""
    conditions = {
        "p.reservation_id = :reservation_id": filters.reservation_id,
        "p.subscription_id = :subscription_id": filters.subscription_id,
        "p.user_id = :user_id": filters.user_id,
        _OF_STATUS: filters.statuses,
        _BEFORE: after,
        "p.user_id = :visible_to": visible_to,
    }
    where = " AND ".join(condition for condition, value in conditions.items() if value is not None) or "true"
    statement = text(f"SELECT {COLUMNS} FROM {SOURCE} WHERE {where} {_NEWEST_FIRST}")
    given = {
        "reservation_id": filters.reservation_id,
        "subscription_id": filters.subscription_id,
        "user_id": filters.user_id,
        "visible_to": visible_to,
        **_page_arguments(filters.statuses, limit, after),
    }
    known = {name: value for name, value in given.items() if f":{name}" in where or name == "limit"}
    return [_payment(row, row) for row in await connection.execute(statement, known)]


async def by_reservations(
    connection: Reading,
    ids: Sequence[UUID],
    statuses: tuple[Status, ...] | None,
    limit: int,
    after: Position | None,
    visible_to: UUID | None,
) -> dict[UUID, list[Payment]]:
    """A page of each reservation's payments, newest first, in one statement for any number of reservations."""
    given = {"ids": list(ids), "visible_to": visible_to, **_page_arguments(statuses, limit, after)}
    found: dict[UUID, list[Payment]] = {id_: [] for id_ in ids}
    for row in await connection.execute(_BY_RESERVATION, given):
        found[row[0]].append(_payment(row, row[1:]))
    return found


def _payment(row: Any, values: Any) -> Payment:
    """`values` are those of COLUMNS. What `Reads` has read is read on as it is asked for."""
    return stored_payment(values) if type(row) is Row else payment_of(values)


def _page_arguments(statuses: tuple[Status, ...] | None, limit: int, after: Position | None) -> dict[str, Any]:
    return {
        "statuses": None if statuses is None else [str(status) for status in statuses],
        "limit": limit,
        "after_at": after and after.stored_at,
        "after_id": after and after.id,
    }
