"""Nobody outside makes us flood a provider: equal questions are one, and a fresh answer serves again."""

import asyncio
from datetime import timedelta
from uuid import UUID

from providers.protocol import CheckoutState
from resolvers.answers import VerifyPaymentSuccess
from resolvers.ask import ask
from resolvers.caller import ANYBODY, Caller, Kind
from resolvers.verify import FRESH, verify
from tests.resolvers.world import SERVICE, World

ADMIN = Caller(Kind.ADMIN, "user:9", UUID(int=9))
FETCH = "before fetch"
AT_ONCE = 50


def asked(world: World) -> int:
    return world.points.passed.count(FETCH)


async def test_all_who_ask_at_once_share_one_question(world: World) -> None:
    made = await world.checkout()
    world.provider.pay(made.id)
    world.points.passed.clear()
    truths = await asyncio.gather(*(ask(world.runtime, made) for _ in range(AT_ONCE)))
    assert asked(world) == 1
    assert {truth and truth.state for truth in truths} == {CheckoutState.PAID}
    await ask(world.runtime, made)
    assert asked(world) == 2, "an answer is not shared with those who ask later"


async def test_one_of_all_who_verify_at_once_moves_the_payment(world: World) -> None:
    made = await world.checkout()
    world.provider.pay(made.id)
    answers = await asyncio.gather(*(verify(world.runtime, SERVICE, made.id, None) for _ in range(AT_ONCE)))
    assert all(isinstance(answer, VerifyPaymentSuccess) for answer in answers)
    assert sum(isinstance(answer, VerifyPaymentSuccess) and answer.changed for answer in answers) == 1


async def test_an_answer_younger_than_a_second_serves_everybody_but_a_service(world: World) -> None:
    made = await world.checkout()
    await verify(world.runtime, ADMIN, made.id, None)
    world.points.passed.clear()
    world.clock.advance(FRESH - timedelta(milliseconds=1))
    for caller in (ADMIN, ANYBODY):
        await verify(world.runtime, caller, made.id, None)
    assert asked(world) == 0
    await verify(world.runtime, SERVICE, made.id, None)
    assert asked(world) == 1
    world.clock.advance(FRESH)
    await verify(world.runtime, ADMIN, made.id, None)
    assert asked(world) == 2
    world.clock.advance(timedelta(minutes=-3))
    await verify(world.runtime, ADMIN, made.id, None)
    assert asked(world) == 3, "an answer that another clock puts in the future serves nobody"
