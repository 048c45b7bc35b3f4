"""Migrating: any number at once, killed at the worst moment, by command."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from data.database import Database, plain_dsn
from data.migrate import migrate
from tests.api.client import running
from tests.conftest import run
from tests.data.revisions import NEWEST
from tests.data.snapshots import snapshot
from tests.data.waiting import until_blocked
from tests.webhooks.partners import add_partner
from tests.webhooks.receiver import receiver_on_loopback

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 60
LIMIT = timedelta(milliseconds=100)
"""Of a statement, in a database that sets one."""


async def test_several_at_once_migrate_once(existing_url: str) -> None:
    said = await asyncio.gather(*(migrate(existing_url) for _ in range(5)))
    assert sorted(said, key=str) == [(NEWEST, NEWEST)] * 4 + [(None, NEWEST)]


async def test_several_processes_at_once_migrate_an_empty_database_once(empty_database_url: str) -> None:
    processes = [await command(empty_database_url) for _ in range(3)]
    said = [await finished(process) for process in processes]
    assert sorted(said) == [f"already at revision {NEWEST}"] * 2 + [f"migrated from nothing to {NEWEST}"]


async def test_killed_half_way_it_starts_again(existing_url: str) -> None:
    before = await snapshot(existing_url)
    async with columns_kept_from_being_added(existing_url) as database:
        process = await command(existing_url)
        await until_blocked(database, "ALTER TABLE payments")
        process.kill()
        await process.wait()
    half = await snapshot(existing_url)
    assert half.columns_of("payments") == before.columns_of("payments")
    assert len(half.labels) > len(before.labels), "the labels were committed"
    assert await migrate(existing_url) == (None, NEWEST)
    after = await snapshot(existing_url)
    assert after.labels == half.labels
    assert "metadata" in after.columns_of("payments")


async def test_waits_for_the_one_that_migrates(existing_url: str) -> None:
    async with columns_kept_from_being_added(existing_url) as database:
        first = asyncio.create_task(migrate(existing_url))
        await until_blocked(database, "ALTER TABLE payments")
        second = asyncio.create_task(migrate(existing_url))
        await until_blocked(database, "pg_advisory_lock")
    assert (await first, await second) == ((None, NEWEST), (NEWEST, NEWEST))


async def test_whoever_reads_meanwhile_does_not_wait_behind_it(
    existing_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dump holds the table; the gateway goes on."""
    monkeypatch.setattr("data.migrate.LOCK_SECONDS", 0.1)
    async with columns_kept_from_being_added(existing_url) as database:
        migrating = asyncio.create_task(migrate(existing_url))
        await until_blocked(database, "ALTER TABLE payments")
        for _ in range(3):
            await database.reads.execute(text("SELECT FROM payments"))
        assert not migrating.done()
    assert await migrating == (None, NEWEST)


async def test_a_limit_of_the_database_is_none_of_a_migrations(existing_url: str) -> None:
    (name,) = await rows(existing_url, "SELECT current_database()")
    await run(existing_url, f"ALTER DATABASE {name[0]} SET statement_timeout = {LIMIT // timedelta(milliseconds=1)}")
    async with columns_kept_from_being_added(existing_url) as database:
        first, second = (asyncio.create_task(migrate(existing_url)) for _ in range(2))
        await until_blocked(database, "ALTER TABLE payments")
        await until_blocked(database, "pg_advisory_lock", 2 * LIMIT)
        await until_blocked(database, "ALTER TABLE payments", 2 * LIMIT)
    assert sorted(await asyncio.gather(first, second), key=str) == [(NEWEST, NEWEST), (None, NEWEST)]


async def test_what_a_later_version_has_migrated_is_left_alone(database_url: str) -> None:
    """So that a deployment can be taken back, and an older instance starts again meanwhile."""
    await run(database_url, "UPDATE mesaya_payments.alembic_version SET version_num = '9999'")
    assert await migrate(database_url) == ("9999", "9999")


async def test_once_all_is_migrated_no_more_rights_are_needed_than_to_read_and_write(
    database_url: str, database: Database
) -> None:
    """The README says which."""
    async with receiver_on_loopback() as receiver:
        await add_partner(database, receiver.url())
        async with role(database_url, "USAGE ON SCHEMA mesaya_payments") as url:
            await run(database_url, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA mesaya_payments TO clerk")
            assert await migrate(url) == (NEWEST, NEWEST)
            async with running(url) as api:
                payment = (await api.opened())["payment"]
                await api.pay(payment["checkoutUrl"])
                await receiver.until_received(2)
                assert (await api.payment(payment["id"]))["status"] == "SUCCEEDED"


async def test_a_role_that_may_not_migrate_is_one_line(existing_url: str) -> None:
    (name,) = await rows(existing_url, "SELECT current_database()")
    async with role(existing_url, f"CREATE ON DATABASE {name[0]}") as url:
        process = await command(url)
        _, said = await process.communicate()
    assert process.returncode == 1
    (line,) = said.decode().strip().splitlines()
    assert re.fullmatch("DATABASE_URL: its role may not migrate: (must be owner of|permission denied for) .*", line)


@asynccontextmanager
async def role(url: str, rights: str) -> AsyncIterator[str]:
    """A URL of this database for somebody with these rights, who reads and writes tables."""
    await run(url, f"CREATE ROLE clerk LOGIN; GRANT {rights} TO clerk")
    for schema in ("public", "mesaya_payments"):
        if await rows(url, f"SELECT 1 FROM pg_namespace WHERE nspname = '{schema}'"):
            await run(url, f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO clerk")
    try:
        yield url.replace("postgres:@", "clerk:@")
    finally:
        await run(url, "DROP OWNED BY clerk; DROP ROLE clerk")


async def rows(url: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


@pytest.mark.parametrize("scheme", ["postgresql://", "postgresql+asyncpg://"])
async def test_the_command_takes_both_forms(empty_database_url: str, scheme: str) -> None:
    url = scheme + empty_database_url.partition("://")[2]
    assert await finished(await command(url)) == f"migrated from nothing to {NEWEST}"
    assert await finished(await command(url)) == f"already at revision {NEWEST}"


async def test_the_command_says_in_a_line_what_is_missing() -> None:
    process = await command(None)
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().strip().splitlines()[-1].startswith("DATABASE_URL is not set")


async def command(url: str | None) -> Process:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    if url is not None:
        environment["DATABASE_URL"] = url
    folder = Path(__file__).parent  # without a .env of somebody's own
    return await create_subprocess_exec(
        sys.executable, "-m", "data.migrate", env=environment, cwd=folder, stdout=PIPE, stderr=PIPE
    )


async def finished(process: Process) -> str:
    said, errors = await asyncio.wait_for(process.communicate(), LIMIT_SECONDS)
    assert process.returncode == 0, errors.decode()
    return said.decode().strip()


@asynccontextmanager
async def columns_kept_from_being_added(url: str) -> AsyncIterator[Database]:
    """Whoever migrates waits at the step after the one that adds labels."""
    database = Database(url)
    try:
        async with database.transaction() as connection:
            await connection.execute(text("SELECT FROM payments"))
            yield database
    finally:
        await database.close()
