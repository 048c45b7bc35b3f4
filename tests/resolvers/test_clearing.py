"""What the reconciler forgets by itself, now and then: answered keys and the provider's events, when they are old."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from data.idempotency import RETENTION
from resolvers.checkout import checkout
from resolvers.provider_webhook import hear
from resolvers.reconcile import CLEARING, run
from tests.resolvers.world import KEYED, SERVICE, World

KEPT = """
SELECT (SELECT count(*) FROM mesaya_payments.idempotency_keys) AS keys,
  (SELECT count(*) FROM mesaya_payments.provider_events) AS events
"""


async def test_the_reconciler_forgets_what_is_old(world: World) -> None:
    await checkout(world.runtime, SERVICE, KEYED)
    payment = await world.checkout()
    await hear(world.runtime, {}, f"event {payment.id}".encode())
    world.clock.advance(10 * RETENTION)
    pauses = iter((CLEARING + timedelta(seconds=1), timedelta(0)))

    async def sleep(_: float) -> None:
        pause = next(pauses, None)
        if pause is None:
            raise asyncio.CancelledError
        world.clock.advance(pause)

    (before,) = await world.sql(KEPT)
    with pytest.raises(asyncio.CancelledError):
        await run(replace(world.runtime, sleep=sleep))
    (after,) = await world.sql(KEPT)
    assert tuple(before) == (2, 1)
    assert tuple(after) == (0, 0)
