"""Each provider on its bench."""

from collections.abc import AsyncIterator

import pytest

from data.database import Database
from tests.providers.bench import Bench
from tests.providers.mock_bench import mock_bench
from tests.providers.stripe_bench import stripe_bench

BENCHES = {"mock": mock_bench, "stripe": stripe_bench}


@pytest.fixture(params=BENCHES)
async def bench(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Bench]:
    async with BENCHES[request.param](database) as made:
        yield made
