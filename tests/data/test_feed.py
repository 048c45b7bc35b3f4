"""The feed wakes watchers at every commit, and everybody after it was deaf for a while."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from data import changes
from data.database import Database, plain_dsn
from data.feed import RECONNECT_SECONDS, Feed, Watch
from tests.conftest import run
from tests.resolvers.payments import payment

LIMIT_SECONDS = 30
NOTIFY = "SELECT pg_notify('mesaya_payments_changed', '{}')"
LISTENS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
KILL = f"SELECT pg_terminate_backend(pid) FROM ({LISTENS})"


@pytest.fixture
async def feed(database_url: str) -> AsyncIterator[Feed]:
    """It connects anew at once, and never asks by itself whether its connection is lost."""
    made = Feed(plain_dsn(database_url), _soon)
    task = asyncio.create_task(made.run())
    await asyncio.wait_for(made.listening.wait(), LIMIT_SECONDS)
    yield made
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _soon(seconds: float) -> None:
    if seconds != RECONNECT_SECONDS:
        await asyncio.Event().wait()


async def woken(event: Watch) -> None:
    await asyncio.wait_for(event.wait(), LIMIT_SECONDS)
    event.clear()


async def test_a_commit_wakes_those_who_watch_that_payment(feed: Feed, database: Database) -> None:
    made = payment()
    async with feed.watch(made.id) as mine, feed.watch(made.id) as also, feed.watch(uuid4()) as other:
        async with database.transaction() as connection:
            await changes.insert(connection, made, datetime.now(UTC))
            assert not mine.is_set()
        await woken(mine)
        await woken(also)
        assert not other.is_set()


async def test_a_look_that_finds_nothing_new_wakes_nobody(feed: Feed, database: Database) -> None:
    """Or each look at one payment would cost as many reads as it has watchers."""
    looked_at, changed = payment(), replace(payment(), id=uuid4())
    async with feed.watch(looked_at.id) as quiet, feed.watch(changed.id) as last:
        async with database.transaction() as connection:
            for made in (looked_at, changed):
                await changes.insert(connection, made, datetime.now(UTC))
        await woken(quiet)
        await woken(last)
        async with database.transaction() as connection:
            await changes.save(connection, replace(looked_at, checks=1), [], datetime.now(UTC))
        async with database.transaction() as connection:
            await changes.save(connection, replace(changed, sequence=2), [], datetime.now(UTC))
        await woken(last)
        assert not quiet.is_set(), "wakes come in the order of the commits"


async def test_a_connection_that_has_died_in_silence_is_noticed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.feed.CONNECT_SECONDS", 1.0)
    ask = asyncio.Event()

    async def sleep(seconds: float) -> None:
        if seconds != RECONNECT_SECONDS:
            await ask.wait()
            ask.clear()

    feed = Feed(plain_dsn(database_url), sleep)
    task = asyncio.create_task(feed.run())
    await asyncio.wait_for(feed.listening.wait(), LIMIT_SECONDS)
    connection = await asyncpg.connect(plain_dsn(database_url))
    pid = await connection.fetchval(LISTENS)
    async with feed.watch(uuid4()) as mine:
        os.kill(pid, signal.SIGSTOP)
        try:
            ask.set()
            await woken(mine)
        finally:
            os.kill(pid, signal.SIGCONT)
    await connection.close()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_foreign_write_wakes_too(feed: Feed, database: Database, database_url: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("INSERT INTO payments (payment_id, amount) VALUES (:id, 5)"), {"id": UUID(int=5)})
    async with feed.watch(UUID(int=5)) as mine:
        await run(database_url, "UPDATE payments SET payment_status = 'succeeded'")
        await woken(mine)


async def test_everybody_is_woken_once_its_connection_is_back(feed: Feed, database_url: str) -> None:
    async with feed.watch(uuid4()) as one, feed.watch(uuid4()) as other:
        for _ in range(3):
            await run(database_url, KILL)
            await woken(one)
            await woken(other)
            await feed.listening.wait()


async def test_no_mistake_of_ours_ends_it(feed: Feed, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listen, failed = Feed._listen, asyncio.Event()

    async def fails_once(feed: Feed) -> None:
        if not failed.is_set():
            failed.set()
            raise AssertionError
        await listen(feed)

    monkeypatch.setattr(Feed, "_listen", fails_once)
    async with asyncio.timeout(LIMIT_SECONDS), feed.watch(uuid4()) as one:
        await run(database_url, KILL)
        await failed.wait()
        await woken(one)


async def test_it_hears_after_its_connection_was_lost(feed: Feed, database_url: str) -> None:
    mine = uuid4()
    async with feed.watch(mine) as event:
        await run(database_url, KILL)
        await woken(event)
        await feed.listening.wait()
        await run(database_url, NOTIFY.format(mine))
        await woken(event)


async def test_what_is_no_payments_id_is_passed_over(feed: Feed, database_url: str) -> None:
    mine = uuid4()
    async with feed.watch(mine) as event:
        await run(database_url, NOTIFY.format("nonsense"))
        await run(database_url, NOTIFY.format(mine))
        await woken(event)


async def test_nobody_is_remembered_who_watches_no_more(feed: Feed) -> None:
    async with feed.watch(uuid4()):
        assert feed._watchers
    assert not feed._watchers
