"""The queue of deliveries: PgQueuer's, in our own schema, filled in the transaction that owes them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.adapters.persistence.schema_ddl import render_install
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from sqlalchemy import text

from data.database import CONNECT_SECONDS
from data.migrations.own_schema import SCHEMA
from data.transaction import Transaction

DELIVER = "deliver:"
"""Before a subscriber's id: one lane for each, so that none waits for another."""
REPLAY = "replay"
ANSWER_SECONDS = 10.0
"""A database that is silent for so long is taken for gone."""

QUEUE = DBSettings(
    prefix="",
    db_schema=SCHEMA,
    channel=Channel("mesaya_payments_jobs"),
    function="tell_of_jobs",
    statistics_table="job_statistics",
    queue_status_type="job_status",
    queue_table="jobs",
    queue_table_log="job_log",
    trigger="tell_of_jobs",
    schedules_table="job_schedules",
    durability=Durability.balanced,
)
"""All names said here, so that no variable of the environment moves them."""
_BUILDERS = QueryBuilderEnvironment(QUEUE), QueryQueueBuilder(QUEUE), QuerySchedulerBuilder(QUEUE)

_LANES = f"""
WITH RECURSIVE lanes (entrypoint) AS (
  (SELECT entrypoint FROM {SCHEMA}.jobs WHERE status = 'queued' ORDER BY entrypoint LIMIT 1)
  UNION ALL
  SELECT (SELECT j.entrypoint FROM {SCHEMA}.jobs j
          WHERE j.status = 'queued' AND j.entrypoint > lanes.entrypoint ORDER BY j.entrypoint LIMIT 1)
  FROM lanes WHERE lanes.entrypoint IS NOT NULL
)
SELECT entrypoint, EXISTS (
  SELECT FROM {SCHEMA}.jobs j
  WHERE j.status = 'queued' AND j.entrypoint = lanes.entrypoint AND j.execute_after < now()
) AS due
FROM lanes WHERE entrypoint IS NOT NULL
UNION SELECT entrypoint, true FROM {SCHEMA}.jobs WHERE status = 'picked'
"""
_CLEAR_LOG = text(f"TRUNCATE {SCHEMA}.job_log")
_BACKLOG = text(f"SELECT count(*) AS jobs FROM {SCHEMA}.jobs WHERE status IN ('queued', 'picked')")


@dataclass(frozen=True, slots=True)
class Job:
    entrypoint: str
    payload: bytes
    after: timedelta = timedelta(0)


def lane_of(subscriber_id: UUID) -> str:
    return f"{DELIVER}{subscriber_id}"


def queries_on(connection: "asyncpg.Connection[Any]") -> Queries:
    return Queries(AsyncpgDriver(connection), *_BUILDERS)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Queries]:
    """The queue on a connection of its own, which ends with the block, however it stands. Raises TROUBLE."""
    settings = {"timezone": "UTC"}
    connection = await asyncpg.connect(
        dsn, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS, server_settings=settings
    )
    try:
        yield queries_on(connection)
    finally:
        connection.terminate()


async def enqueue(connection: Transaction, jobs: Sequence[Job]) -> list[int]:
    """Their ids, in order. They are there when the transaction commits, and never if it does not."""
    if not jobs:
        return []
    ids = await queries_on(connection.connection).enqueue(
        [job.entrypoint for job in jobs],
        [job.payload for job in jobs],
        [0] * len(jobs),
        [job.after for job in jobs],
    )
    return [int(id_) for id_ in ids]


async def lanes(queries: Queries) -> dict[str, bool]:
    """The entrypoints that have jobs, and whether one is due: found without looking at each job.

    Taking jobs passes over all that are not due yet; a lane where none is has to be left out.
    """
    found: dict[str, bool] = {}
    for row in await queries.driver.fetch(_LANES):
        entrypoint = str(row["entrypoint"])
        found[entrypoint] = found.get(entrypoint, False) or bool(row["due"])
    return found


async def clear_log(connection: Transaction) -> None:
    """PgQueuer notes each step of each job; deliveries have their attempts, which say more."""
    await connection.execute(_CLEAR_LOG)


async def backlog(connection: Transaction) -> int:
    (row,) = await connection.execute(_BACKLOG)
    return int(row.jobs)


def install_script() -> str:
    """With the settings that PgQueuer advises for tables whose rows come and go all the time."""
    vacuum = QueryBuilderEnvironment(QUEUE).build_optimize_autovacuum_query()
    return f"{render_install(QUEUE, create_schema=False)}\n{vacuum}"
