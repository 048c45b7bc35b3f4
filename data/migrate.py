"""Brings a database to what this version needs; any number of instances may start at once."""

import asyncio
import sys
from functools import partial
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from data.database import UNREACHABLE, away_in_one_line, plain_dsn
from data.migrations.own_schema import SCHEMA
from data.migrations.shared_tables import UnknownShapeError
from settings import Settings, SettingsError, load_settings

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
            await connection.commit()
            try:
                return await connection.run_sync(_upgrade)
            finally:
                await connection.rollback()
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
                await connection.commit()
    finally:
        await engine.dispose()


async def _connected(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    with away_in_one_line(*UNREACHABLE):
        return await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})


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
