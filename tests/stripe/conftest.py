from collections.abc import AsyncIterator

import pytest

from tests.stripe.world import StripeWorld, stripe_world


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[StripeWorld]:
    async with stripe_world(database_url) as made:
        yield made
