"""A real PostgreSQL for the whole run, and a database of its own for each test."""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import anyio
import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from data.database import Database, plain_dsn
from data.embedded import EmbeddedPostgres
from data.migrate import migrate

TEMPLATE = "template_migrated"
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "400"}

RIVALS_SECONDS = 30.0
"""How long a statement may wait for a rival that stands still, which takes its time on a slow machine."""
ROOM_BYTES = 4 << 30

GARBAGE = 20_000
"""New objects after which garbage is looked for, which is after 700 otherwise."""

_numbers = count(1)

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")  # how long an example takes says more of the machine than of us


def pytest_collection_finish() -> None:
    """What was imported stays: to look through it for garbage, again and again, took a tenth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def in_memory() -> Path | None:
    """A file system in memory, where cloning a database takes a tenth of the time, if there is one with room."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOM_BYTES
    return shared if roomy else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    with tempfile.TemporaryDirectory(dir=in_memory(), ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", FAST)
        yield server
        server.stop()


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    async def prepare() -> None:
        await run(postgres.url, f"CREATE DATABASE {TEMPLATE}")
        await migrate(postgres.url_of(TEMPLATE))

    anyio.run(prepare)
    return TEMPLATE


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """A migrated database that this test has for itself."""
    async for url in new_database(postgres, f"TEMPLATE {template} STRATEGY FILE_COPY"):
        yield url


@pytest.fixture
async def other_database_url(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """A second one, just like `database_url`."""
    async for url in new_database(postgres, f"TEMPLATE {template} STRATEGY FILE_COPY"):
        yield url


@pytest.fixture
async def empty_database_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    async for url in new_database(postgres, "TEMPLATE template0"):
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, statement_seconds=RIVALS_SECONDS, lock_seconds=RIVALS_SECONDS)
    yield opened
    await opened.close()


async def run(url: str, sql: str) -> None:
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def new_database(postgres: EmbeddedPostgres, like: str) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    await run(postgres.url, f"CREATE DATABASE {name} {like}")
    yield postgres.url_of(name)
    await run(postgres.url, f"DROP DATABASE {name} WITH (FORCE)")
