"""Connections: bounded in every wait, and good again by themselves after PostgreSQL was away."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from urllib.parse import unquote

import asyncpg
import pytest
from sqlalchemy import text

from data import connections, jobs
from data import database as module
from data.connections import UNUSED_SECONDS
from data.database import AWAY, PARAMETERS, TROUBLE, Database, plain_dsn
from data.embedded import EmbeddedPostgres
from data.migrate import migrate
from settings import SettingsError
from tests.conftest import FAST, RIVALS_SECONDS, run

ONE = text("SELECT 1 AS number")
BACKEND = text("SELECT pg_backend_pid() AS pid")
PATIENCE_SECONDS = 20.0
LIMIT_SECONDS = 1.0
"""Short, and yet long enough for a statement that has nothing to do, on a slow machine too."""
SLEEP = text("SELECT pg_sleep(60)")


async def one(database: Database) -> int:
    async with database.transaction() as connection:
        (row,) = await connection.execute(ONE)
        return int(row.number)


async def test_a_statement_ends_at_its_limit(database_url: str) -> None:
    database = Database(database_url, statement_seconds=LIMIT_SECONDS)
    try:
        with pytest.raises(asyncpg.QueryCanceledError, match="statement timeout"):
            async with database.transaction() as connection:
                await connection.execute(SLEEP)
        assert await one(database) == 1
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("statement_seconds", "lock_seconds", "reason"),
    [(0.1, RIVALS_SECONDS, "statement"), (RIVALS_SECONDS, 0.1, "lock")],
)
async def test_waiting_for_a_lock_ends_at_the_nearer_limit(
    database: Database, database_url: str, statement_seconds: float, lock_seconds: float, reason: str
) -> None:
    hasty = Database(database_url, statement_seconds=statement_seconds, lock_seconds=lock_seconds)
    lock = text("LOCK TABLE payments")
    try:
        async with database.transaction() as holder:
            await holder.execute(lock)
            with pytest.raises(AWAY, match=f"{reason} timeout"):
                async with hasty.transaction() as connection:
                    await connection.execute(lock)
    finally:
        await hasty.close()


async def test_a_full_pool_answers_at_its_limit(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POOL_SECONDS", 0.1)
    database = Database(database_url, transactions=2)
    try:
        async with database.transaction(), database.transaction():
            with pytest.raises(TimeoutError):
                await one(database)
        assert await one(database) == 1
    finally:
        await database.close()


async def test_the_session_is_in_utc_and_named(database: Database) -> None:
    async with database.transaction() as connection:
        (said,) = await connection.execute(
            text("SELECT current_setting('timezone') AS timezone, current_setting('application_name') AS name")
        )
        assert tuple(said) == ("UTC", "mesaya-payments")


async def test_an_exception_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as connection:
            await connection.execute(text("INSERT INTO payments (amount) VALUES (1)"))
            raise RuntimeError
    async with database.transaction() as connection:
        assert await connection.execute(text("SELECT 1 FROM payments")) == []


async def test_what_postgresql_refuses_does_not_quote_the_row(database: Database) -> None:
    """It would be in the log with what a payer wrote."""
    with pytest.raises(asyncpg.NotNullViolationError) as refused:
        async with database.transaction() as connection:
            await connection.execute(text("INSERT INTO payments (payer_email) VALUES ('ana@example.com')"))
    assert "ana@example.com" not in f"{refused.value} {refused.value.detail}"


async def test_more_statements_than_are_kept_are_translated_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.statements.MAX_STATEMENTS", 2)
    for number in (1, 2, 3, 1):
        (row,) = await database.reads.execute(text(f"SELECT {number} AS number"))
        assert row.number == number
    assert list(database.statements._translated) == ["SELECT 3 AS number", "SELECT 1 AS number"]


async def test_connections_that_were_killed_are_replaced(database: Database, database_url: str) -> None:
    await asyncio.gather(*(one(database) for _ in range(5)))
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    await run(database_url, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
    assert await asyncio.gather(*(one(database) for _ in range(5))) == [1] * 5


async def test_a_connection_that_nobody_needed_for_long_is_made_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def backend() -> int:
        async with database.transaction() as connection:
            (row,) = await connection.execute(BACKEND)
            return int(row.pid)

    first = await backend()
    assert await backend() == first
    later = monotonic() + UNUSED_SECONDS + 1
    monkeypatch.setattr(connections, "monotonic", lambda: later)
    assert await backend() != first


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """One that may be stopped, in a folder of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", FAST)
        yield server
        server.stop()


async def test_it_works_again_after_the_server_was_restarted(own_server: EmbeddedPostgres) -> None:
    database, folder = Database(own_server.url), own_server.folder
    try:
        assert await one(database) == 1
        own_server.stop()
        async with asyncio.timeout(module.CONNECT_SECONDS):
            with pytest.raises(TROUBLE):
                await one(database)
        again = await asyncio.to_thread(EmbeddedPostgres, folder)
        assert again.url == own_server.url
        assert await asyncio.gather(*(one(database) for _ in range(5))) == [1] * 5
        again.stop()
    finally:
        await database.close()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgres+asyncpg"])
@pytest.mark.parametrize("ssl", ["sslmode", "ssl"])
def test_every_form_of_url_is_taken(scheme: str, ssl: str) -> None:
    plain = "postgresql://u:p%40ss@host:5433/db?application_name=mesaya-payments&sslmode=require"
    assert plain_dsn(f"{scheme}://u:p%40ss@host:5433/db?{ssl}=require") == plain
    assert plain_dsn(plain) == plain


def test_parameters_are_passed_on(tmp_path: Path) -> None:
    root = tmp_path / "root.crt"
    root.touch()
    query = f"application_name=x&host=/run/pg&port=5433&sslmode=verify-full&sslrootcert={root}&user=u"
    assert unquote(plain_dsn(f"postgresql:///db?{query}")) == f"postgresql:///db?{query}"


WRONG = [
    ("", "is not a URL like postgresql://user:password@host:5432/database"),
    ("hunter2", "is not a URL like postgresql://user:password@host:5432/database"),
    ("postgresql://u:hunter2@host:abc/db", "is not a URL like postgresql://user:password@host:5432/database"),
    ("postgresql://u:hunter2/@host:99999/db", "its port is none of 1 to 65535"),
    ("postgresql://u:hunter2@host:0/db", "its port is none of 1 to 65535"),
    ("postgresql:///db?port=hunter2", "its port is none of 1 to 65535"),
    ("mysql://u:hunter2@host/db", "must begin with postgresql:// or postgresql+asyncpg://"),
    ("sqlite:///hunter2", "must begin with postgresql:// or postgresql+asyncpg://"),
    ("postgresql://u:hunter2@host/db?connect_timeout=5", f"its parameters are {', '.join(PARAMETERS)}"),
    ("postgresql://u:p@host/db?hunter2=x", f"its parameters are {', '.join(PARAMETERS)}"),
    (
        "postgresql://u:hunter2@host/db?sslmode=hunter2",
        "its sslmode is none of disable, allow, prefer, require, verify-ca, verify-full",
    ),
    ("postgresql://u:hunter2@host/db?sslmode=require&sslmode=allow", "its sslmode is there more than once"),
    ("postgresql://u:hunter2@host/db?sslmode=require&ssl=disable", "ssl and sslmode are one"),
    ("postgresql://u:hunter2@/db?host=one:5432&host=two:5432", "its host is there more than once"),
    ("postgresql://u:hunter2@host/db?sslmode=", "one of its parameters is empty"),
    ("postgresql://u:hunter2@host/db?target_session_attrs=x", "its target_session_attrs is none of any"),
    ("postgresql://u:hunter2@host/db?sslrootcert=/hunter2", "its sslrootcert cannot be read"),
]


@pytest.mark.parametrize(("url", "line"), WRONG)
def test_any_other_is_a_line_that_does_not_repeat_it(url: str, line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        plain_dsn(url)
    assert str(refused.value).startswith(f"DATABASE_URL: {line}")
    assert "hunter2" not in str(refused.value) and "\n" not in str(refused.value)


async def test_an_application_of_another_name(database_url: str) -> None:
    """Its name is the one at every connection: of requests, of migrations, of the feed and of the senders."""
    named = f"{database_url}&application_name=x"
    await migrate(named)
    database = Database(named)
    try:
        (said,) = await database.reads.execute(text("SELECT current_setting('application_name') AS name"))
        assert said.name == "x"
        async with jobs.connected(plain_dsn(named)) as queries:
            assert (await queries.driver.fetch("SELECT current_setting('application_name') AS name"))[0]["name"] == "x"
    finally:
        await database.close()


async def test_whether_it_answers_is_said_in_time_however_long_it_is_frozen(
    own_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.connections.GIVE_UP_SECONDS", 60)
    database = Database(own_server.url)
    try:
        assert await database.answers(PATIENCE_SECONDS)
        (row,) = await database.reads.execute(BACKEND)
        os.kill(row.pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert not await database.answers(0.1)
        finally:
            os.kill(row.pid, signal.SIGCONT)
    finally:
        await database.close()


async def test_a_server_that_is_frozen_does_not_hold_us(
    own_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FROZEN_SECONDS", 0.0)
    database = Database(own_server.url, statement_seconds=LIMIT_SECONDS)
    try:
        async with database.transaction() as connection:
            (row,) = await connection.execute(BACKEND)
        os.kill(row.pid, signal.SIGSTOP)
        try:
            with pytest.raises(TROUBLE):
                await one(database)
        finally:
            os.kill(row.pid, signal.SIGCONT)
        assert await one(database) == 1
    finally:
        await database.close()
