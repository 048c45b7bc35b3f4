"""However many deliveries change at one moment, whoever watches hears of all of them, and of what comes after."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from data.delivery import Delivery
from data.due_deliveries import Name, begin
from resolvers.watch_deliveries import watch_deliveries
from tests.resolvers.world import SERVICE, World
from tests.webhooks.house import house_at
from tests.webhooks.partners import add_partner

AT_ONCE = 7
CHANGED = "UPDATE mesaya_payments.deliveries SET version = version + 1 WHERE id = ANY(:ids)"
AT = "UPDATE mesaya_payments.deliveries SET changed_at = CAST(:at AS timestamptz) WHERE id = ANY(:ids)"


class Watching:
    """Somebody who watches, and reads on when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told, self.waits, self._woken = asyncio.Queue[Delivery](), asyncio.Queue[None](), asyncio.Queue[None]()
        monkeypatch.setattr("resolvers.watch_deliveries.wake", self._wake)

    async def watch(self, world: World) -> None:
        async for change in watch_deliveries(world.runtime, SERVICE, None, None):
            self.told.put_nowait(change)

    async def hears(self, count: int) -> list[UUID]:
        self._woken.put_nowait(None)
        return sorted([(await self.told.get()).id for _ in range(count)])

    async def _wake(self, *_: object) -> None:
        self.waits.put_nowait(None)
        await self._woken.get()


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Watching:
    return Watching(monkeypatch)


async def test_more_at_one_moment_than_are_read_at_once(
    world: World, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.watch_deliveries.MAX_READ", 2)
    async with house_at(world.url) as house:
        await add_partner(house.database)
        await house.create_many(AT_ONCE + 1)
        *many, last = [one.id for one in await house.deliveries()]
        at = datetime.now(UTC)
        await house.sql(AT, ids=[*many, last], at=at)
        watch = asyncio.create_task(watching.watch(world))
        for ids, moment in ((many, at + timedelta(seconds=1)), ([last], at + timedelta(seconds=2))):
            await watching.waits.get()
            await house.sql(CHANGED, ids=ids)
            await house.sql(AT, ids=ids, at=moment)
            assert await watching.hears(len(ids)) == sorted(ids)
        watch.cancel()


async def test_changes_of_senders_whose_clocks_differ(world: World, watching: Watching) -> None:
    async with house_at(world.url) as house:
        await add_partner(house.database)
        await house.create_many(1)
        (one,) = await house.deliveries()
        name, watch = Name(one.id, one.subscriber_id), asyncio.create_task(watching.watch(world))
        for hours in (1, -1, 0):
            await watching.waits.get()
            async with house.database.transaction() as connection:
                await begin(connection, [name], datetime.now(UTC) + timedelta(hours=hours))
            assert await watching.hears(1) == [one.id]
        watch.cancel()
