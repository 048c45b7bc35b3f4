"""Recording attempts and what they make of their deliveries: one statement for any number of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from data.attempt import Attempt, AttemptError
from data.delivery import Delivery, DeliveryState
from data.jobs import Job, enqueue, lane_of
from data.transaction import Transaction

_RECORD = text("""
WITH given AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:began AS timestamptz[]), CAST(:states AS text[]),
    CAST(:reasons AS text[]), CAST(:next_job_ids AS bigint[]), CAST(:next_at AS timestamptz[]),
    CAST(:started AS timestamptz[]), CAST(:durations AS integer[]), CAST(:statuses AS integer[]),
    CAST(:bodies AS text[]), CAST(:errors AS text[]))
  AS given (id, ready_at, state, held_because, next_job_id, next_at, started_at, duration_ms, response_status,
    response_body, error)
), locked AS (
  SELECT d.id, d.state = 'PENDING' AND d.ready_at = given.ready_at AS current
  FROM mesaya_payments.deliveries d JOIN given ON given.id = d.id ORDER BY d.id FOR UPDATE OF d
), counted AS (
  UPDATE mesaya_payments.deliveries d SET
    state = CASE WHEN l.current THEN given.state ELSE d.state END,
    held_because = CASE WHEN l.current THEN given.held_because ELSE d.held_because END,
    job_id = CASE WHEN l.current THEN given.next_job_id ELSE d.job_id END,
    next_attempt_at = CASE WHEN l.current THEN given.next_at ELSE d.next_attempt_at END,
    tried = CASE WHEN l.current AND given.state <> 'HELD' THEN d.tried + 1 ELSE d.tried END,
    probing = CASE WHEN l.current THEN false ELSE d.probing END,
    delivered_at = CASE WHEN given.error IS NULL THEN CAST(:now AS timestamptz) ELSE d.delivered_at END,
    attempts = d.attempts + 1, version = d.version + 1, updated_at = :now
  FROM given JOIN locked l ON l.id = given.id WHERE d.id = given.id
  RETURNING d.id, d.attempts
)
INSERT INTO mesaya_payments.delivery_attempts
  (delivery_id, number, started_at, duration_ms, response_status, response_body, error)
SELECT counted.id, counted.attempts, given.started_at, given.duration_ms, given.response_status, given.response_body,
  given.error
FROM counted JOIN given ON given.id = counted.id
""")
_OF = text("""
SELECT delivery_id, started_at, duration_ms, response_status, response_body, error
FROM mesaya_payments.delivery_attempts WHERE delivery_id = ANY(CAST(:ids AS uuid[])) ORDER BY delivery_id, number
""")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt makes of its delivery."""

    delivery: Delivery
    """As it was when the attempt began."""
    attempt: Attempt
    state: DeliveryState
    held_because: str | None = None
    wait: timedelta | None = None
    """Until the next attempt, of one that stays PENDING."""


async def record(connection: Transaction, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Each delivery at most once. One that was begun anew meanwhile keeps its new state; the attempt is on record."""
    waiting = [one for one in outcomes if one.wait is not None]
    jobs = [
        Job(lane_of(one.delivery.subscriber_id), one.delivery.id.bytes, one.wait or timedelta(0)) for one in waiting
    ]
    job_ids = {one.delivery.id: id_ for one, id_ in zip(waiting, await enqueue(connection, jobs), strict=True)}
    given = {
        "ids": [one.delivery.id for one in outcomes],
        "began": [one.delivery.ready_at for one in outcomes],
        "states": [str(one.state) for one in outcomes],
        "reasons": [one.held_because for one in outcomes],
        "next_job_ids": [job_ids.get(one.delivery.id) for one in outcomes],
        "next_at": [None if one.wait is None else now + one.wait for one in outcomes],
        "started": [one.attempt.started_at for one in outcomes],
        "durations": [one.attempt.duration_ms for one in outcomes],
        "statuses": [one.attempt.response_status for one in outcomes],
        "bodies": [one.attempt.response_body for one in outcomes],
        "errors": [one.attempt.error and str(one.attempt.error) for one in outcomes],
        "now": now,
    }
    await connection.execute(_RECORD, given)


async def of(connection: Transaction, ids: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """By delivery, the first attempt first."""
    found: dict[UUID, list[Attempt]] = {id_: [] for id_ in ids}
    for row in await connection.execute(_OF, {"ids": list(ids)}):
        error = None if row.error is None else AttemptError(row.error)
        attempt = Attempt(row.started_at, row.duration_ms, row.response_status, row.response_body, error)
        found[row.delivery_id].append(attempt)
    return found
