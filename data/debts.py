"""Writing what subscribers are owed: events kept, and a delivery for each subscriber of each, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from data.jobs import Job, enqueue, lane_of
from data.transaction import Transaction

_KEEP = text("""
INSERT INTO mesaya_payments.webhook_events
  (id, type, payment_id, sequence, body_v1, body_v2, body_n8n, fanned_out, created_at, traceparent, tracestate)
VALUES (:id, :type, :payment_id, :sequence, :body_v1, :body_v2, :body_n8n, :fanned_out, :created_at, :traceparent,
  :tracestate)
ON CONFLICT (payment_id, sequence) DO NOTHING RETURNING id
""")
_OWE = text("""
INSERT INTO mesaya_payments.deliveries (id, event_id, subscriber_id, form, payment_id, sequence, state, held_because,
  job_id, ready_at, next_attempt_at, created_at, updated_at)
SELECT new.id, new.event_id, new.subscriber_id, new.form, new.payment_id, new.sequence,
  CASE WHEN new.held_because IS NULL THEN 'PENDING' ELSE 'HELD' END, new.held_because, new.job_id, :now,
  CASE WHEN new.held_because IS NULL THEN CAST(:now AS timestamptz) END, :now, :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:event_ids AS uuid[]), CAST(:subscriber_ids AS uuid[]), CAST(:forms AS text[]),
  CAST(:payment_ids AS uuid[]), CAST(:sequences AS integer[]), CAST(:reasons AS text[]), CAST(:job_ids AS bigint[]))
  AS new (id, event_id, subscriber_id, form, payment_id, sequence, held_because, job_id)
ON CONFLICT (event_id, subscriber_id) DO NOTHING
""")
_WAITING = text("""
SELECT id, type, payment_id, sequence, created_at FROM mesaya_payments.webhook_events
WHERE NOT fanned_out ORDER BY created_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_OWED_TO_NOBODY = text("""
DELETE FROM mesaya_payments.webhook_events e WHERE e.id = ANY(CAST(:ids AS uuid[]))
AND (SELECT count(*) FROM mesaya_payments.deliveries d WHERE d.event_id = e.id) = 0
""")
_FANNED_OUT = text("UPDATE mesaya_payments.webhook_events SET fanned_out = true WHERE id = ANY(CAST(:ids AS uuid[]))")


@dataclass(frozen=True, slots=True)
class KeptEvent:
    id: UUID
    type: str
    payment_id: UUID
    sequence: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Debt:
    """A delivery to come."""

    id: UUID
    event: KeptEvent
    subscriber_id: UUID
    form: str
    held_because: str | None


async def keep(
    connection: Transaction,
    event: KeptEvent,
    bodies: tuple[bytes, bytes, bytes],
    trace: Mapping[str, str],
    *,
    fanned_out: bool,
) -> bool:
    """Whether it was not there: a payment is told of each step once, also if its checkout is found a second time.

    `bodies` are those of v1, v2 and n8n; `trace` the headers of the trace it happened in, if it did in one.
    """
    given: dict[str, Any] = {
        "id": event.id,
        "type": event.type,
        "payment_id": event.payment_id,
        "sequence": event.sequence,
        "created_at": event.created_at,
        "fanned_out": fanned_out,
        "traceparent": trace.get("traceparent"),
        "tracestate": trace.get("tracestate"),
    }
    v1, v2, n8n = bodies
    return bool(await connection.execute(_KEEP, given | {"body_v1": v1, "body_v2": v2, "body_n8n": n8n}))


async def owe(connection: Transaction, debts: Sequence[Debt], now: datetime) -> None:
    """With the job of each that is not held. One that is owed already stays as it is; its second job finds nothing."""
    if not debts:
        return
    sent = [debt for debt in debts if debt.held_because is None]
    ids = await enqueue(connection, [Job(lane_of(debt.subscriber_id), debt.id.bytes) for debt in sent])
    jobs = {debt.id: job_id for debt, job_id in zip(sent, ids, strict=True)}
    given = {
        "ids": [debt.id for debt in debts],
        "event_ids": [debt.event.id for debt in debts],
        "subscriber_ids": [debt.subscriber_id for debt in debts],
        "forms": [debt.form for debt in debts],
        "payment_ids": [debt.event.payment_id for debt in debts],
        "sequences": [debt.event.sequence for debt in debts],
        "reasons": [debt.held_because for debt in debts],
        "job_ids": [jobs.get(debt.id) for debt in debts],
        "now": now,
    }
    await connection.execute(_OWE, given)


async def waiting(connection: Transaction, limit: int) -> list[KeptEvent]:
    """Events whose subscribers were not known when they happened, oldest first; held until the transaction ends."""
    rows = await connection.execute(_WAITING, {"limit": limit})
    return [KeptEvent(row.id, row.type, row.payment_id, row.sequence, row.created_at) for row in rows]


async def fanned_out(connection: Transaction, events: Sequence[KeptEvent]) -> None:
    """After `owe`. Those that are owed to nobody are removed: nothing would ever ask for them."""
    ids = {"ids": [event.id for event in events]}
    await connection.execute(_OWED_TO_NOBODY, ids)
    await connection.execute(_FANNED_OUT, ids)
