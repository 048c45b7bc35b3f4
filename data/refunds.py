"""Money on its way back, one row a refund."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text

from data.money import Money
from data.statements import Reading
from data.transaction import Transaction


class RefundStatus(StrEnum):
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Refund:
    id: UUID
    payment_id: UUID
    amount: Money
    status: RefundStatus
    reason: str | None
    provider_refund_id: str | None
    created_at: datetime
    attempt: int = 1
    """The provider's idempotency keys are this attempt's."""


_COLUMNS = "refund_id, payment_id, amount, currency, status, reason, provider_refund_id, created_at"
_UPSERT = text(f"""
INSERT INTO mesaya_payments.refunds ({_COLUMNS}, updated_at)
VALUES (:refund_id, :payment_id, :amount, :currency, :status, :reason, :provider_refund_id, :created_at, :now)
ON CONFLICT (refund_id) DO UPDATE
SET status = excluded.status, provider_refund_id = excluded.provider_refund_id, updated_at = excluded.updated_at
""")
_BEGIN_ATTEMPT = text("""
UPDATE mesaya_payments.refunds SET attempt = :attempt, updated_at = :now
WHERE refund_id = :refund_id AND attempt < :attempt
""")
_OF_PAYMENTS = text(f"""
SELECT {_COLUMNS}, attempt FROM mesaya_payments.refunds WHERE payment_id = ANY(CAST(:ids AS uuid[]))
ORDER BY created_at, refund_id
""")


async def save(connection: Transaction, refund: Refund, now: datetime) -> None:
    """New, or with another status; under the payment's row lock."""
    given = {
        "refund_id": refund.id,
        "payment_id": refund.payment_id,
        "amount": refund.amount.amount,
        "currency": refund.amount.currency,
        "status": str(refund.status),
        "reason": refund.reason,
        "provider_refund_id": refund.provider_refund_id,
        "created_at": refund.created_at,
        "now": now,
    }
    await connection.execute(_UPSERT, given)


async def begin_attempt(connection: Transaction, refund_id: UUID, attempt: int, now: datetime) -> None:
    """Never back to an earlier one; under the payment's row lock."""
    await connection.execute(_BEGIN_ATTEMPT, {"refund_id": refund_id, "attempt": attempt, "now": now})


async def of_payments(connection: Reading, ids: Sequence[UUID]) -> dict[UUID, list[Refund]]:
    """Oldest first."""
    found: dict[UUID, list[Refund]] = {id_: [] for id_ in ids}
    for row in await connection.execute(_OF_PAYMENTS, {"ids": list(ids)}):
        found[row.payment_id].append(_refund_of(row))
    return found


async def of_payment(connection: Transaction, payment_id: UUID) -> list[Refund]:
    return (await of_payments(connection, [payment_id]))[payment_id]


def _refund_of(row: Any) -> Refund:
    return Refund(
        id=row.refund_id,
        payment_id=row.payment_id,
        amount=Money(row.amount, row.currency),
        status=RefundStatus(row.status),
        reason=row.reason,
        provider_refund_id=row.provider_refund_id,
        created_at=row.created_at,
        attempt=row.attempt,
    )
