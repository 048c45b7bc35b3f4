from collections.abc import AsyncIterator

import pytest

from data.embedded import EmbeddedPostgres
from tests.api.client import Api, running
from tests.conftest import new_database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running(database_url) as started:
        yield started


@pytest.fixture(scope="module")
async def shared_api(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Api]:
    """One service for all tests of a module that do not mind each other."""
    async for url in new_database(postgres, f"TEMPLATE {template} STRATEGY FILE_COPY"):
        async with running(url) as started:
            yield started
