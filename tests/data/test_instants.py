"""Columns without a time zone hold UTC, wherever the server or the session believes to be; ids sort by time."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from data import changes, payments
from data.database import Database
from data.identifiers import uuid7
from data.payments import Position
from tests.conftest import run
from tests.resolvers.payments import payment

AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
"""Within an hour that many time zones skip or repeat."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
randoms = st.integers(0, 2**32).map(Random)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Guayaquil", "Europe/Berlin"])
async def test_they_hold_utc_whatever_the_time_zone(database_url: str, zone: str) -> None:
    name = database_url.partition("?")[0].rpartition("/")[2]
    await run(database_url, f"ALTER DATABASE {name} SET timezone = '{zone}'")
    database = Database(database_url)
    try:
        async with database.transaction() as connection:
            await connection.execute(text(f"SET timezone = '{zone}'"))
            local = AT.astimezone(timezone(timedelta(hours=-5)))
            await changes.insert(connection, payment(), local)
            (stored,) = await connection.execute(text("SELECT created_at, updated_at FROM payments"))
            assert tuple(stored) == (AT.replace(tzinfo=None),) * 2
            found = await payments.by_id(connection, payment().id)
            assert found is not None and found.created_at == found.updated_at == AT
            after = Position(local + timedelta(microseconds=1), UUID(int=0))
            assert await payments.page(connection, 1, after) == [found]
            before = Position(local, UUID(int=0))
            assert await payments.page(connection, 1, before) == []
    finally:
        await database.close()


@given(instants, instants, randoms)
def test_ids_sort_by_the_time_they_were_made(one: datetime, other: datetime, random: Random) -> None:
    earlier, later = sorted([one, other])
    first, second = uuid7(earlier, random), uuid7(later, random)
    if (later - EPOCH) // timedelta(milliseconds=1) > (earlier - EPOCH) // timedelta(milliseconds=1):
        assert first < second and str(first) < str(second) and first.bytes < second.bytes


@given(instants, randoms)
def test_ids_are_version_7_of_rfc_9562(now: datetime, random: Random) -> None:
    made = uuid7(now, random)
    assert made.version == 7 and made.variant == "specified in RFC 4122"
    assert made.int >> 80 == (now - EPOCH) // timedelta(milliseconds=1)


def test_ids_of_one_instant_differ() -> None:
    random = Random(7)
    assert len({uuid7(AT, random) for _ in range(10_000)}) == 10_000
