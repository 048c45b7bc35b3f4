"""What changes just after a look is told at once: nothing is lost between the look and the wait."""

import asyncio

import pytest

from data.status import Status
from resolvers.verify import verify
from resolvers.watch import watch
from tests.conftest import run
from tests.resolvers.world import SERVICE, World

PATIENCE_SECONDS = 30
WAKE = "SELECT pg_notify('mesaya_payments_changed', '{}')"


@pytest.mark.parametrize("look", ["first", "later"])
async def test_what_changes_just_after_a_look_is_told(world: World, look: str) -> None:
    payment = await world.checkout()

    async def paid() -> None:
        """And everybody who watches has heard of it."""
        async with world.runtime.feed.watch(payment.id) as heard:
            world.provider.pay(payment.id)
            await verify(world.runtime, SERVICE, payment.id, None)
            await heard.wait()

    steps = watch(world.runtime, SERVICE, payment.id, None, None, keep_open=True)
    async with asyncio.timeout(PATIENCE_SECONDS):
        if look == "first":
            world.points.let_in("after transaction", paid)
        assert (await anext(steps)).event.status is Status.PENDING
        if look == "later":
            world.points.let_in("after transaction", paid)
            await run(world.url, WAKE.format(payment.id))
        assert (await anext(steps)).event.status is Status.SUCCEEDED
