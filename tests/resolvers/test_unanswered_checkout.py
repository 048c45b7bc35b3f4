"""A checkout whose provider did not answer: who asks again and when, and from when on it is sure that there is none."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from data.idempotency import LEASE, LEASE_MARGIN
from data.status import Status
from providers.protocol import CheckoutState, ProviderDownError
from resolvers import exchange
from resolvers.answers import CheckoutSuccess, ProviderUnavailable
from resolvers.checkout import checkout
from resolvers.exchange import UNANSWERED
from resolvers.next_look import FIRST_LOOK
from resolvers.reconcile import CLAIM
from resolvers.verify import verify
from tests.resolvers.scripted_provider import Silence
from tests.resolvers.world import KEYED, SERVICE, World, all_payments, later, request


async def test_whoever_asks_again_when_told_to_is_not_in_the_way_of_the_reconciler(world: World) -> None:
    """A provider that repeats its silence under the same key answers a new attempt."""
    for _ in range(2):
        world.provider.script("create_checkout", Silence(done=False))
        silent = await checkout(world.runtime, SERVICE, KEYED)
        assert isinstance(silent, ProviderUnavailable) and silent.retry_after_seconds
        for _ in range(silent.retry_after_seconds):
            await later(world, timedelta(seconds=1))
    (id_,) = await all_payments(world)
    assert (await world.payment(id_)).attempt == 2
    assert isinstance(await checkout(world.runtime, SERVICE, KEYED), CheckoutSuccess)


async def test_the_first_look_is_not_put_off_by_whoever_asks_again_and_again(world: World) -> None:
    for _ in range(5):
        world.provider.script("create_checkout", Silence(done=False))
        silent = await checkout(world.runtime, SERVICE, KEYED)
        assert isinstance(silent, ProviderUnavailable)
        assert "before find_checkout" not in world.points.passed
        await later(world, timedelta(seconds=2))
    await later(world, FIRST_LOOK - timedelta(seconds=10))
    assert "before find_checkout" in world.points.passed


async def test_since_when_it_is_unknown_stays_though_the_call_is_repeated(world: World) -> None:
    world.provider.script("create_checkout", Silence(done=False))
    silent = await checkout(world.runtime, SERVICE, KEYED)
    assert isinstance(silent, ProviderUnavailable) and silent.payment is not None
    began = world.clock.now
    assert silent.payment.unknown_since == began
    for said in (Silence(done=False), ProviderDownError("down")):
        world.clock.advance(timedelta(seconds=4))
        world.provider.script("create_checkout", said)
        again = await checkout(world.runtime, SERVICE, KEYED)
        assert isinstance(again, ProviderUnavailable) and again.payment is not None
        assert again.payment.unknown_since == began, "what the first call did is as unknown as before"


async def test_none_is_sure_only_after_the_last_call_has_ended(world: World) -> None:
    for _ in range(2):
        world.provider.script("create_checkout", Silence(done=False))
        await checkout(world.runtime, SERVICE, KEYED)
        world.clock.advance(LEASE - timedelta(seconds=1))
    (id_,) = await all_payments(world)
    await verify(world.runtime, SERVICE, id_, None)
    assert (await world.payment(id_)).attempt == 1
    await later(world, timedelta(seconds=2))
    known = await world.payment(id_)
    assert (known.attempt, known.unknown_since) == (2, None)


async def test_none_is_sure_only_after_every_call_has_ended(world: World) -> None:
    """Asked a moment before the lease ends, answered after it: the checkout may have come in between."""
    world.provider.script("create_checkout", Silence(done=False))
    await checkout(world.runtime, SERVICE, KEYED)
    (id_,) = await all_payments(world)
    world.clock.advance(LEASE - timedelta(seconds=1))

    async def time_passes() -> None:
        world.clock.advance(timedelta(seconds=2))

    world.points.let_in("after find_checkout", time_passes)
    await verify(world.runtime, SERVICE, id_, None)
    assert (await world.payment(id_)).attempt == 1
    await later(world, CLAIM)
    known = await world.payment(id_)
    assert (known.attempt, known.unknown_since) == (2, None)


async def test_a_checkout_that_is_surely_not_there_is_asked_about_ever_slower(world: World) -> None:
    world.provider.script("create_checkout", ProviderDownError("down", 7))
    down = await checkout(world.runtime, SERVICE, KEYED)
    assert isinstance(down, ProviderUnavailable) and down.retry_after_seconds == 7
    (id_,) = await all_payments(world)
    pauses = []
    for _ in range(10):
        due = (await world.payment(id_)).next_check_at
        assert due is not None
        pauses.append(due - world.clock.now)
        await later(world, pauses[-1])
    assert pauses == sorted(pauses) and pauses[-1] > 4 * CLAIM


async def test_a_call_that_begins_late_ends_with_its_lease(world: World) -> None:
    """The database was slow: what is left for the provider is less, so that no one else may begin meanwhile."""

    async def slow() -> None:
        world.clock.advance(LEASE - LEASE_MARGIN)

    world.points.let_in("after transaction", slow)
    answer = await checkout(world.runtime, SERVICE, KEYED)
    assert isinstance(answer, ProviderUnavailable)
    assert not world.provider.calls
    assert isinstance(await checkout(world.runtime, SERVICE, KEYED), CheckoutSuccess)


async def test_every_call_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "PROVIDER_SECONDS", 0.05)

    async def hang() -> None:
        await asyncio.Event().wait()

    world.points.let_in("before create_checkout", hang)
    silent = await checkout(world.runtime, SERVICE, KEYED)
    assert isinstance(silent, ProviderUnavailable) and silent.payment is not None
    assert silent.payment.unknown_since is not None


async def test_what_ran_out_before_it_was_opened_is_not_opened_any_more(world: World) -> None:
    for said in (ProviderDownError("down"), Silence(done=False), Silence(done=True)):
        asked = request(idempotency_key=str(said), expires_in_minutes=30)
        world.provider.script("create_checkout", said)
        refused = await checkout(world.runtime, SERVICE, asked)
        assert isinstance(refused, ProviderUnavailable) and refused.payment is not None
        world.clock.advance(timedelta(minutes=30))
        world.provider.script("find_checkout", ProviderDownError("down"))
        assert isinstance(await checkout(world.runtime, SERVICE, asked), ProviderUnavailable)
        for _ in range(2):
            over = await checkout(world.runtime, SERVICE, asked)
            assert isinstance(over, CheckoutSuccess) and not over.created
            assert (over.payment.id, over.payment.status) == (refused.payment.id, Status.CANCELED)
    assert [kept.truth.state for kept in world.provider.checkouts.values()] == [CheckoutState.EXPIRED]


async def test_what_runs_out_while_a_creation_may_be_under_way_is_looked_for_once_that_is_over(world: World) -> None:
    asked = request(idempotency_key="k", expires_in_minutes=30)
    world.provider.script("create_checkout", ProviderDownError("down"), Silence(done=False))
    await checkout(world.runtime, SERVICE, asked)
    world.clock.advance(timedelta(minutes=30) - timedelta(seconds=5))
    began = world.clock()
    await checkout(world.runtime, SERVICE, asked)
    world.clock.advance(timedelta(seconds=6))
    over = await checkout(world.runtime, SERVICE, asked)
    assert isinstance(over, CheckoutSuccess) and over.payment.status is Status.CANCELED
    assert over.payment.next_check_at == began + LEASE


async def test_what_the_provider_says_of_our_key_is_for_the_log_alone(world: World) -> None:
    payment = await world.checkout()
    world.provider.script("fetch", ProviderDownError("the key sk_test_1 is wrong"))
    with capture_logs() as logs:
        await later(world, FIRST_LOOK)
    assert (await world.payment(payment.id)).last_error == UNANSWERED
    assert [line["error"] for line in logs if "unknown" in line["event"]] == ["the key sk_test_1 is wrong"]
