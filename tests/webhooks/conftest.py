from collections.abc import AsyncIterator

import pytest

from tests.webhooks.house import House, house_at
from tests.webhooks.receiver import Receiver, receiver_on_loopback


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async with house_at(database_url) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiver_on_loopback() as started:
        yield started
