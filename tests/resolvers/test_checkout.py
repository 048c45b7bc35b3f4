"""A checkout that is repeated, rivalled, or dies at any await is one payment and at most one checkout to pay."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from data.idempotency import LEASE
from data.status import Status
from providers.protocol import CheckoutState, ProviderDownError, ProviderRefusedError
from resolvers.answers import (
    CancelPaymentSuccess,
    CheckoutSuccess,
    IdempotencyConflict,
    IdempotencyInProgress,
    InvalidInput,
    ProviderUnavailable,
)
from resolvers.caller import Caller, Kind
from resolvers.cancel import cancel
from resolvers.checkout import checkout
from resolvers.next_look import FIRST_LOOK, LONGEST_PAUSE
from resolvers.reconcile import CLAIM, round_of
from resolvers.verify import verify
from tests.resolvers.scripted_provider import Silence
from tests.resolvers.world import KEYED, RESERVATION, SERVICE, Died, World, all_payments, die, later, request

USER = Caller(Kind.USER, "user:1", UUID(int=1))


async def test_twenty_equal_ones_at_once_are_one_payment(world: World) -> None:
    said = await asyncio.gather(*(checkout(world.runtime, SERVICE, request()) for _ in range(20)))
    assert [type(answer) for answer in said] == [CheckoutSuccess] * 20
    assert sum(isinstance(answer, CheckoutSuccess) and answer.created for answer in said) == 1
    assert len(await all_payments(world)) == 1 and world.provider.calls == ["create_checkout"]


async def test_a_rival_with_the_same_key_at_any_await_makes_no_second_payment(world: World) -> None:
    number = 0
    while True:
        key = f"k{number}"
        wanted = request(idempotency_key=key)
        before = len(await all_payments(world))
        world.points.let_in(number, lambda wanted=wanted: checkout(world.runtime, SERVICE, wanted))  # type: ignore[misc]
        answer = await checkout(world.runtime, SERVICE, wanted)
        assert isinstance(answer, CheckoutSuccess)
        passed = len(world.points.passed)
        assert len(await all_payments(world)) == before + 1
        world.provider.of(answer.payment.id)
        if number >= passed:
            assert number > 4, "several points were rivalled"
            return
        number += 1


async def test_what_keys_stand_for_is_kept_the_same_from_version_to_version(world: World) -> None:
    """Else whoever repeats a call after an upgrade would hear of a conflict, or pay a second checkout."""
    payer: dict[str, Any] = {"payer_email": "ana@example.com", "metadata": {"table": 4, "notes": ["ñ", None, 1.5]}}
    await world.checkout(idempotency_key="k", user_id=UUID(int=1), **payer)
    await world.checkout(user_id=UUID(int=1))
    by_key = (
        '{"amount": "10.00", "cancel_url": null, "currency": "USD", "description": null, "expires_in_minutes": 1440, '
        '"idempotency_key": null, "metadata": {"notes": ["\\u00f1", null, 1.5], "table": 4}, '
        '"payer_email": "ana@example.com", "payer_name": null, "reservation_id": '
        '"563a1d56-56b8-482c-b9b7-8383cf11e448", "subscription_id": null, "success_url": null, '
        '"user_id": "00000000-0000-0000-0000-000000000001"}'
    )
    by_what_is_asked = (
        '{"amount": "10.00", "currency": "USD", "reservation": "563a1d56-56b8-482c-b9b7-8383cf11e448", '
        '"subscription": null, "user": "00000000-0000-0000-0000-000000000001"}'
    )
    rows = await world.sql("SELECT key, fingerprint FROM mesaya_payments.idempotency_keys")
    once, kept = (sha256(text.encode()).digest() for text in (by_key, by_what_is_asked))
    assert {row.key: row.fingerprint for row in rows} == {"key:k": once, f"open:{kept.hex()}": kept}


async def test_dead_at_any_await_the_same_key_finishes_it(world: World) -> None:
    for number in range(9):
        wanted = request(idempotency_key=f"k{number}")
        before = len(await all_payments(world))
        world.points.let_in(number, die)
        try:
            await checkout(world.runtime, SERVICE, wanted)
        except Died:
            world.clock.advance(LEASE)
        world.points.let_nobody_in()
        answer = await checkout(world.runtime, SERVICE, wanted)
        assert isinstance(answer, CheckoutSuccess)
        assert len(await all_payments(world)) == before + 1
        world.provider.of(answer.payment.id)


async def test_dead_at_any_await_the_reconciler_learns_what_became_of_it(world: World) -> None:
    for number in range(6):
        world.points.let_in(number, die)
        try:
            await checkout(world.runtime, SERVICE, request(idempotency_key=f"k{number}"))
        except Died:
            await later(world, FIRST_LOOK)
        world.points.let_nobody_in()
        for id_ in await all_payments(world):
            assert (await world.payment(id_)).unknown_since is None


async def test_key_and_answer(world: World) -> None:
    first = await checkout(world.runtime, SERVICE, KEYED)
    assert isinstance(first, CheckoutSuccess) and first.created
    again = await checkout(world.runtime, SERVICE, replace(KEYED, amount=Decimal("10")))
    assert isinstance(again, CheckoutSuccess) and not again.created and again.payment == first.payment
    other = await checkout(world.runtime, SERVICE, replace(KEYED, amount=Decimal("11")))
    assert isinstance(other, IdempotencyConflict) and other.payment == first.payment
    later_ = await checkout(world.runtime, SERVICE, KEYED)
    assert isinstance(later_, CheckoutSuccess)


async def test_the_conflicting_payment_is_the_callers_own(world: World) -> None:
    """Keys are the caller's alone, so nobody learns of another one's payment by guessing keys."""
    runtime = replace(world.runtime, rules=replace(world.runtime.rules, user_checkout=True))
    await checkout(runtime, SERVICE, KEYED)
    other = await checkout(runtime, USER, replace(KEYED, amount=Decimal(11)))
    assert isinstance(other, CheckoutSuccess) and other.payment.user_id == USER.user_id


async def test_while_the_first_runs_the_second_is_told_to_wait(world: World) -> None:
    answers = []

    async def rival() -> None:
        answers.append(await checkout(world.runtime, SERVICE, KEYED))

    world.points.let_in("before create_checkout", rival)
    await checkout(world.runtime, SERVICE, KEYED)
    assert answers == [IdempotencyInProgress(12)]


async def test_a_refusal_is_replayed_and_nobody_may_pay(world: World) -> None:
    world.provider.script("create_checkout", ProviderRefusedError("too much"))
    for _ in range(2):
        assert await checkout(world.runtime, SERVICE, KEYED) == InvalidInput("too much", ("input",))
    (id_,) = await all_payments(world)
    failed = await world.payment(id_)
    assert (failed.status, failed.failure_code) == (Status.FAILED, "PROVIDER_REJECTED")
    assert failed.next_check_at is None and not world.provider.checkouts


@pytest.mark.parametrize("done", [True, False])
async def test_a_lost_answer_is_finished_by_the_same_key(world: World, done: bool) -> None:
    world.provider.script("create_checkout", Silence(done))
    silent = await checkout(world.runtime, SERVICE, KEYED)
    assert isinstance(silent, ProviderUnavailable) and silent.payment is not None
    answer = await checkout(world.runtime, SERVICE, KEYED)
    assert isinstance(answer, CheckoutSuccess) and answer.payment.id == silent.payment.id
    assert answer.payment.unknown_since is None
    assert len(world.provider.checkouts) == 1


async def test_canceled_while_it_was_opened_and_then_dead_its_checkout_is_closed_all_the_same(world: World) -> None:
    """Nobody may pay a checkout of a canceled payment only because the process that opened it is gone."""

    async def cancel_it() -> None:
        (id_,) = await all_payments(world)
        assert isinstance(await cancel(world.runtime, SERVICE, id_, None, None), CancelPaymentSuccess)

    world.points.let_in("before create_checkout", cancel_it)
    world.points.let_in("after create_checkout", die)
    with pytest.raises(Died):
        await checkout(world.runtime, SERVICE, KEYED)
    (id_,) = await all_payments(world)
    assert world.provider.of(id_).truth.state is CheckoutState.OPEN
    await later(world, FIRST_LOOK)
    assert world.provider.of(id_).truth.state is CheckoutState.EXPIRED
    canceled = await world.payment(id_)
    assert (canceled.status, canceled.unknown_since, canceled.next_check_at) == (Status.CANCELED, None, None)


async def test_canceled_while_it_was_opened_the_checkout_is_closed(world: World) -> None:
    async def cancel_it() -> None:
        (id_,) = await all_payments(world)
        await cancel(world.runtime, SERVICE, id_, None, None)

    world.points.let_in("before create_checkout", cancel_it)
    answer = await checkout(world.runtime, SERVICE, KEYED)
    assert isinstance(answer, CheckoutSuccess) and answer.payment.status is Status.CANCELED
    await round_of(world.runtime)
    assert world.provider.of(answer.payment.id).truth.state is CheckoutState.EXPIRED


async def test_an_open_checkout_is_returned_until_it_expires_or_is_over(world: World) -> None:
    first = await world.checkout(expires_in_minutes=30)
    world.clock.advance(timedelta(minutes=30) - timedelta(seconds=1))
    assert (await world.checkout(expires_in_minutes=30)).id == first.id
    world.clock.advance(timedelta(seconds=1))
    second = await world.checkout(expires_in_minutes=30)
    assert second.id != first.id, "the first has expired, though nobody has closed it yet"
    await round_of(world.runtime)
    assert (await world.payment(first.id)).status is Status.CANCELED
    await cancel(world.runtime, SERVICE, second.id, None, None)
    third = await world.checkout(expires_in_minutes=30)
    assert third.id not in (first.id, second.id) and third.status is Status.PENDING


async def test_money_on_its_way_is_not_asked_for_a_second_time(world: World) -> None:
    first = await world.checkout()
    kept = world.provider.of(first.id)
    kept.truth = replace(kept.truth, state=CheckoutState.PROCESSING)
    await verify(world.runtime, SERVICE, first.id, None)
    world.clock.advance(timedelta(days=3))
    again = await world.checkout()
    assert (again.id, again.status) == (first.id, Status.PROCESSING)


async def test_other_users_targets_amounts_and_currencies_are_other_checkouts(world: World) -> None:
    asked: list[dict[str, Any]] = [
        {},
        {"user_id": UUID(int=1)},
        {"user_id": UUID(int=2)},
        {"amount": Decimal(11)},
        {"currency": "EUR"},
        {"reservation_id": UUID(int=3)},
        {"reservation_id": None, "subscription_id": RESERVATION},
    ]
    assert len({(await world.checkout(**changes)).id for changes in asked}) == len(asked)


async def test_a_person_cannot_make_us_flood_the_provider(world: World) -> None:
    world.provider.script("create_checkout", ProviderDownError("down"))
    await checkout(world.runtime, SERVICE, replace(KEYED, user_id=USER.user_id))
    (id_,) = await all_payments(world)
    for _ in range(5):
        await verify(world.runtime, USER, id_, None)
    assert world.provider.calls.count("find_checkout") == 1


async def test_one_payment_that_fails_keeps_no_other_waiting(world: World) -> None:
    ids = [(await world.checkout(amount=Decimal(n))).id for n in (1, 2, 3)]
    for id_ in ids:
        world.provider.pay(id_)
    del world.provider.checkouts[f"scripted_{ids[0].hex}_1"]  # fetching it is an error that nobody foresaw
    await later(world, LONGEST_PAUSE)
    assert [(await world.payment(id_)).status for id_ in ids] == [Status.PENDING, Status.SUCCEEDED, Status.SUCCEEDED]
    assert (await world.payment(ids[0])).next_check_at == world.clock.now + CLAIM, "it is not dropped"
