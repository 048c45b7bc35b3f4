"""However many deliveries change at one moment, whoever watches hears of all of them, and of what comes after."""

import asyncio
from datetime import timedelta

import pytest

from data.delivery import Delivery
from resolvers.watch_deliveries import watch_deliveries
from tests.resolvers.world import SERVICE, World
from tests.webhooks.house import house_at
from tests.webhooks.partners import add_partner

AT_ONCE = 7
CHANGED = """
UPDATE mesaya_payments.deliveries SET version = version + 1, updated_at = CAST(:at AS timestamptz) WHERE id = ANY(:ids)
"""


async def test_more_at_one_moment_than_are_read_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, woken = asyncio.Queue[None](), asyncio.Queue[None]()

    async def wake(*_: object) -> None:
        waits.put_nowait(None)
        await woken.get()

    monkeypatch.setattr("resolvers.watch_deliveries.MAX_READ", 2)
    monkeypatch.setattr("resolvers.watch_deliveries.wake", wake)
    at, told = world.runtime.clock(), asyncio.Queue[Delivery]()

    async def watch() -> None:
        async for change in watch_deliveries(world.runtime, SERVICE, None, None):
            told.put_nowait(change)

    async with house_at(world.url) as house:
        await add_partner(house.database)
        await house.create_many(AT_ONCE + 1)
        *many, last = [one.id for one in await house.deliveries()]
        await house.sql("UPDATE mesaya_payments.deliveries SET updated_at = CAST(:at AS timestamptz)", at=at)
        watching = asyncio.create_task(watch())
        for ids, moment in ((many, at + timedelta(seconds=1)), ([last], at + timedelta(seconds=2))):
            await waits.get()
            await house.sql(CHANGED, ids=ids, at=moment)
            woken.put_nowait(None)
            assert sorted([(await told.get()).id for _ in ids]) == sorted(ids)
        watching.cancel()
