"""A stream ends with its token, however much there is to tell."""

from datetime import timedelta
from uuid import uuid4

import pytest

from resolvers.refusals import NotSignedInError
from resolvers.watch import wake
from tests.resolvers.world import World


async def test_who_is_woken_all_the_time_runs_out_of_time_too(world: World) -> None:
    async with world.runtime.feed.watch(uuid4()) as woken:
        woken.set()
        now = world.runtime.clock()
        await wake(world.runtime, woken, now + timedelta(seconds=60))
        with pytest.raises(NotSignedInError):
            await wake(world.runtime, woken, now)
