"""A payment's history: written once, never changed, numbered without gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text

from data.statements import Reading
from data.status import Status
from data.transaction import Transaction


class EventKind(StrEnum):
    STATUS = "STATUS"
    DECLINE = "DECLINE"
    REFUND = "REFUND"
    DISPUTE = "DISPUTE"
    MISMATCH = "MISMATCH"


class Cause(StrEnum):
    CHECKOUT = "CHECKOUT"
    VERIFY = "VERIFY"
    CANCEL = "CANCEL"
    REFUND = "REFUND"
    PROVIDER_WEBHOOK = "PROVIDER_WEBHOOK"
    RECONCILER = "RECONCILER"
    EXPIRY = "EXPIRY"
    EXTERNAL = "EXTERNAL"


@dataclass(frozen=True, slots=True)
class Event:
    payment_id: UUID
    sequence: int
    kind: EventKind
    status: Status
    """The status after it."""
    previous_status: Status | None
    cause: Cause
    occurred_at: datetime
    detail: str | None = None

    @property
    def moved(self) -> bool:
        """Whether the payment reached another status with it."""
        return self.status != self.previous_status


_COLUMNS = "payment_id, sequence, kind, status, previous_status, cause, occurred_at, detail"
_INSERT = text(f"""
INSERT INTO mesaya_payments.events ({_COLUMNS})
VALUES (:payment_id, :sequence, :kind, :status, :previous_status, :cause, :occurred_at, :detail)
""")
_AFTER = text(f"""
SELECT {_COLUMNS} FROM mesaya_payments.events WHERE payment_id = :payment_id AND sequence > :after ORDER BY sequence
""")
_PAGES = text(f"""
SELECT page.* FROM unnest(CAST(:ids AS uuid[])) AS wanted (id) CROSS JOIN LATERAL (
  SELECT {_COLUMNS} FROM mesaya_payments.events e
  WHERE e.payment_id = wanted.id AND e.sequence > :after ORDER BY e.sequence LIMIT :limit
) AS page
""")


def first_event(payment_id: UUID, status: Status, created_at: datetime) -> Event:
    """The one event that a row without history reads as."""
    return Event(payment_id, 1, EventKind.STATUS, status, None, Cause.EXTERNAL, created_at)


async def append(connection: Transaction, events: Sequence[Event]) -> None:
    """Under the payment's row lock, with the sequences that follow the record's."""
    for event in events:
        await connection.execute(_INSERT, _arguments(event))


async def after(connection: Transaction, payment_id: UUID, sequence: int) -> list[Event]:
    rows = await connection.execute(_AFTER, {"payment_id": payment_id, "after": sequence})
    return [_event_of(row) for row in rows]


async def pages(connection: Reading, ids: Sequence[UUID], after_sequence: int, limit: int) -> dict[UUID, list[Event]]:
    """The same stretch of each payment's history, oldest first, in one statement."""
    found: dict[UUID, list[Event]] = {id_: [] for id_ in ids}
    for row in await connection.execute(_PAGES, {"ids": list(ids), "after": after_sequence, "limit": limit}):
        found[row.payment_id].append(_event_of(row))
    return found


def _event_of(row: Any) -> Event:
    return Event(
        payment_id=row.payment_id,
        sequence=row.sequence,
        kind=EventKind(row.kind),
        status=Status(row.status),
        previous_status=None if row.previous_status is None else Status(row.previous_status),
        cause=Cause(row.cause),
        occurred_at=row.occurred_at,
        detail=row.detail,
    )


def _arguments(event: Event) -> dict[str, Any]:
    return {
        "payment_id": event.payment_id,
        "sequence": event.sequence,
        "kind": str(event.kind),
        "status": str(event.status),
        "previous_status": None if event.previous_status is None else str(event.previous_status),
        "cause": str(event.cause),
        "occurred_at": event.occurred_at,
        "detail": event.detail,
    }
