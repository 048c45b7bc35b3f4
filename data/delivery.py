"""A delivery: one event owed to one subscriber. Its id is the webhook-id of every attempt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

N8N = UUID(int=0)
"""The subscriber that is no partner."""


class DeliveryState(StrEnum):
    PENDING = "PENDING"
    """Waiting for its next attempt."""
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    """Every attempt of the schedule failed."""
    HELD = "HELD"
    """Kept back, with the reason; sent when that ends."""


@dataclass(frozen=True, slots=True)
class Delivery:
    id: UUID
    event_id: UUID
    event_type: str
    subscriber_id: UUID
    payment_id: UUID
    sequence: int
    """Of the event, within the payment."""
    state: DeliveryState
    held_because: str | None
    body: bytes
    """What is signed and sent, every time."""
    trace: Mapping[str, str]
    """Headers of the trace that the event happened in; none where it happened in none."""
    tried: int
    """Attempts since it was last begun: the schedule starts anew when it is sent again."""
    attempts: int
    job_id: int | None
    """The one job that may send it; any other has been overtaken."""
    probing: bool
    ready_at: datetime
    """When it was last begun."""
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime
    changed_at: datetime
    """The same by the database's clock: senders' clocks differ."""
    version: int
    """Counts its changes."""

    @property
    def partner_id(self) -> UUID | None:
        return None if self.subscriber_id == N8N else self.subscriber_id


COLUMNS = """
d.id, d.event_id, e.type AS event_type, d.subscriber_id, d.payment_id, d.sequence, d.state, d.held_because,
CASE d.form WHEN 'v1' THEN e.body_v1 WHEN 'v2' THEN e.body_v2 ELSE e.body_n8n END AS body,
e.traceparent, e.tracestate,
d.tried, d.attempts, d.job_id, d.probing, d.ready_at, d.next_attempt_at, d.delivered_at, d.created_at, d.updated_at,
d.changed_at, d.version
"""
SOURCE = "mesaya_payments.deliveries d JOIN mesaya_payments.webhook_events e ON e.id = d.event_id"


def delivery_of(row: Any) -> Delivery:
    """Reads a row of COLUMNS."""
    return Delivery(
        id=row.id,
        event_id=row.event_id,
        event_type=row.event_type,
        subscriber_id=row.subscriber_id,
        payment_id=row.payment_id,
        sequence=row.sequence,
        state=DeliveryState(row.state),
        held_because=row.held_because,
        body=row.body,
        trace=_trace(row),
        tried=row.tried,
        attempts=row.attempts,
        job_id=row.job_id,
        probing=row.probing,
        ready_at=row.ready_at,
        next_attempt_at=row.next_attempt_at,
        delivered_at=row.delivered_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        changed_at=row.changed_at,
        version=row.version,
    )


def _trace(row: Any) -> dict[str, str]:
    given = {"traceparent": row.traceparent, "tracestate": row.tracestate}
    return {name: value for name, value in given.items() if value is not None}
