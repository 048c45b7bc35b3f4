"""Waiting for what PostgreSQL tells nobody: that a connection waits for a lock."""

import asyncio

from sqlalchemy import text

from data.database import Database

LIMIT_SECONDS = 30
_BLOCKED = text("""
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0 AND query ~ :query
""")


async def until_blocked(database: Database, query: str = "") -> None:
    """Until some connection of this database waits for another one, with a statement that matches `query`."""
    async with asyncio.timeout(LIMIT_SECONDS), database.engine.connect() as connection:
        while not (await connection.execute(_BLOCKED, {"query": query})).first():
            await connection.rollback()
            await asyncio.sleep(0.01)
