"""Waiting for what PostgreSQL tells nobody: that a connection waits for a lock."""

from datetime import timedelta
from functools import partial

from sqlalchemy import text

from data.database import Database
from tests.running.until import until

LIMIT_SECONDS = 30
_BLOCKED = text("""
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0 AND query ~ :query
AND clock_timestamp() - query_start >= CAST(:since AS interval)
""")


async def is_blocked(database: Database, query: str = "", since: timedelta = timedelta(0)) -> bool:
    """Whether some connection of this database waits for another one, with a statement that matches `query` and began
    `since` ago or earlier.
    """
    return bool(await database.reads.execute(_BLOCKED, {"query": query, "since": since}))


async def until_blocked(database: Database, query: str = "", since: timedelta = timedelta(0)) -> None:
    await until(partial(is_blocked, database, query, since), LIMIT_SECONDS)
