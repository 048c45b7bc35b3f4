"""Single statements: columns are attributes, figures are kept, and they are at work again after a loss."""

from functools import partial
from time import monotonic
from uuid import UUID

import asyncpg
import orjson
import pytest
from sqlalchemy import text

from data import connections, shown_payments
from data.connections import UNUSED_SECONDS, Connections
from data.database import Database, plain_dsn
from data.reads import Reads
from data.shown_payments import Page
from data.statements import Statements

ROW = text("""SELECT CAST(:n AS integer) AS number, CAST(:n AS integer) + 1 AS next,
  '{"a": 1, "long": 12345678901234567890123}'::jsonb AS value""")


def opened(database_url: str, answer_seconds: float = 30) -> tuple[Reads, Connections]:
    """With one connection."""
    few = Connections(
        plain_dsn(database_url),
        size=1,
        wait_seconds=10,
        connect_seconds=10,
        answer_seconds=answer_seconds,
        settings={"application_name": "reads"},
    )
    return Reads(few, Statements()), few


async def test_columns_are_attributes_and_positions(database: Database) -> None:
    (row,) = await database.reads.execute(ROW, {"n": 4, "more": "than is asked for"})
    assert (row.number, row.next, tuple(row)[:2]) == (4, 5, (4, 5))
    assert row.value == {"a": 1, "long": 12345678901234567890123}
    with pytest.raises(AttributeError, match="nothing"):
        _ = row.nothing


async def test_each_statement_is_told_of(database: Database) -> None:
    heard: list[str] = []
    database.time_statements(lambda word, seconds: heard.append(word) if seconds > 0 else None)
    await database.reads.execute(ROW, {"n": 1})
    assert heard == ["SELECT"]


async def test_one_plan_does_for_any_number_of_ids(database_url: str) -> None:
    """PostgreSQL tries plans for the values it is given, five times, and then goes on with one that knows none."""
    reads, few = opened(database_url)
    plans = text("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE custom_plans > 0")
    page, names = Page(None, 5, None), frozenset(["id"])
    try:
        for read in (shown_payments.by_ids, partial(shown_payments.of_reservations, page=page)):
            for number in (1, 2, 1, 9, 1, 2, 1, 40, 1, 300):
                await read(reads, [str(UUID(int=n)) for n in range(number)], None, names=names)
        assert [tuple(row) for row in await reads.execute(plans)] == [(5, 5), (5, 5)]
    finally:
        await few.close()


async def test_it_reads_again_after_its_connections_were_cut(database: Database, database_url: str) -> None:
    await database.reads.execute(ROW, {"n": 1})
    other = await asyncpg.connect(plain_dsn(database_url))
    cut = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
    )
    await other.execute(cut, other.get_server_pid())
    await other.close()
    (row,) = await database.reads.execute(ROW, {"n": 2})
    assert row.number == 2


async def test_json_is_passed_on_as_it_is_written(database: Database) -> None:
    (row,) = await database.reads.execute(
        text("""SELECT '{"a": 1.10, "long": 12345678901234567890}'::json AS value"""), {}
    )
    assert orjson.dumps(row.value) == b'{"a": 1.10, "long": 12345678901234567890}'


async def test_a_connection_that_nobody_needed_for_long_is_made_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def backend() -> int:
        (row,) = await database.reads.execute(text("SELECT pg_backend_pid() AS pid"), {})
        return int(row.pid)

    first = await backend()
    assert await backend() == first
    later = monotonic() + UNUSED_SECONDS + 1
    monkeypatch.setattr(connections, "monotonic", lambda: later)
    assert await backend() != first


async def test_a_server_that_does_not_answer_is_given_up(database_url: str) -> None:
    """Its own limit of time is not set here: a frozen server keeps none."""
    reads, few = opened(database_url, answer_seconds=1)
    with pytest.raises(TimeoutError):
        await reads.execute(text("SELECT pg_sleep(60)"), {})
    (row,) = await reads.execute(text("SELECT 1 AS number"), {})
    assert row.number == 1
    await few.close()


async def test_nothing_is_left_open(database_url: str) -> None:
    reads, few = opened(database_url)
    await reads.execute(ROW, {"n": 1})
    await few.close()
    await few.close()
