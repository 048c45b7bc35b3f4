"""Each call to Stripe: what its errors mean, how long it may take, how many there are, and what it never says."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from providers.breaker import FAILURES, PAUSE
from providers.protocol import (
    CheckoutState,
    ProviderDownError,
    ProviderError,
    ProviderRefusedError,
    ProviderSilentError,
)
from providers.stripe import MAX_KEYS, StripeProvider
from providers.stripe_calls import MAX_CALLS
from providers.stripe_errors import KeyRefusedError, UnreachedError, without_secrets
from tests.fake_stripe.events import SECRET
from tests.fake_stripe.faults import Fault
from tests.fake_stripe.server import CREATE, KEY, LIST, REFUND, REFUNDS, RETRIEVE, FakeStripe, fake_stripe
from tests.providers.bench import SettableClock
from tests.providers.orders import order, refund_order, usd
from tests.serving import free_port


@asynccontextmanager
async def provider_at(
    url: str, clock: SettableClock, key: str = KEY, call_seconds: float = 5
) -> AsyncIterator[StripeProvider]:
    provider = StripeProvider(key, [SECRET], clock, url, call_seconds=call_seconds)
    try:
        yield provider
    finally:
        await provider.aclose()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def stripe(clock: SettableClock) -> AsyncIterator[FakeStripe]:
    async with fake_stripe(now=lambda: clock().timestamp()) as running:
        yield running


@pytest.fixture
async def provider(stripe: FakeStripe, clock: SettableClock) -> AsyncIterator[StripeProvider]:
    async with provider_at(stripe.url, clock) as made:
        yield made


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (Fault.RESET_BEFORE, ProviderSilentError),
        (Fault.RESET_AFTER, ProviderSilentError),
        (Fault.ERROR_BEFORE, ProviderSilentError),
        (Fault.ERROR_AFTER, ProviderSilentError),
        (Fault.BAD_GATEWAY, ProviderSilentError),
        (Fault.GARBAGE, ProviderSilentError),
        (Fault.TOO_MANY, ProviderDownError),
    ],
)
async def test_what_a_fault_means_and_that_it_is_not_retried_behind_our_back(
    stripe: FakeStripe, provider: StripeProvider, fault: Fault, meaning: type[ProviderError]
) -> None:
    stripe.faults.plan(CREATE, fault)
    with pytest.raises(meaning) as raised:
        await provider.create_checkout(order())
    assert stripe.calls == [CREATE]
    if fault is Fault.TOO_MANY:
        assert isinstance(raised.value, ProviderDownError) and raised.value.retry_after_seconds == 7


async def test_nobody_there_surely_did_nothing(clock: SettableClock) -> None:
    async with provider_at(f"http://127.0.0.1:{free_port()}", clock) as provider:
        with pytest.raises(UnreachedError):
            await provider.create_checkout(order())


async def test_silence_ends_when_the_time_is_over(stripe: FakeStripe, clock: SettableClock) -> None:
    stripe.faults.plan(CREATE, Fault.SILENT_AFTER)
    async with provider_at(stripe.url, clock, call_seconds=0.3) as provider:
        with pytest.raises(ProviderSilentError, match="in time"):
            await provider.create_checkout(order())


async def test_a_refusal_is_stripes_own_reason(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefusedError, match="minimum charge"):
        await provider.create_checkout(order(amount=usd("0.10")))
    with pytest.raises(ProviderRefusedError, match="Invalid email"):
        await provider.create_checkout(order(2, payer_email="a@b"))


async def test_a_spent_key_is_left_behind_only_when_it_left_nothing(
    stripe: FakeStripe, provider: StripeProvider
) -> None:
    """Stripe repeats a 500 for a day; meanwhile the same order must neither be lost nor opened twice."""
    stripe.faults.plan(CREATE, Fault.ERROR_BEFORE)
    with pytest.raises(ProviderSilentError):
        await provider.create_checkout(order())
    opened = await provider.create_checkout(order())
    assert stripe.calls == [CREATE, CREATE, LIST, CREATE]
    assert opened == await provider.create_checkout(order()) and len(stripe.books.sessions) == 1


async def test_a_500_that_had_its_effect_is_seen_through(stripe: FakeStripe, provider: StripeProvider) -> None:
    stripe.faults.plan(CREATE, Fault.ERROR_AFTER)
    with pytest.raises(ProviderSilentError):
        await provider.create_checkout(order())
    await provider.create_checkout(order())
    assert len(stripe.books.sessions) == 1


async def test_keys_are_not_spent_without_end(stripe: FakeStripe, provider: StripeProvider) -> None:
    stripe.faults.lasting[CREATE] = Fault.ERROR_BEFORE
    for _ in range(MAX_KEYS):
        with pytest.raises(ProviderSilentError):
            await provider.create_checkout(order())
    with pytest.raises(ProviderSilentError, match="every key"):
        await provider.create_checkout(order())


async def test_other_parameters_under_a_known_key_find_what_was_opened(
    stripe: FakeStripe, provider: StripeProvider
) -> None:
    opened = await provider.create_checkout(order())
    assert await provider.create_checkout(order(description="as a newer version puts it")) == opened
    assert len(stripe.books.sessions) == 1


async def test_a_late_refusal_does_not_hide_what_the_first_call_opened(
    stripe: FakeStripe, provider: StripeProvider, clock: SettableClock
) -> None:
    stripe.faults.plan(CREATE, Fault.RESET_AFTER)
    with pytest.raises(ProviderSilentError):
        await provider.create_checkout(order())
    stripe.keys.forget()
    clock.advance(timedelta(days=2))
    found = await provider.create_checkout(order())
    assert [found.provider_payment_id] == list(stripe.books.sessions)


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.ERROR_AFTER, Fault.ERROR_BEFORE])
@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_refund_is_one_though_stripe_forgets_its_key_or_keeps_an_error_under_it(
    stripe: FakeStripe, provider: StripeProvider, fault: Fault, forgotten: bool
) -> None:
    opened = await provider.create_checkout(order())
    stripe.books.pay(opened.provider_payment_id)
    stripe.faults.plan(REFUND, fault)
    with pytest.raises(ProviderSilentError):
        await provider.refund(refund_order(opened, "4.00"))
    if forgotten:
        stripe.keys.forget()
    for _ in range(2):
        made = await provider.refund(refund_order(opened, "4.00"))
        assert list(stripe.books.refunds) == [made.provider_refund_id]


async def test_refunds_that_stripe_does_not_show_are_not_refused(stripe: FakeStripe, provider: StripeProvider) -> None:
    opened = await provider.create_checkout(order())
    session = stripe.books.pay(opened.provider_payment_id)
    for _ in range(11):
        stripe.books.refund(session["payment_intent"], 10, {})
    stripe.faults.plan(REFUNDS, Fault.REFUSED, Fault.REFUSED)
    with pytest.raises(ProviderSilentError, match="does not show"):
        await provider.refund(refund_order(opened, "4.00"))
    with pytest.raises(ProviderSilentError, match="does not show"):
        await provider.fetch(opened.provider_payment_id)


async def test_where_there_are_too_many_sessions_to_look_through_the_same_call_tells(
    stripe: FakeStripe, provider: StripeProvider, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.stripe.PAGE", 1)
    monkeypatch.setattr("providers.stripe.MAX_PAGES", 2)
    first = await provider.create_checkout(order(1))
    for number in (2, 3, 4):
        await provider.create_checkout(order(number))
    assert await provider.find_checkout(order(1)) == first
    assert stripe.calls[-1] == CREATE and len(stripe.books.sessions) == 4
    clock.advance(timedelta(days=2))
    with pytest.raises(ProviderSilentError, match="too many"):
        await provider.find_checkout(order(1))


@pytest.mark.parametrize(("attempt", "pages"), [(1, 1), (2, 2)], ids=["its own", "another attempt's"])
async def test_what_was_found_is_not_looked_for_to_the_beginning_of_all_sessions(
    stripe: FakeStripe, provider: StripeProvider, monkeypatch: pytest.MonkeyPatch, attempt: int, pages: int
) -> None:
    monkeypatch.setattr("providers.stripe.PAGE", 1)
    monkeypatch.setattr("providers.stripe.MAX_PAGES", 2)
    for number in (2, 3, 4):
        await provider.create_checkout(order(number))
    newest = await provider.create_checkout(order(1))
    before = len(stripe.calls)
    assert await provider.find_checkout(replace(order(1), attempt=attempt)) == newest
    assert stripe.calls[before:] == [LIST] * pages


async def test_a_wrong_key_is_one_line_without_the_key(stripe: FakeStripe, clock: SettableClock) -> None:
    async with provider_at(stripe.url, clock, key="sk_test_mistyped1234") as provider:
        for ask in (provider.check, lambda: provider.create_checkout(order())):
            with pytest.raises(KeyRefusedError) as raised:
                await ask()
            assert str(raised.value) == "Stripe does not accept STRIPE_SECRET_KEY (401)"
            assert raised.value.__cause__ is None and raised.value.__suppress_context__
        assert stripe.calls[0] == LIST


async def test_a_right_key_passes_the_check(provider: StripeProvider) -> None:
    await provider.check()


async def test_the_other_mode_is_no_answer(stripe: FakeStripe, provider: StripeProvider) -> None:
    opened = await provider.create_checkout(order())
    stripe.books.pay(opened.provider_payment_id)
    stripe.books.sessions[opened.provider_payment_id]["livemode"] = True
    for ask in (provider.fetch(opened.provider_payment_id), provider.find_checkout(order()), provider.check()):
        with pytest.raises(ProviderSilentError, match="another mode"):
            await ask


async def test_with_stripe_down_calls_are_refused_at_once_until_it_is_back(
    stripe: FakeStripe, provider: StripeProvider, clock: SettableClock
) -> None:
    opened = await provider.create_checkout(order())
    stripe.faults.lasting[stripe.faults.ANY] = Fault.BAD_GATEWAY
    for _ in range(FAILURES):
        with pytest.raises(ProviderSilentError):
            await provider.fetch(opened.provider_payment_id)
    before = len(stripe.calls)
    with pytest.raises(ProviderDownError) as refused:
        await provider.create_checkout(order(2))
    assert refused.value.retry_after_seconds == PAUSE.total_seconds()
    assert len(stripe.calls) == before, "nobody was asked"
    stripe.faults.lasting.clear()
    clock.advance(PAUSE)
    assert (await provider.fetch(opened.provider_payment_id)).state is CheckoutState.OPEN
    assert (await provider.create_checkout(order(2))).url


async def test_refusals_are_answers_and_hold_nothing_back(provider: StripeProvider) -> None:
    for _ in range(2 * FAILURES):
        with pytest.raises(ProviderSilentError):
            await provider.fetch("cs_test_unknown")
    assert (await provider.create_checkout(order())).url


async def test_no_more_than_so_many_calls_at_once(stripe: FakeStripe, provider: StripeProvider) -> None:
    opened = await provider.create_checkout(order())
    stripe.faults.lasting[RETRIEVE] = Fault.SILENT_BEFORE
    calls = [asyncio.create_task(provider.fetch(opened.provider_payment_id)) for _ in range(MAX_CALLS + 3)]
    await asyncio.wait(calls, return_when=asyncio.FIRST_EXCEPTION)
    assert stripe.calls.count(RETRIEVE) == MAX_CALLS
    stripe.faults.released.set()
    kinds = Counter(type(answer).__name__ for answer in await asyncio.gather(*calls, return_exceptions=True))
    assert kinds == {"TooManyCallsError": 3, "ProviderSilentError": MAX_CALLS}


@pytest.mark.parametrize("secret", ["sk_live_51Habc", "rk_test_9", "whsec_x", "sk_test_****1234"])
def test_words_that_are_passed_on_hold_no_secret(secret: str) -> None:
    assert secret not in without_secrets(f"No such thing for {secret}, sorry") and "sorry" in without_secrets("sorry")
