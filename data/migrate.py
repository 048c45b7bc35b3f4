"""Brings a database to what this version needs; any number of instances may start at once."""

import asyncio
import logging
import sys
from functools import partial
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from data.database import UNREACHABLE, away_in_one_line, plain_dsn
from data.migrations.own_schema import SCHEMA
from data.migrations.shared_tables import UnknownShapeError
from settings import Settings, SettingsError, load_settings

log = logging.getLogger(__name__)

LOCK_SECONDS = 2.0
"""How long others wait at most, behind a migration that waits for a table."""
PAUSE_SECONDS = 1.0
"""In which whoever waited has their turn."""
WITHOUT_LIMITS = {"statement_timeout": "0", "lock_timeout": "0"}
"""Whatever the role or the database has: a migration takes its time, and waits for its turn."""
HELD = (asyncpg.LockNotAvailableError.sqlstate, asyncpg.DeadlockDetectedError.sqlstate)
REFUSED = (asyncpg.InsufficientPrivilegeError.sqlstate, asyncpg.ReadOnlySQLTransactionError.sqlstate)
LOCK = 0x6D657361
"""Of the advisory lock under which migrations run, one instance at a time ("mesa")."""


async def migrate(url: str) -> tuple[str | None, str | None]:
    """Answers with the revision before and after. Waits while another instance migrates.

    Raises SettingsError where it cannot be reached, and UnknownShapeError where it finds another `payments` table.
    """
    engine = create_async_engine("postgresql+asyncpg://", async_creator=partial(_connected, plain_dsn(url)))
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            await connection.execute(text(f"SET lock_timeout = {int(LOCK_SECONDS * 1000)}"))
            await connection.commit()
            try:
                return await _upgraded(connection)
            finally:
                await connection.rollback()
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
                await connection.commit()
    finally:
        await engine.dispose()


async def _upgraded(connection: AsyncConnection) -> tuple[str | None, str | None]:
    """A table that others hold is tried for again and again: whoever waits for it keeps all others waiting behind."""
    before = await connection.run_sync(_revision)
    while True:
        try:
            return before, await connection.run_sync(_upgrade)
        except DBAPIError as error:
            await connection.rollback()
            state = getattr(error.orig, "sqlstate", None)
            if state in REFUSED:
                raise SettingsError(f"DATABASE_URL: its role may not migrate: {_said(error)}") from error
            if state not in HELD:
                raise
            log.warning("others hold what is to be migrated, and it is tried again: %s", _said(error))
        await asyncio.sleep(PAUSE_SECONDS)


async def _connected(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    with away_in_one_line(*UNREACHABLE):
        return await asyncpg.connect(dsn, server_settings={"timezone": "UTC", **WITHOUT_LIMITS})


def _upgrade(connection: Connection) -> str | None:
    """The revision after it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    found, newest = _revision(connection), ScriptDirectory.from_config(config).get_current_head()
    if found is not None and newest is not None and found >= newest:
        return found  # a later version has been here, and migrations only add
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    connection.commit()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()
    return _revision(connection)


def _revision(connection: Connection) -> str | None:
    found = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA}).get_current_revision()
    connection.rollback()
    return found


def _said(error: DBAPIError) -> str:
    """PostgreSQL's own words, which name a table or a type."""
    return str(error.orig.__cause__ if error.orig else error).splitlines()[0]


def main() -> None:
    try:
        before, after = asyncio.run(migrate(_url_of(load_settings())))
    except (SettingsError, UnknownShapeError) as error:
        sys.exit(str(error))
    print(f"already at revision {after}" if before == after else f"migrated from {before or 'nothing'} to {after}")


def _url_of(settings: Settings) -> str:
    if settings.database_url is None:
        raise SettingsError("DATABASE_URL is not set; the embedded database is migrated when the service starts")
    return settings.database_url.get_secret_value()


if __name__ == "__main__":
    main()
