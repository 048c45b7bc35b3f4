"""Waiting for what PostgreSQL tells nobody: that a connection waits for a lock."""

from functools import partial

from sqlalchemy import text

from data.database import Database
from tests.running.until import until

LIMIT_SECONDS = 30
_BLOCKED = text("""
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0 AND query ~ :query
""")


async def is_blocked(database: Database, query: str = "") -> bool:
    """Whether some connection of this database waits for another one, with a statement that matches `query`."""
    return bool(await database.reads.execute(_BLOCKED, {"query": query}))


async def until_blocked(database: Database, query: str = "") -> None:
    await until(partial(is_blocked, database, query), LIMIT_SECONDS)
