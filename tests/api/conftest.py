from collections.abc import AsyncIterator

import pytest

from tests.api.client import Api, running


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running(database_url) as started:
        yield started
