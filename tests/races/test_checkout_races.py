"""Checkouts, raced: with their equals, with the reconciler that looks for a lost one, with a crowd."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

import pytest

from data.idempotency import LEASE
from data.status import Status
from resolvers.answers import CheckoutSuccess, IdempotencyInProgress, PaymentNotFound, ProviderUnavailable
from resolvers.cancel import cancel
from resolvers.checkout import CheckoutAnswer, checkout
from resolvers.checkout_input import CheckoutRequest
from resolvers.reconcile import round_of
from resolvers.runtime import Runtime
from resolvers.verify import verify
from tests.races.arena import SERVICE, Arena, opened, order
from tests.races.invariants import check, check_debts
from tests.races.race import Outcome, race

Rival = Callable[[Arena, CheckoutRequest], Awaitable[Any]]


@pytest.fixture
async def arena(database_url: str) -> AsyncIterator[Arena]:
    async with opened(database_url, Random(5)) as made:
        yield made


async def _the_same(arena: Arena, request: CheckoutRequest) -> CheckoutAnswer:
    return await checkout(arena.there, SERVICE, request)


async def _the_same_after_the_lease(arena: Arena, request: CheckoutRequest) -> CheckoutAnswer:
    """FIELD.md's scenario 10: the first call is slower than any lock."""
    arena.clock.advance(LEASE + timedelta(seconds=1))
    return await checkout(arena.there, SERVICE, request)


async def _reconciler(arena: Arena, request: CheckoutRequest) -> None:
    arena.clock.advance(timedelta(seconds=14))
    await round_of(arena.there)


async def _cancel(arena: Arena, request: CheckoutRequest) -> Any:
    for row in await arena.sql(f"SELECT payment_id FROM payments WHERE reservation_id = '{request.reservation_id}'"):
        return await cancel(arena.there, SERVICE, row.payment_id, None, None)
    return PaymentNotFound


async def _expiry(arena: Arena, request: CheckoutRequest) -> None:
    arena.clock.advance(timedelta(hours=1))
    await round_of(arena.there)


@pytest.mark.parametrize("rival", [_the_same, _the_same_after_the_lease, _reconciler, _cancel, _expiry])
async def test_a_checkout_with_a_rival_at_every_await(arena: Arena, rival: Rival) -> None:
    for number in count():
        request = order(arena.random, f"key {number}")
        outcome = await _raced(arena, request, rival, number)
        await _judge(arena, request, outcome, number)
        if outcome.at is None:
            assert number > 10, "it has awaits"
            return


async def _raced(arena: Arena, request: CheckoutRequest, rival: Rival, number: int) -> Outcome:
    return await race(
        arena.steps, lambda: checkout(arena.here, SERVICE, request), lambda: rival(arena, request), number
    )


async def _judge(arena: Arena, request: CheckoutRequest, outcome: Outcome, number: int) -> None:
    try:
        assert isinstance(outcome.first, CheckoutSuccess | ProviderUnavailable), outcome
        if isinstance(outcome.rival, CheckoutAnswer):
            assert isinstance(outcome.rival, CheckoutSuccess | IdempotencyInProgress), outcome
        if isinstance(outcome.rival, CheckoutSuccess):
            assert outcome.first.payment is not None
            assert outcome.rival.payment.id == outcome.first.payment.id
        again = await checkout(arena.there, SERVICE, request)
        assert isinstance(again, CheckoutSuccess)
        assert not again.created
        arena.clock.advance(timedelta(minutes=1))
        await round_of(arena.here)
        await verify(arena.here, SERVICE, again.payment.id, None)
        await check(arena.database, again.payment.id, arena.clock())
        await check_debts(arena.database, again.payment.id)
        made = await arena.sql(f"SELECT 1 FROM payments WHERE reservation_id = '{request.reservation_id}'")
        there = await arena.sql(f"SELECT 1 FROM mesaya_payments.mock_checkouts WHERE payment_id = '{again.payment.id}'")
        over = again.payment.status is Status.CANCELED
        assert len(made) == 1, "one effect"
        assert len(there) == 1 or (over and not there), "one that is over is opened nowhere"
    except BaseException as error:
        error.add_note(f"at await {number}: {outcome}")
        raise


async def test_twenty_equal_checkouts_without_a_key_are_one_payment(arena: Arena) -> None:
    for _ in range(5):
        request = order(arena.random, None)
        both: list[Runtime] = [arena.here, arena.there]
        hearing = [asyncio.create_task(runtime.feed.run()) for runtime in both]
        await asyncio.gather(*(runtime.feed.listening.wait() for runtime in both))
        answers = await asyncio.gather(*(checkout(both[n % 2], SERVICE, request) for n in range(20)))
        for task in hearing:
            task.cancel()
        opened_ = [answer for answer in answers if isinstance(answer, CheckoutSuccess)]
        assert len(opened_) == 20, answers
        assert len({answer.payment.id for answer in opened_}) == 1
        assert sum(answer.created for answer in opened_) == 1
