"""Brings a database to what this version needs; any number of instances may start at once."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from asyncpg import PostgresError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from data.database import sqlalchemy_url
from data.migrations.own_schema import SCHEMA

LOCK = 0x6D657361
"""Of the advisory lock under which migrations run, one instance at a time ("mesa")."""


class DatabaseAwayError(Exception):
    """The text is one line and holds nothing of the URL."""


async def migrate(url: str) -> tuple[str | None, str | None]:
    """Answers with the revision before and after. Waits while another instance migrates.

    Raises DatabaseAwayError, and UnknownShapeError where it finds another `payments` table.
    """
    engine = create_async_engine(sqlalchemy_url(url), connect_args={"server_settings": {"timezone": "UTC"}})
    try:
        async with _connected(engine) as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            await connection.commit()
            try:
                return await connection.run_sync(_upgrade)
            finally:
                await connection.rollback()
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
                await connection.commit()
    finally:
        await engine.dispose()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        connection = await engine.connect()
    except (OSError, TimeoutError, PostgresError, SQLAlchemyError) as error:
        raise DatabaseAwayError(f"DATABASE_URL: the database cannot be reached ({type(error).__name__})") from None
    try:
        yield connection
    finally:
        await connection.close()


def _upgrade(connection: Connection) -> tuple[str | None, str | None]:
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    connection.commit()
    before = _revision(connection)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()
    return before, _revision(connection)


def _revision(connection: Connection) -> str | None:
    found = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA}).get_current_revision()
    connection.rollback()
    return found


def main() -> None:
    from settings import load_settings

    url = load_settings().database_url
    if url is None:
        sys.exit("DATABASE_URL is not set; the embedded database is migrated when the service starts")
    before, after = asyncio.run(migrate(url.get_secret_value()))
    print(f"already at revision {after}" if before == after else f"migrated from {before or 'nothing'} to {after}")


if __name__ == "__main__":
    main()
