"""What every provider has to do, whoever it is."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from data.money import Money
from providers.protocol import (
    Checkout,
    CheckoutState,
    ProviderError,
    ProviderRefund,
    ProviderRefusedError,
    ProviderSilentError,
    RefundState,
    SignatureRefusedError,
)
from tests.providers.bench import Bench
from tests.providers.orders import order, refund_order, usd


async def test_a_new_checkout_is_open_and_leads_somewhere(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    truth = await bench.provider.fetch(checkout.provider_payment_id)
    assert checkout.url is not None and checkout.url.startswith(("http://", "https://"))
    assert (truth.state, truth.received, truth.refunds) == (CheckoutState.OPEN, None, ())


async def test_equal_orders_are_one_checkout_at_the_same_time_too(bench: Bench) -> None:
    calls = [instance.create_checkout(order()) for instance in (bench.provider, bench.twin) for _ in range(5)]
    assert len(set(await asyncio.gather(*calls))) == 1
    assert await bench.twin.find_checkout(order()) == await bench.provider.create_checkout(order())


async def test_payments_and_attempts_have_checkouts_of_their_own(bench: Bench) -> None:
    orders = [order(1), order(2), order(1, attempt=2)]
    checkouts = [await bench.provider.create_checkout(each) for each in orders]
    assert len({checkout.provider_payment_id for checkout in checkouts}) == 3
    assert [await bench.provider.find_checkout(each) for each in orders] == checkouts


async def test_nothing_is_found_where_nothing_was_opened(bench: Bench) -> None:
    await bench.provider.create_checkout(order(2))
    assert await bench.provider.find_checkout(order(1)) is None


async def test_a_checkout_whose_answer_was_lost_is_found(bench: Bench) -> None:
    await bench.payer.lose_next_answer(created=True)
    told = bench.payer.order(order())
    with pytest.raises(ProviderSilentError):
        await bench.provider.create_checkout(told)
    found = await bench.twin.find_checkout(told)
    assert found is not None and found == await bench.provider.create_checkout(told)


async def test_silence_may_mean_that_nothing_was_opened(bench: Bench) -> None:
    await bench.payer.lose_next_answer(created=False)
    told = bench.payer.order(order())
    with pytest.raises(ProviderSilentError):
        await bench.provider.create_checkout(told)
    assert await bench.provider.find_checkout(told) is None
    checkout = await bench.provider.create_checkout(replace(told, attempt=2))
    assert (await bench.provider.fetch(checkout.provider_payment_id)).state is CheckoutState.OPEN


async def test_what_came_in_is_told_exactly(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.pay(checkout)
    truth = await bench.twin.fetch(checkout.provider_payment_id)
    assert (truth.state, truth.received) == (CheckoutState.PAID, usd("10.00"))


@pytest.mark.parametrize("amount", ["500", "50", "99999999"])
async def test_a_currency_without_decimals_stays_as_it_is(bench: Bench, amount: str) -> None:
    yen = Money(Decimal(amount), "JPY")
    checkout = await bench.provider.create_checkout(order(amount=yen))
    await bench.payer.pay(checkout)
    assert (await bench.provider.fetch(checkout.provider_payment_id)).received == yen


async def test_another_amount_is_told_as_it_came(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.pay(checkout, bench.wrong_amount)
    truth = await bench.provider.fetch(checkout.provider_payment_id)
    assert (truth.state, truth.received) == (CheckoutState.PAID, bench.wrong_amount)
    refund = await bench.provider.refund(replace(refund_order(checkout, "1.00"), amount=bench.wrong_amount))
    assert refund.state in (RefundState.SUCCEEDED, RefundState.PENDING)


async def test_done_is_not_paid_before_the_money_is_there(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.pay_late(checkout)
    before = await bench.provider.fetch(checkout.provider_payment_id)
    closed = await bench.provider.close_checkout(checkout.provider_payment_id)
    await bench.payer.settle(checkout)
    after = await bench.provider.fetch(checkout.provider_payment_id)
    assert [(t.state, t.received) for t in (before, closed)] == [(CheckoutState.PROCESSING, None)] * 2
    assert (after.state, after.received) == (CheckoutState.PAID, usd("10.00"))


async def test_after_a_decline_the_payer_may_try_again(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.decline(checkout)
    declined = await bench.provider.fetch(checkout.provider_payment_id)
    await bench.payer.pay(checkout)
    paid = await bench.provider.fetch(checkout.provider_payment_id)
    assert declined.state is CheckoutState.OPEN and declined.decline is not None and declined.decline.message
    assert paid.state is CheckoutState.PAID


async def test_a_failure_is_final_and_has_a_reason(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.fail(checkout)
    truth = await bench.provider.fetch(checkout.provider_payment_id)
    assert truth.state is CheckoutState.FAILED and truth.decline is not None
    assert (await bench.provider.close_checkout(checkout.provider_payment_id)).state is CheckoutState.FAILED


async def test_an_expired_checkout_was_not_closed_by_the_payer(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.expire(checkout)
    truth = await bench.provider.fetch(checkout.provider_payment_id)
    assert (truth.state, truth.closed_by_payer) == (CheckoutState.EXPIRED, False)


async def test_closing_ends_it_and_may_be_repeated(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    for _ in range(2):
        truth = await bench.provider.close_checkout(checkout.provider_payment_id)
        assert (truth.state, truth.closed_by_payer) == (CheckoutState.EXPIRED, False)
    assert (await bench.twin.fetch(checkout.provider_payment_id)).state is CheckoutState.EXPIRED


async def test_closing_what_is_paid_says_that_it_is_paid(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.pay(checkout)
    truth = await bench.provider.close_checkout(checkout.provider_payment_id)
    assert (truth.state, truth.received) == (CheckoutState.PAID, usd("10.00"))


async def test_equal_refunds_are_one(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.pay(checkout)
    asked = refund_order(checkout, "6.00")
    made = await asyncio.gather(*(instance.refund(asked) for instance in (bench.provider, bench.twin, bench.provider)))
    truth = await bench.provider.fetch(checkout.provider_payment_id)
    assert len(set(made)) == 1
    assert [(r.refund_id, r.amount) for r in truth.refunds] == [(asked.refund_id, usd("6.00"))]


async def test_refunds_stay_within_what_was_paid(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.pay(checkout)
    asked = [refund_order(checkout, "6.00", number) for number in (1, 2)]
    answers = await asyncio.gather(*map(bench.provider.refund, asked), return_exceptions=True)
    assert sum(isinstance(answer, ProviderRefusedError) for answer in answers) == 1
    assert sum(isinstance(answer, ProviderRefund) for answer in answers) == 1
    await bench.provider.refund(refund_order(checkout, "4.00", 3))
    with pytest.raises(ProviderRefusedError):
        await bench.provider.refund(refund_order(checkout, "0.01", 4))


async def test_what_is_not_paid_is_not_refunded(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    with pytest.raises(ProviderRefusedError):
        await bench.provider.refund(refund_order(checkout, "1.00"))
    assert (await bench.provider.fetch(checkout.provider_payment_id)).refunds == ()


async def test_a_refund_from_the_dashboard_is_told_as_not_ours(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.pay(checkout)
    await bench.payer.refund(checkout, usd("3.00"))
    truth = await bench.provider.fetch(checkout.provider_payment_id)
    assert [(refund.refund_id, refund.amount) for refund in truth.refunds] == [(None, usd("3.00"))]
    with pytest.raises(ProviderRefusedError):
        await bench.provider.refund(refund_order(checkout, "7.01"))


async def test_a_webhook_names_the_payment(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.pay(checkout)
    headers, body = await bench.payer.last_webhook()
    notice = bench.twin.read_webhook(headers, body, bench.clock())
    assert notice.event_id and notice.type
    assert order().payment_id == notice.payment_id or checkout.provider_payment_id == notice.provider_payment_id


async def test_a_webhook_is_taken_only_as_it_was_signed_and_only_for_a_while(bench: Bench) -> None:
    checkout = await bench.provider.create_checkout(order())
    await bench.payer.pay(checkout)
    headers, body = await bench.payer.last_webhook()
    late, early = bench.clock() + timedelta(minutes=6), bench.clock() - timedelta(minutes=6)
    for given_headers, given_body, now in (
        (headers, body + b" ", bench.clock()),
        (headers, b"", bench.clock()),
        ({}, body, bench.clock()),
        (headers, body, late),
        (headers, body, early),
    ):
        with pytest.raises(SignatureRefusedError):
            bench.provider.read_webhook(given_headers, given_body, now)
    with pytest.raises(SignatureRefusedError):
        bench.stranger.read_webhook(headers, body, bench.clock())


@pytest.mark.parametrize("unknown", ["", "nothing", "x" * 300])
async def test_an_unknown_checkout_is_an_error_of_the_provider(bench: Bench, unknown: str) -> None:
    with pytest.raises(ProviderError):
        await bench.provider.fetch(unknown)
    with pytest.raises(ProviderError):
        await bench.provider.close_checkout(unknown)
    with pytest.raises(ProviderError):
        await bench.provider.refund(refund_order(Checkout(unknown, ""), "1.00", 9))
