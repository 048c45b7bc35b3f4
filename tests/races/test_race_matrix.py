"""The race matrix: each of two operations on one payment, with the other at every await of it."""

from collections.abc import AsyncIterator
from enum import StrEnum
from itertools import count
from random import Random
from uuid import UUID

import pytest

from resolvers.answers import PaymentNotRefundable, ProviderUnavailable, RefundPaymentSuccess
from resolvers.reconcile import reconcile
from resolvers.verify import verify
from tests.races.arena import SERVICE, Arena, opened
from tests.races.invariants import check, check_debts
from tests.races.operations import (
    CANCEL,
    EXPIRY,
    FOREIGN_WRITE,
    REFUND,
    REFUND_ALL,
    SAME_WEBHOOK,
    VERIFY,
    WEBHOOK,
    Raced,
    Side,
)
from tests.races.race import Outcome, race

MATRIX = (VERIFY, WEBHOOK, CANCEL, EXPIRY, REFUND)
_numbers = count()


class Payer(StrEnum):
    NEVER = "never"
    BEFORE = "before both"
    BETWEEN = "just before the rival"
    AFTER = "just after the rival"


@pytest.fixture
async def arena(database_url: str) -> AsyncIterator[Arena]:
    async with opened(database_url, Random(3)) as made:
        yield made


@pytest.mark.parametrize("first", MATRIX, ids=lambda raced: raced.name)
async def test_every_pair_with_the_rival_at_every_await(arena: Arena, first: Raced) -> None:
    for rival in MATRIX:
        for payer in payers(first, rival):
            await at_every_await(arena, first, rival, payer)


@pytest.mark.parametrize("first", (*MATRIX, FOREIGN_WRITE), ids=lambda raced: raced.name)
async def test_a_foreign_write_at_every_await(arena: Arena, first: Raced) -> None:
    await at_every_await(arena, first, FOREIGN_WRITE, Payer.BETWEEN)
    await at_every_await(arena, FOREIGN_WRITE, first, Payer.BETWEEN)


async def test_the_same_webhook_twice(arena: Arena) -> None:
    """FIELD.md's scenario 3: `check` finds one SUCCEEDED, and nothing that a second effect would have left."""
    await at_every_await(arena, SAME_WEBHOOK, SAME_WEBHOOK, Payer.BEFORE)


async def test_two_refunds_that_do_not_both_fit(arena: Arena) -> None:
    """FIELD.md's scenario 1, at every await."""
    for outcome in await at_every_await(arena, REFUND, REFUND, Payer.BEFORE):
        assert {type(outcome.first), type(outcome.rival)} == {RefundPaymentSuccess, PaymentNotRefundable}


async def test_two_refunds_of_all_are_one(arena: Arena) -> None:
    await at_every_await(arena, REFUND_ALL, REFUND_ALL, Payer.BEFORE)
    await at_every_await(arena, REFUND, REFUND_ALL, Payer.BEFORE)


def payers(first: Raced, rival: Raced) -> list[Payer]:
    """Where there is something to give back, money there from the start says more than none."""
    if first is rival is REFUND:
        return [Payer.BETWEEN]  # for the other, see below
    late = [Payer.AFTER] if rival is CANCEL and first is not REFUND else []
    return [Payer.BEFORE if REFUND in (first, rival) else Payer.NEVER, Payer.BETWEEN, *late]


async def at_every_await(arena: Arena, first: Raced, rival: Raced, payer: Payer) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for number in count():
        payment_id, outcome = await _raced(arena, first, rival, payer, number)
        try:
            assert isinstance(outcome.first, first.answers), outcome.first
            assert isinstance(outcome.rival, rival.answers), outcome.rival
            await verify(arena.here, SERVICE, payment_id, None)
            if isinstance(outcome.first, ProviderUnavailable):  # it ran out of time, and has promised to be finished
                await reconcile(arena.here, payment_id)
            await check(arena.database, payment_id, arena.clock())
            await check_debts(arena.database, payment_id)
        except BaseException as error:
            error.add_note(f"{rival.name} at await {number} ({outcome.at}) of {first.name}, payer {payer}: {outcome}")
            raise
        outcomes.append(outcome)
        if outcome.at is None:
            assert number > 3, "it has awaits"
            return outcomes
    raise AssertionError("unreachable")


async def _raced(arena: Arena, first: Raced, rival: Raced, payer: Payer, number: int) -> tuple[UUID, Outcome]:
    payment = await arena.opened(arena.here, f"key {next(_numbers)}")
    if payer is Payer.BEFORE:
        await arena.pay(payment)

    async def run_rival() -> object:
        if payer is Payer.BETWEEN:
            await arena.pay(payment)
        answer = await rival.do(Side(arena, arena.there, payment, "rival"))
        if payer is Payer.AFTER:
            await arena.pay(payment)
        return answer

    try:
        outcome = await race(
            arena.steps, lambda: first.do(Side(arena, arena.here, payment, "first")), run_rival, number
        )
    except BaseException as error:
        error.add_note(f"{rival.name} at await {number} of {first.name}, payer {payer}")
        raise
    return payment.id, outcome
