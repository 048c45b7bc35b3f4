"""Reading payments. `visible_to` is the user whose payments alone may be seen; None sees all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from data.payment import COLUMNS, PROVIDER, PROVIDER_PAYMENT_ID, SOURCE, Payment, payment_of
from data.statements import Reading
from data.transaction import Transaction

_VISIBLE = "(CAST(:visible_to AS uuid) IS NULL OR p.user_id = :visible_to)"
NEWEST_FIRST = "ORDER BY p.created_at DESC, p.payment_id DESC LIMIT :limit"
AFTER = "(p.created_at, p.payment_id) < (CAST(:after_at AS timestamp), CAST(:after_id AS uuid))"

_BY_IDS = text(f"SELECT {COLUMNS} FROM {SOURCE} WHERE p.payment_id = ANY(CAST(:ids AS uuid[])) AND {_VISIBLE}")
_BY_PROVIDER_ID = text(f"""
SELECT {COLUMNS} FROM {SOURCE}
WHERE p.provider = :provider AND p.provider_payment_id = :id  -- which the index finds
  AND {PROVIDER} = :provider AND {PROVIDER_PAYMENT_ID} = :id
""")
_FIRST_PAGE = text(f"SELECT {COLUMNS} FROM {SOURCE} {NEWEST_FIRST}")
_NEXT_PAGE = text(f"SELECT {COLUMNS} FROM {SOURCE} WHERE {AFTER} {NEWEST_FIRST}")
_LOCK = text("SELECT 1 FROM payments WHERE payment_id = :id FOR UPDATE")
_LOCK_IF_FREE = text("SELECT 1 FROM payments WHERE payment_id = :id FOR UPDATE SKIP LOCKED")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page starts: after this payment, newest first."""

    created_at: datetime
    id: UUID

    @property
    def stored_at(self) -> datetime:
        return self.created_at.astimezone(UTC).replace(tzinfo=None)


async def by_ids(connection: Reading, ids: Sequence[UUID], visible_to: UUID | None) -> dict[UUID, Payment]:
    rows = await connection.execute(_BY_IDS, {"ids": list(ids), "visible_to": visible_to})
    return {row[0]: payment_of(row) for row in rows}


async def by_id(connection: Transaction, payment_id: UUID) -> Payment | None:
    return (await by_ids(connection, [payment_id], None)).get(payment_id)


async def by_provider_id(connection: Transaction, provider: str, provider_payment_id: str) -> Payment | None:
    rows = await connection.execute(_BY_PROVIDER_ID, {"provider": provider, "id": provider_payment_id})
    return payment_of(rows[0]) if rows else None


async def lock(connection: Transaction, payment_id: UUID) -> Payment | None:
    """The payment, held until the transaction ends. Two statements: a joined read would see the record of before."""
    locked = await connection.execute(_LOCK, {"id": payment_id})
    return await by_id(connection, payment_id) if locked else None


async def lock_if_free(connection: Transaction, payment_id: UUID) -> Payment | None:
    """As `lock`, and None as well while somebody else holds it."""
    locked = await connection.execute(_LOCK_IF_FREE, {"id": payment_id})
    return await by_id(connection, payment_id) if locked else None


async def page(connection: Transaction, limit: int, after: Position | None) -> list[Payment]:
    """Of all payments, newest first."""
    statement = _NEXT_PAGE if after else _FIRST_PAGE
    given = {"limit": limit} | ({"after_at": after.stored_at, "after_id": after.id} if after else {})
    return [payment_of(row) for row in await connection.execute(statement, given)]
