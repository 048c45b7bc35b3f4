"""Which deliveries are to be sent, kept back, released or looked for: what the sender asks the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text

from data.delivery import COLUMNS, SOURCE, Delivery, DeliveryState, delivery_of
from data.delivery_pages import DeliveryPosition
from data.jobs import Job, enqueue, lane_of
from data.transaction import Transaction

_LOOK = text(f"""
SELECT {COLUMNS}, (
  SELECT bool_or(before.state IN ('PENDING', 'HELD')) FROM mesaya_payments.deliveries before
  WHERE before.payment_id = d.payment_id AND before.subscriber_id = d.subscriber_id AND before.sequence < d.sequence
) AS behind
FROM {SOURCE} WHERE d.id = ANY(CAST(:ids AS uuid[]))
""")
_HOLD = text("""
UPDATE mesaya_payments.deliveries d
SET state = 'HELD', held_because = given.because, next_attempt_at = NULL, job_id = NULL, updated_at = :now,
  version = d.version + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:job_ids AS bigint[]), CAST(:reasons AS text[])) AS given (id, job_id, because)
WHERE d.id = given.id AND d.state = 'PENDING' AND d.job_id = given.job_id
""")
_CLAIM = text("""
WITH locked AS (
  SELECT d.id FROM mesaya_payments.deliveries d
  JOIN unnest(CAST(:ids AS uuid[]), CAST(:job_ids AS bigint[])) AS given (id, job_id) ON given.id = d.id
  WHERE d.state = 'PENDING' AND d.job_id = given.job_id ORDER BY d.id FOR UPDATE OF d
)
UPDATE mesaya_payments.deliveries d SET next_attempt_at = greatest(:now, d.ready_at + interval '1 microsecond')
FROM locked WHERE d.id = locked.id RETURNING d.id
""")
_BEGIN = text("""
UPDATE mesaya_payments.deliveries d
SET state = 'PENDING', held_because = NULL, next_attempt_at = :now, ready_at = :now, tried = 0, job_id = given.job_id,
  probing = :probing, updated_at = :now, version = d.version + 1
FROM unnest(CAST(:ids AS uuid[]), CAST(:job_ids AS bigint[])) AS given (id, job_id) WHERE d.id = given.id
""")
_NEXT_IN_ORDER = text("""
SELECT DISTINCT ON (done.payment_id, done.subscriber_id) after.id, after.subscriber_id
FROM unnest(CAST(:payment_ids AS uuid[]), CAST(:subscriber_ids AS uuid[]), CAST(:sequences AS integer[]))
  AS done (payment_id, subscriber_id, sequence)
JOIN mesaya_payments.deliveries after ON after.payment_id = done.payment_id
  AND after.subscriber_id = done.subscriber_id AND after.sequence > done.sequence AND after.state = 'PENDING'
  AND after.next_attempt_at = after.ready_at AND after.ready_at > :waiting_since
ORDER BY done.payment_id, done.subscriber_id, after.sequence
""")
_WAKE = text("""
UPDATE mesaya_payments.deliveries d SET job_id = given.job_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:job_ids AS bigint[])) AS given (id, job_id)
WHERE d.id = given.id AND d.state = 'PENDING'
""")
_WAKE_WAITING = text(f"{_WAKE.text} AND d.next_attempt_at = d.ready_at")
_HELD_OF = text("""
WITH RECURSIVE held (subscriber_id) AS (  -- one look into the index for each, however many deliveries they have
  (SELECT subscriber_id FROM mesaya_payments.deliveries WHERE state = 'HELD' ORDER BY subscriber_id LIMIT 1)
  UNION ALL
  SELECT (SELECT d.subscriber_id FROM mesaya_payments.deliveries d
          WHERE d.state = 'HELD' AND d.subscriber_id > held.subscriber_id ORDER BY d.subscriber_id LIMIT 1)
  FROM held WHERE held.subscriber_id IS NOT NULL
)
SELECT subscriber_id FROM held WHERE subscriber_id IS NOT NULL
""")
_HELD = text("""
SELECT id, subscriber_id FROM mesaya_payments.deliveries WHERE state = 'HELD' AND subscriber_id = :subscriber_id
ORDER BY created_at, sequence LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_STRANDED = text("""
SELECT d.id, d.subscriber_id FROM mesaya_payments.deliveries d
WHERE d.state = 'PENDING' AND NOT EXISTS (
  SELECT FROM mesaya_payments.jobs j WHERE j.id = d.job_id AND j.status IN ('queued', 'picked'))
LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_IN_STRETCH = """
FROM mesaya_payments.deliveries WHERE subscriber_id = :subscriber_id AND created_at >= :since AND created_at < :until
AND ready_at < :asked_at AND state = '{state}'
"""
"""The state is written out, so that the indexes of those not done serve: few of very many, as a rule."""
_COUNT = {state: f"(SELECT count(*) {_IN_STRETCH.format(state=state)})" for state in DeliveryState}
_OF_STRETCH = {
    state: text(f"""
SELECT id, subscriber_id, created_at {_IN_STRETCH.format(state=state)} AND (created_at, id) > (:after_at, :after_id)
ORDER BY created_at, id LIMIT :limit FOR UPDATE
""")
    for state in DeliveryState
}


@dataclass(frozen=True, slots=True)
class Looked:
    delivery: Delivery
    behind: bool | None
    """An earlier event of the same payment has not reached this subscriber yet. None: there is no earlier one."""


@dataclass(frozen=True, slots=True)
class Hold:
    delivery: Delivery
    because: str


@dataclass(frozen=True, slots=True)
class Name:
    """All that a delivery is queued by."""

    id: UUID
    subscriber_id: UUID


@dataclass(frozen=True, slots=True)
class Stretch:
    """A subscriber's deliveries made from `since` and before `until`, those begun again after `asked_at` left out."""

    subscriber_id: UUID
    since: datetime
    until: datetime
    states: tuple[DeliveryState, ...]
    asked_at: datetime


async def look(connection: Transaction, ids: Sequence[UUID]) -> dict[UUID, Looked]:
    rows = await connection.execute(_LOOK, {"ids": list(ids)})
    return {row.id: Looked(delivery_of(row), row.behind) for row in rows}


async def hold(connection: Transaction, holds: Sequence[Hold], now: datetime) -> None:
    if holds:
        given = {
            "ids": [one.delivery.id for one in holds],
            "job_ids": [one.delivery.job_id for one in holds],
            "reasons": [one.because for one in holds],
        }
        await connection.execute(_HOLD, given | {"now": now})


async def claim(connection: Transaction, deliveries: Sequence[Delivery], now: datetime) -> set[UUID]:
    """Says of deliveries that may be waited for that their first attempt begins; those overtaken are left out.

    From here on `wake_next` leaves them to the job that has them.
    """
    if not deliveries:
        return set()
    given = {"ids": [one.id for one in deliveries], "job_ids": [one.job_id for one in deliveries], "now": now}
    return {row.id for row in await connection.execute(_CLAIM, given)}


async def begin(connection: Transaction, names: Sequence[Name], now: datetime, *, probing: bool = False) -> None:
    """Sent now, whatever became of them before, and the schedule starts anew; under their row locks."""
    given = await _queued(connection, names)
    if names:
        await connection.execute(_BEGIN, given | {"now": now, "probing": probing})


async def wake_next(connection: Transaction, done: Sequence[Delivery], waiting_since: datetime) -> None:
    """What waits for these, unless it was begun before `waiting_since` and waits no more.

    In a transaction after theirs, so that none slips through between.
    """
    if not done:
        return
    given = {
        "payment_ids": [one.payment_id for one in done],
        "subscriber_ids": [one.subscriber_id for one in done],
        "sequences": [one.sequence for one in done],
        "waiting_since": waiting_since,
    }
    await _wake(connection, [Name(*row) for row in await connection.execute(_NEXT_IN_ORDER, given)], _WAKE_WAITING)


async def subscribers_held(connection: Transaction) -> list[UUID]:
    return [row.subscriber_id for row in await connection.execute(_HELD_OF)]


async def held(connection: Transaction, subscriber_id: UUID, limit: int) -> list[Name]:
    """The oldest first, each given to one caller."""
    rows = await connection.execute(_HELD, {"subscriber_id": subscriber_id, "limit": limit})
    return [Name(*row) for row in rows]


async def count(connection: Transaction, stretch: Stretch) -> int:
    """In one statement: a delivery that goes from one state to another meanwhile is counted once."""
    if not stretch.states:
        return 0
    counts = " + ".join(_COUNT[state] for state in sorted(set(stretch.states)))
    (row,) = await connection.execute(text(f"SELECT {counts} AS deliveries"), _stretched(stretch))
    return int(row.deliveries)


async def of_stretch(
    connection: Transaction, stretch: Stretch, state: DeliveryState, after: DeliveryPosition | None, limit: int
) -> tuple[list[Name], DeliveryPosition | None]:
    """The oldest first, held until the transaction ends; and where to go on, if there may be more."""
    start = after or DeliveryPosition(stretch.since, UUID(int=0))
    given = _stretched(stretch) | {"after_at": start.created_at, "after_id": start.id, "limit": limit}
    rows = await connection.execute(_OF_STRETCH[state], given)
    more = DeliveryPosition(rows[-1].created_at, rows[-1].id) if len(rows) == limit else None
    return [Name(row.id, row.subscriber_id) for row in rows], more


async def queue_stranded(connection: Transaction, limit: int) -> int:
    """Deliveries whose job is gone, by an error of ours or of the queue, get another. How many there were."""
    names = [Name(*row) for row in await connection.execute(_STRANDED, {"limit": limit})]
    await _wake(connection, names, _WAKE)
    return len(names)


async def _wake(connection: Transaction, names: Sequence[Name], statement: TextClause) -> None:
    if names:
        await connection.execute(statement, await _queued(connection, names))


async def _queued(connection: Transaction, names: Sequence[Name]) -> dict[str, list[object]]:
    jobs = [Job(lane_of(name.subscriber_id), name.id.bytes) for name in names]
    return {"ids": [name.id for name in names], "job_ids": list(await enqueue(connection, jobs))}


def _stretched(stretch: Stretch) -> dict[str, object]:
    return {
        "subscriber_id": stretch.subscriber_id,
        "since": stretch.since,
        "until": stretch.until,
        "asked_at": stretch.asked_at,
    }
