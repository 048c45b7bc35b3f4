"""A transaction is all or nothing, also where it is broken off; its connection is never lent again half done."""

import asyncio
import threading
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from data import database as module
from data.database import TROUBLE, Database
from data.transaction import Transaction
from tests.conftest import RIVALS_SECONDS, run
from tests.data.cut_off import cut_after
from tests.data.waiting import is_blocked, until_blocked
from tests.running.until import until

PROMPT_SECONDS = 20.0
"""Less than a statement may take: whoever waits behind one that was broken off does not wait for its end."""
INSERT = text("INSERT INTO things (id) VALUES (:id)")
LOCK = text("LOCK TABLE things")
SLOW_COMMIT = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE gate; RETURN NULL; END $$;
CREATE TABLE gate ();
CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION wait()
"""
OPEN = text("""
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'
""")


@pytest.fixture
async def things(database: Database, database_url: str) -> AsyncIterator[Database]:
    """With one connection for transactions: who comes next gets the one that was given back, or a new one."""
    await run(database_url, "CREATE TABLE things (id integer PRIMARY KEY)")
    few = Database(database_url, transactions=1, statement_seconds=RIVALS_SECONDS, lock_seconds=RIVALS_SECONDS)
    yield few
    await few.close()


async def kept(database: Database) -> list[int]:
    return [row.id for row in await database.reads.execute(text("SELECT id FROM things ORDER BY id"))]


async def insert(database: Database, number: int) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(INSERT, {"id": number})


async def until_nothing_is_open(database: Database) -> None:
    async def nothing_is() -> bool:
        return not await database.reads.execute(OPEN)

    await until(nothing_is, PROMPT_SECONDS)


async def test_broken_off_within_a_statement(things: Database, database: Database) -> None:
    """It waits for a lock; PostgreSQL gives it up at once, with all that was done before it."""
    async with database.transaction() as holder:
        await holder.execute(LOCK)
        task = asyncio.create_task(insert(things, 1))
        await until_blocked(database)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not await is_blocked(database)
        await holder.execute(INSERT, {"id": 2})
    await insert(things, 3)
    assert await kept(things) == [2, 3]


async def test_broken_off_between_statements(things: Database) -> None:
    reached, never = asyncio.Event(), asyncio.Event()

    async def stand() -> None:
        async with things.transaction() as transaction:
            await transaction.execute(INSERT, {"id": 1})
            reached.set()
            await never.wait()

    task = asyncio.create_task(stand())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_nothing_is_open(things)
    await insert(things, 2)
    assert await kept(things) == [2]


async def test_broken_off_within_the_commit(things: Database, database: Database, database_url: str) -> None:
    await run(database_url, SLOW_COMMIT)
    async with database.transaction() as holder:
        await holder.execute(text("LOCK TABLE gate"))
        task = asyncio.create_task(insert(things, 1))
        await until_blocked(database, "COMMIT")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not await is_blocked(database)
    await insert(things, 2)
    assert await kept(things) == [2], "what was given up before it was done is undone"


async def test_broken_off_before_it_begins(things: Database) -> None:
    """Whoever waits for a connection and goes leaves it to the next."""
    async with things.transaction():
        waiting = asyncio.create_task(insert(things, 1))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await insert(things, 2)
    assert await kept(things) == [2]


async def test_broken_off_anywhere(things: Database) -> None:
    """At every turn of the event loop that it takes: what comes after it finds a connection that is at rest."""
    done = []
    for turns in range(200):
        task = asyncio.create_task(insert(things, turns))
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with things.transaction() as transaction:
            found = await transaction.execute(text("SELECT id FROM things WHERE id = :id"), {"id": turns})
            done.append(bool(found))
    await until_nothing_is_open(things)
    assert len(done) > 5, "it was broken off"


async def test_an_error_that_was_passed_over_is_no_success(things: Database) -> None:
    """PostgreSQL answers the commit of a transaction that failed with a rollback, and calls it no error."""
    await insert(things, 1)
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        async with things.transaction() as transaction:
            await transaction.execute(INSERT, {"id": 2})
            with pytest.raises(asyncpg.UniqueViolationError):
                await transaction.execute(INSERT, {"id": 1})
    await insert(things, 3)
    assert await kept(things) == [1, 3]


async def test_a_commit_that_cannot_be_is_an_error(things: Database, database_url: str) -> None:
    await run(database_url, "ALTER TABLE things ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED")
    await run(database_url, "ALTER TABLE things DROP CONSTRAINT things_pkey")
    with pytest.raises(asyncpg.UniqueViolationError):
        async with things.transaction() as transaction:
            for _ in range(2):
                await transaction.execute(INSERT, {"id": 1})
    await insert(things, 2)
    assert await kept(things) == [2]


async def test_a_commit_whose_answer_is_lost_may_have_been_done(things: Database, database_url: str) -> None:
    """The caller hears of trouble, and finds out by asking again: the payment's row, its key, the provider."""
    async with cut_after(b"COMMIT", database_url) as url:
        behind = Database(url)
        with pytest.raises(TROUBLE):
            await insert(behind, 1)
        await behind.close()
    assert await kept(things) == [1]


async def test_a_statement_whose_answer_is_lost_was_not_done(things: Database, database_url: str) -> None:
    async with cut_after(b"INSERT INTO", database_url) as url:
        behind = Database(url)
        with pytest.raises(TROUBLE):
            await insert(behind, 1)
        await behind.close()
    await until_nothing_is_open(things)
    assert await kept(things) == []


async def test_one_that_ended_while_nobody_listened_is_not_lent(things: Database, database_url: str) -> None:
    await insert(things, 1)
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    cut = f"{end} AND datname = current_database()"
    other = threading.Thread(target=lambda: asyncio.run(run(database_url, cut)))
    other.start()
    other.join()  # our loop stands still, and has not read that it is cut off
    await insert(things, 2)
    assert await kept(things) == [1, 2]


async def test_a_connection_within_a_transaction_is_lent_to_nobody(things: Database) -> None:
    """Whatever was forgotten."""
    async with things.transaction() as transaction:
        await transaction.execute(INSERT, {"id": 1})
        await transaction.commit()
        await transaction.begin()
        await transaction.execute(INSERT, {"id": 2})
        transaction.commit = transaction.begin  # type: ignore[method-assign]
    await until_nothing_is_open(things)
    await insert(things, 3)
    assert await kept(things) == [1, 3]


async def test_reads_go_on_while_every_transaction_is_taken(things: Database) -> None:
    async with things.transaction() as transaction:
        await transaction.execute(INSERT, {"id": 1})
        assert await kept(things) == []
        assert await things.answers(PROMPT_SECONDS)


async def test_each_statement_is_told_of(things: Database) -> None:
    heard: list[str] = []
    things.time_statements(lambda word, seconds: heard.append(word) if seconds > 0 else None)
    await insert(things, 1)
    await kept(things)
    assert heard == ["INSERT", "SELECT"]


async def test_columns_are_attributes(things: Database) -> None:
    async with things.transaction() as transaction:
        given = text("""SELECT CAST(:n AS integer) AS n, '{"a": 1}'::jsonb AS read, CAST(:json AS jsonb) AS written""")
        (row,) = await transaction.execute(given, {"n": 4, "json": '{"b": 2}'})
    assert (row.n, row.read, row.written) == (4, {"a": 1}, {"b": 2})


async def test_it_does_not_wait_for_ever(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even to be undone: a server that is frozen hears of nothing."""
    monkeypatch.setattr(module, "FROZEN_SECONDS", 0.0)
    database = Database(database_url, statement_seconds=1)
    async with asyncio.timeout(RIVALS_SECONDS):
        with pytest.raises(TimeoutError):
            async with database.transaction() as transaction:
                await _sleep_in_spite_of(transaction)
    await database.close()


async def _sleep_in_spite_of(transaction: Transaction) -> None:
    await transaction.execute(text("SET LOCAL statement_timeout = 0"))
    await transaction.execute(text("SELECT pg_sleep(60)"))
