"""Which payments the provider is to be asked about next, and which shared rows somebody else wrote."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from data.transaction import Transaction

_CLAIM = text("""
UPDATE mesaya_payments.records SET next_check_at = :again_at
WHERE payment_id = ANY(ARRAY(  -- an array, since PostgreSQL may answer IN by reading the whole table
  SELECT payment_id FROM mesaya_payments.records WHERE next_check_at <= :now
  ORDER BY next_check_at LIMIT :limit FOR UPDATE SKIP LOCKED
)) RETURNING payment_id
""")
_WRITTEN_OVER = text("""
SELECT payment_id FROM mesaya_payments.foreign_writes GROUP BY payment_id ORDER BY min(id) LIMIT :limit
""")
_FOREIGN_WRITES = text("""
DELETE FROM mesaya_payments.foreign_writes WHERE payment_id = :payment_id
RETURNING id, payment_id, label, amount, currency, other_checkout
""")
_BY_STATUS = text("SELECT status, count(*) AS payments FROM mesaya_payments.records GROUP BY status")
_UNKNOWN = text("""
SELECT count(*) AS payments, min(unknown_since) AS oldest FROM mesaya_payments.records WHERE unknown_since IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class ForeignWrite:
    payment_id: UUID
    label: str
    amount: Decimal
    currency: str | None
    other_checkout: bool
    """Whether it named another checkout than ours, or none."""


@dataclass(frozen=True, slots=True)
class Unknown:
    payments: int
    oldest: datetime | None


async def claim(connection: Transaction, now: datetime, again_at: datetime, limit: int) -> list[UUID]:
    """Due payments, each given to one caller; they are due again at `again_at` should that caller die."""
    rows = await connection.execute(_CLAIM, {"now": now, "again_at": again_at, "limit": limit})
    return [row.payment_id for row in rows]


async def written_over(connection: Transaction, limit: int) -> list[UUID]:
    """Payments whose shared row somebody else wrote, the longest waiting first."""
    return [row.payment_id for row in await connection.execute(_WRITTEN_OVER, {"limit": limit})]


async def take_foreign_writes(connection: Transaction, payment_id: UUID) -> list[ForeignWrite]:
    """In the order written; under the payment's row lock, and taken for good when the transaction commits."""
    rows = sorted(await connection.execute(_FOREIGN_WRITES, {"payment_id": payment_id}), key=lambda row: row.id)
    return [ForeignWrite(*row[1:]) for row in rows]


async def count_by_status(connection: Transaction) -> dict[str, int]:
    """Of the payments this service made: looks at all of them."""
    return {row.status: row.payments for row in await connection.execute(_BY_STATUS)}


async def count_unknown(connection: Transaction) -> Unknown:
    (row,) = await connection.execute(_UNKNOWN)
    return Unknown(*row)
