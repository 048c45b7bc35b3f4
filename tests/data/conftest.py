"""Databases as other services left them: the two of the contract."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from data.embedded import EmbeddedPostgres
from tests.conftest import new_database, run

FOLDER = Path(__file__).parent
SHAPES = ("existing_mesaya_res", "existing_plain")


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def existing_url(empty_database_url: str, shape: str) -> str:
    """Not migrated yet."""
    await load(empty_database_url, shape)
    return empty_database_url


@pytest.fixture
async def mesaya_res_url(empty_database_url: str) -> str:
    await load(empty_database_url, "existing_mesaya_res")
    return empty_database_url


async def load(url: str, shape: str) -> None:
    await run(url, (FOLDER / f"{shape}.sql").read_text())


@pytest.fixture
async def second_database_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """To compare with."""
    async for url in new_database(postgres, "TEMPLATE template0"):
        yield url
