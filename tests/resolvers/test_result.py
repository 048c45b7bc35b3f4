"""What the payer who comes back is told: the provider's word, not what was heard just before the payer paid."""

from dataclasses import replace
from datetime import timedelta

from data.status import Status
from resolvers.client_secret import Purpose, proof
from resolvers.result import result
from resolvers.verify import verify
from tests.resolvers.world import RULES, SERVICE, World


async def test_paid_a_moment_after_somebody_asked_is_told_as_paid(world: World) -> None:
    async def sleep(seconds: float) -> None:
        world.clock.advance(timedelta(seconds=seconds))

    payment = await world.checkout()
    await verify(world.runtime, SERVICE, payment.id, None)
    world.provider.pay(payment.id)
    shown = proof(payment.id, RULES.secret_keys, Purpose.RESULT_PAGE)
    told = await result(replace(world.runtime, sleep=sleep), payment.id, shown)
    assert told is not None and told.status is Status.SUCCEEDED


async def test_another_proof_shows_nothing(world: World) -> None:
    payment, other = await world.checkout(), await world.checkout(idempotency_key="other")
    shown = proof(other.id, RULES.secret_keys, Purpose.RESULT_PAGE)
    assert await result(world.runtime, payment.id, shown) is None
