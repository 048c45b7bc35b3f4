"""The whole chain from a seed: clients, payers, a provider that fails, another service, processes that die, time; and a
partner who is sent in the end whatever has happened.

`SEED=17 make test` plays one seed again; `SIMULATIONS` and `STEPS` say how many seeds are played and how long each is.
"""

import json
import os
from collections import defaultdict
from random import Random

import pytest

from data.delivery import DeliveryState
from resolvers import reconcile
from resolvers.answers import CheckoutSuccess, InvalidInput
from resolvers.checkout import checkout
from resolvers.verify import verify
from tests.races.arena import SERVICE, Arena, opened
from tests.races.invariants import check, check_debts
from tests.resolvers.world import StandingClock
from tests.simulation.chance import EachItsOwn, Faults
from tests.simulation.clients import Clients
from tests.simulation.world import World
from tests.webhooks.house import house_at
from tests.webhooks.partners import change_partner
from tests.webhooks.receiver import receiver_on_loopback

FIRST_SEED = int(os.environ.get("SEED", "1"))
SIMULATIONS = int(os.environ.get("SIMULATIONS", "1" if "SEED" in os.environ else "4"))
STEPS = int(os.environ.get("STEPS", "600"))


@pytest.fixture(autouse=True)
def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done at once within one round is not ordered by the seed."""
    monkeypatch.setattr(reconcile, "BATCH", 1)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SIMULATIONS))
async def test_whatever_happens_every_payment_ends_well(database_url: str, seed: int) -> None:
    try:
        await play(database_url, seed)
    except BaseException as error:
        error.add_note(f"play it again: SEED={seed} STEPS={STEPS}")
        raise


async def test_a_seed_plays_the_same_again(database_url: str, other_database_url: str) -> None:
    assert await play(database_url, 0, 150) == await play(other_database_url, 0, 150)


async def play(database_url: str, seed: int, steps: int = STEPS) -> list[str]:
    clock = StandingClock()
    faults, random = Faults(clock), Random(seed)
    async with opened(database_url, EachItsOwn(seed), clock, faults) as arena:
        world = World(arena, random, faults, Clients(arena, random))
        try:
            await world.live(steps)
            await world.end()
            await _judged(world)
            await _told(arena)
        except BaseException as error:
            error.add_note("\n".join(world.story[-80:]))
            raise
        return world.story


async def _told(arena: Arena) -> None:
    """The partner hears of each payment what has happened, in its order."""
    (owed,) = await arena.sql("SELECT count(*) AS n FROM mesaya_payments.deliveries")
    async with receiver_on_loopback() as receiver, house_at(arena.database_url) as house:
        await change_partner(arena.database, arena.partner_id, webhook_url=receiver.url())
        house.send()
        await house.until(DeliveryState.DELIVERED, owed.n)
        heard = [json.loads(request.body) for request in receiver.received]
    sequences: defaultdict[str, list[int]] = defaultdict(list)
    for event in heard:
        sequences[event["payment_id"]].append(event["sequence"])
    assert len(heard) == owed.n > 0
    assert all(told == sorted(set(told)) for told in sequences.values())


async def _judged(world: World) -> None:
    """Nothing is unknown, though nobody has asked; and after a last verify everything is as the money says."""
    arena = world.arena
    unknown = await arena.sql("SELECT payment_id FROM mesaya_payments.records WHERE unknown_since IS NOT NULL")
    assert unknown == [], "the reconciler finds out"
    for row in await arena.sql("SELECT payment_id FROM mesaya_payments.records"):
        await verify(arena.here, SERVICE, row.payment_id, None)
        await check(arena.database, row.payment_id, arena.clock())
        await check_debts(arena.database, row.payment_id)
    for asked in world.clients.asked.values():
        answer = await checkout(arena.there, SERVICE, asked.request)
        assert isinstance(answer, CheckoutSuccess | InvalidInput), answer
        if asked.payment is not None:
            assert isinstance(answer, CheckoutSuccess)
            assert answer.payment.id == asked.payment.id, "the same key answers for ever"
