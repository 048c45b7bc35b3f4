"""Every two operations on one payment, in both orders, the second let in at every await of the first."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from data import events
from data.refunds import RefundStatus, of_payment
from data.status import Status
from providers.protocol import CheckoutState, RefundState
from resolvers.cancel import cancel
from resolvers.provider_webhook import hear
from resolvers.reconcile import reconcile
from resolvers.refund import RefundRequest, refund
from resolvers.verify import verify
from tests.resolvers.world import SERVICE, World

MAX_POINTS = 40


async def _pay(world: World, id_: UUID) -> None:
    if world.provider.of(id_).truth.state is CheckoutState.OPEN:
        world.provider.pay(id_)


async def _webhook(world: World, id_: UUID) -> None:
    await hear(world.runtime, {}, f"evt_{id_.hex} {id_}".encode())


async def _expire(world: World, id_: UUID) -> None:
    payment = await world.payment(id_)
    assert payment.expires_at is not None
    world.clock.now = max(world.clock.now, payment.expires_at)
    await reconcile(world.runtime, id_)


Operation = Callable[[World, UUID], Awaitable[object]]
OPERATIONS: dict[str, Operation] = {
    "pay": _pay,
    "verify": lambda world, id_: verify(world.runtime, SERVICE, id_, None),
    "webhook": _webhook,
    "cancel": lambda world, id_: cancel(world.runtime, SERVICE, id_, None, None),
    "expiry": _expire,
    "refund": lambda world, id_: refund(world.runtime, SERVICE, RefundRequest(id_)),
}


SHARING = (OPERATIONS["verify"], OPERATIONS["refund"])
"""They share a question that is under way."""


@pytest.mark.parametrize("first", OPERATIONS)
async def test_whoever_comes_first_the_truth_is_one(world: World, first: str) -> None:
    for second, rival in OPERATIONS.items():
        paid = "refund" in (first, second)  # without money a refund does nothing; the others are raced by `pay`
        for number in range(MAX_POINTS):
            if not await _raced(world, OPERATIONS[first], rival, paid=paid, number=number):
                break
        else:
            pytest.fail("there are more points than were rivalled")


async def _raced(world: World, first: Operation, second: Operation, *, paid: bool, number: int) -> bool:
    """Whether the first operation had this point at all."""
    made = await world.checkout(expires_in_minutes=30, idempotency_key=str(uuid4()))
    if paid:
        world.provider.pay(made.id)
    joined = list[asyncio.Task[object]]()

    async def rival() -> None:
        task = asyncio.ensure_future(second(world, made.id))
        if second in SHARING and made.id in world.runtime.asking:
            joined.append(task)  # it waits for the very question that this point is in
            await asyncio.sleep(0)
        else:
            await task

    world.points.let_in(number, rival)
    await first(world, made.id)
    await asyncio.gather(*joined)
    reached = len(world.points.passed) > number
    world.points.let_nobody_in()
    await _webhook(world, made.id)
    await reconcile(world.runtime, made.id)
    await _check(world, made.id)
    return reached


async def _check(world: World, id_: UUID) -> None:
    now, truth = await world.payment(id_), world.provider.of(id_).truth
    async with world.runtime.database.transaction() as connection:
        history = await events.after(connection, id_, 0)
        refunds = await of_payment(connection, id_)
    assert [event.sequence for event in history] == list(range(1, now.sequence + 1))
    assert [event.previous_status for event in history[1:]] == [event.status for event in history[:-1]]
    assert history[-1].status is now.status
    moves = [event.status for event in history if event.moved]
    assert len(moves) == len(set(moves)), "nothing happens twice"
    back = [said for said in truth.refunds if said.state is not RefundState.FAILED]
    if truth.state is CheckoutState.PAID:
        assert now.status is (Status.REFUNDED if back else Status.SUCCEEDED), "paid wins"
        assert now.amount_refunded == sum(said.amount.amount for said in back) <= now.amount.amount
    else:
        assert not back and now.status is {CheckoutState.OPEN: Status.PENDING}.get(truth.state, Status.CANCELED)
    assert len(refunds) == len(back) and all(known.status is RefundStatus.SUCCEEDED for known in refunds)
    assert now.unknown_since is None
