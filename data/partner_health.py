"""How partners' receivers do: failing since when, and stopped when that lasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from data.transaction import Transaction

_OF = text("""
SELECT subscriber_id, failing_since, stopped_because, stopped_at, stopped_url
FROM mesaya_payments.partner_health WHERE subscriber_id = ANY(CAST(:ids AS uuid[]))
""")
_MOVED = text("""
UPDATE mesaya_payments.partner_health h
SET failing_since = NULL, stopped_because = NULL, stopped_at = NULL, stopped_url = NULL, probe_at = NULL
FROM unnest(CAST(:ids AS uuid[]), CAST(:urls AS text[])) AS failed (id, url)
WHERE h.subscriber_id = failed.id AND h.stopped_url <> failed.url
""")
_FAILED = text("""
INSERT INTO mesaya_payments.partner_health (subscriber_id, failing_since)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:since AS timestamptz[])) AS failed (id, since) ORDER BY id
ON CONFLICT (subscriber_id) DO UPDATE
SET failing_since = coalesce(partner_health.failing_since, excluded.failing_since)
RETURNING subscriber_id, failing_since
""")
_WELL = text("""
UPDATE mesaya_payments.partner_health
SET failing_since = NULL, stopped_because = NULL, stopped_at = NULL, stopped_url = NULL, probe_at = NULL
WHERE subscriber_id = ANY(CAST(:ids AS uuid[])) AND (failing_since IS NOT NULL OR stopped_at IS NOT NULL)
""")
_STOP = text("""
UPDATE mesaya_payments.partner_health
SET stopped_because = :because, stopped_at = :now, stopped_url = :url, probe_at = :probe_at
WHERE subscriber_id = :id AND (stopped_at IS NULL OR (probe_at IS NOT NULL AND CAST(:probe_at AS timestamptz) IS NULL))
""")
_DUE = text("""
SELECT subscriber_id FROM mesaya_payments.partner_health h
WHERE probe_at <= :now AND EXISTS (
  SELECT FROM mesaya_payments.deliveries d WHERE d.subscriber_id = h.subscriber_id AND d.state = 'HELD')
FOR UPDATE SKIP LOCKED
""")
_PUT_OFF = text("""
UPDATE mesaya_payments.partner_health SET probe_at = :again_at WHERE subscriber_id = ANY(CAST(:ids AS uuid[]))
""")


@dataclass(frozen=True, slots=True)
class Health:
    subscriber_id: UUID
    failing_since: datetime | None = None
    stopped_because: str | None = None
    stopped_at: datetime | None = None
    stopped_url: str | None = None
    """Another URL than this one is another receiver, to be tried."""


@dataclass(frozen=True, slots=True)
class Failure:
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Stop:
    subscriber_id: UUID
    because: str
    url: str
    probe_after: timedelta | None
    """None: never asked again by ourselves."""

    @property
    def for_good(self) -> bool:
        return self.probe_after is None


async def of(connection: Transaction, ids: Sequence[UUID]) -> dict[UUID, Health]:
    """Those that have failed since they last did well."""
    return {row.subscriber_id: Health(*row) for row in await connection.execute(_OF, {"ids": list(ids)})}


async def failed(connection: Transaction, failures: Mapping[UUID, Failure]) -> dict[UUID, datetime]:
    """By subscriber, since when nothing but failures. At another URL than the one that was stopped it begins anew."""
    if not failures:
        return {}
    given = {"ids": list(failures), "since": [failure.at for failure in failures.values()]}
    await connection.execute(_MOVED, {"ids": given["ids"], "urls": [failure.url for failure in failures.values()]})
    return {row.subscriber_id: row.failing_since for row in await connection.execute(_FAILED, given)}


async def well(connection: Transaction, ids: Sequence[UUID]) -> None:
    if ids:
        await connection.execute(_WELL, {"ids": sorted(ids)})


async def stop(connection: Transaction, stop: Stop, now: datetime) -> None:
    """What is stopped already is stopped anew only for good."""
    given = {"id": stop.subscriber_id, "because": stop.because, "url": stop.url, "now": now}
    probe_at = None if stop.probe_after is None else now + stop.probe_after
    await connection.execute(_STOP, given | {"probe_at": probe_at})


async def due_probes(connection: Transaction, now: datetime, again_at: datetime) -> list[UUID]:
    """Stopped subscribers with something to try them with, each given to one caller."""
    ids = [row.subscriber_id for row in await connection.execute(_DUE, {"now": now})]
    if ids:
        await connection.execute(_PUT_OFF, {"ids": ids, "again_at": again_at})
    return ids
