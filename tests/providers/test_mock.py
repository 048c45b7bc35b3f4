"""What only the mock provider does: everything that can go wrong, on request; and its books survive it all."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import text

from data.database import Database
from data.money import Money
from providers.mock import SLOW_SECONDS, MockProvider
from providers.mock_outcomes import ACTS, SETTLING, Outcome
from providers.protocol import Checkout, CheckoutState, FailureCode, ProviderRefusedError, ProviderSilentError, Truth
from tests.providers.bench import SettableClock
from tests.providers.mock_bench import Naps, provider_on
from tests.providers.orders import order, refund_order, usd
from tests.webhooks.receiver import How, Receiver, Reply, receiver_on_loopback


@dataclass
class Mock:
    provider: MockProvider
    client: httpx.AsyncClient
    clock: SettableClock
    naps: Naps
    heard: Receiver

    async def opened(self) -> str:
        return (await self.provider.create_checkout(order())).provider_payment_id

    async def played(self, id_: str, *outcomes: Outcome) -> Truth:
        for outcome in outcomes:
            assert await self.provider.play(id_, outcome) is not None
        return await self.provider.fetch(id_)

    def types(self) -> list[str]:
        notices = [self.provider.read_webhook(r.headers, r.body, self.clock()) for r in self.heard.received]
        return [notice.type for notice in notices]


@pytest.fixture
async def mock(database: Database) -> AsyncIterator[Mock]:
    clock, naps = SettableClock(), Naps()
    async with receiver_on_loopback() as heard, httpx.AsyncClient() as client:
        provider = provider_on(database, clock, client, report_to=heard.url(""), sleep=naps)
        yield Mock(provider, client, clock, naps, heard)
        await provider.aclose()


async def charges(database: Database) -> int:
    async with database.transaction() as connection:
        (found,) = await connection.execute(text("SELECT count(*) AS n FROM mesaya_payments.mock_charges"))
        return int(found.n)


async def test_there_is_an_act_for_each_outcome() -> None:
    assert set(ACTS) == set(Outcome)


async def test_rejected_orders_are_refused_and_leave_nothing(mock: Mock) -> None:
    rejected = order(metadata={"mock": "reject"})
    with pytest.raises(ProviderRefusedError):
        await mock.provider.create_checkout(rejected)
    assert await mock.provider.find_checkout(rejected) is None


async def test_a_lost_answer_is_silence_once_and_for_all_callers_of_that_time(mock: Mock) -> None:
    lost = order(metadata={"mock": "timeout_created"})
    with pytest.raises(ProviderSilentError):
        await mock.provider.create_checkout(lost)
    assert await mock.provider.create_checkout(lost) == await mock.provider.find_checkout(lost)


async def test_slow_is_there_before_it_answers(mock: Mock) -> None:
    slow = order(metadata={"mock": "slow"})
    creating = asyncio.create_task(mock.provider.create_checkout(slow))
    await mock.naps.begun.wait()
    assert mock.naps.asked == [SLOW_SECONDS]
    found = await mock.provider.find_checkout(slow)
    mock.naps.over.set()
    assert await creating == found


@pytest.mark.parametrize("odd", [None, 7, "", "PAY", ["slow"], {"slow": True}])
async def test_other_metadata_means_nothing(mock: Mock, odd: object) -> None:
    assert await mock.provider.create_checkout(order(metadata={"mock": odd}))


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.DECLINE, FailureCode.CARD_DECLINED),
        (Outcome.INSUFFICIENT_FUNDS, FailureCode.INSUFFICIENT_FUNDS),
        (Outcome.AUTHENTICATION_REQUIRED, FailureCode.AUTHENTICATION_REQUIRED),
    ],
)
async def test_declines_leave_it_open_with_their_code(mock: Mock, outcome: Outcome, code: FailureCode) -> None:
    id_ = await mock.opened()
    truth = await mock.played(id_, outcome)
    assert truth.state is CheckoutState.OPEN and truth.decline is not None and truth.decline.code is code
    assert (await mock.played(id_, Outcome.PAY)).decline is None
    await mock.heard.until_received(2)
    assert sorted(mock.types()) == ["checkout.declined", "checkout.paid"]


async def test_fail_and_cancel_end_it(mock: Mock) -> None:
    failed = await mock.played(await mock.opened(), Outcome.FAIL)
    other = (await mock.provider.create_checkout(order(2))).provider_payment_id
    canceled = await mock.played(other, Outcome.CANCEL)
    assert failed.state is CheckoutState.FAILED and failed.decline is not None
    assert (canceled.state, canceled.closed_by_payer) == (CheckoutState.EXPIRED, True)


async def test_paid_silently_is_paid_and_nobody_hears_of_it(mock: Mock) -> None:
    truth = await mock.played(await mock.opened(), Outcome.PAY_SILENTLY)
    await mock.provider.reporter.idle()
    assert (truth.state, truth.received) == (CheckoutState.PAID, usd("10.00"))
    assert mock.heard.received == []


async def test_paid_late_is_reported_before_and_after_it_arrives(mock: Mock) -> None:
    id_ = await mock.opened()
    assert (await mock.played(id_, Outcome.PAY_LATE)).state is CheckoutState.PROCESSING
    with pytest.raises(ProviderRefusedError):
        await mock.provider.refund(refund_order(Checkout(id_, ""), "1.00"))
    await mock.heard.until_received(1)
    mock.clock.advance(SETTLING - timedelta(microseconds=1))
    assert (await mock.provider.fetch(id_)).state is CheckoutState.PROCESSING
    mock.clock.advance(timedelta(microseconds=1))
    assert (await mock.provider.fetch(id_)).state is CheckoutState.PAID
    mock.naps.over.set()
    await mock.provider.reporter.idle()
    assert mock.types() == ["checkout.processing", "checkout.paid"]
    assert mock.naps.asked == [SETTLING.total_seconds()]


async def test_paid_twice_is_one_charge_and_one_event_that_arrives_twice(mock: Mock, database: Database) -> None:
    await mock.played(await mock.opened(), Outcome.PAY_TWICE)
    await mock.provider.reporter.idle()
    bodies = [received.body for received in mock.heard.received]
    assert len(bodies) == 2 and len(set(bodies)) == 1
    assert await charges(database) == 1


@pytest.mark.parametrize(
    ("asked", "came"),
    [("10.00 USD", "9.99 USD"), ("0.01 USD", "0.02 USD"), ("500 JPY", "499 JPY"), ("1 JPY", "2 JPY")],
)
async def test_a_wrong_amount_is_one_that_the_currency_has(mock: Mock, asked: str, came: str) -> None:
    expected = Money(Decimal(came.split(maxsplit=1)[0]), came.split()[1])
    told = order(amount=Money(Decimal(asked.split(maxsplit=1)[0]), asked.split()[1]))
    checkout = await mock.provider.create_checkout(told)
    assert (await mock.played(checkout.provider_payment_id, Outcome.PAY_WRONG_AMOUNT)).received == expected


async def test_what_is_over_can_be_paid_anyway(mock: Mock) -> None:
    canceled, closed, failed, expired = [
        (await mock.provider.create_checkout(order(number))).provider_payment_id for number in range(4)
    ]
    await mock.played(canceled, Outcome.CANCEL)
    await mock.provider.close_checkout(closed)
    await mock.played(failed, Outcome.FAIL)
    mock.clock.advance(timedelta(hours=2))
    for id_ in (canceled, closed, failed, expired):
        assert (await mock.played(id_, Outcome.PAY)).state in (CheckoutState.EXPIRED, CheckoutState.FAILED)
        truth = await mock.played(id_, Outcome.PAY_ANYWAY)
        assert (truth.state, truth.received, truth.decline) == (CheckoutState.PAID, usd("10.00"), None)


@pytest.mark.parametrize("first", [outcome for outcome in Outcome if ACTS[outcome].pays])
async def test_a_checkout_is_charged_once_whatever_is_tried_after(
    mock: Mock, database: Database, first: Outcome
) -> None:
    id_ = await mock.opened()
    await mock.played(id_, first, *Outcome, *Outcome)
    assert await charges(database) == 1


async def test_rivals_at_two_instances_charge_once(mock: Mock, database: Database) -> None:
    twin = provider_on(database, mock.clock, mock.client, seed=2, report_to=mock.heard.url(""))
    id_ = await mock.opened()
    played = await asyncio.gather(*(one.play(id_, Outcome.PAY) for one in (mock.provider, twin) for _ in range(5)))
    await twin.aclose()
    assert [each.accepted for each in played if each is not None].count(True) == 1
    assert await charges(database) == 1


async def test_pay_and_close_at_once_agree(mock: Mock, database: Database) -> None:
    for number in range(10):
        id_ = (await mock.provider.create_checkout(order(number))).provider_payment_id
        played, closed = await asyncio.gather(mock.provider.play(id_, Outcome.PAY), mock.provider.close_checkout(id_))
        assert played is not None and played.accepted == (closed.state is CheckoutState.PAID)


async def test_a_new_instance_sees_everything(mock: Mock, database_url: str) -> None:
    id_ = await mock.opened()
    checkout = await mock.provider.find_checkout(order())
    assert checkout is not None
    await mock.played(id_, Outcome.PAY)
    await mock.provider.refund(refund_order(checkout, "4.00"))
    before = await mock.provider.fetch(id_)
    await mock.provider.aclose()
    anew = Database(database_url)
    later = provider_on(anew, mock.clock, mock.client, seed=5)
    assert await later.fetch(id_) == before and before.refunds
    assert await later.create_checkout(order()) == checkout
    await anew.close()


async def test_a_report_is_tried_again_and_is_given_up(mock: Mock) -> None:
    mock.naps.over.set()
    mock.heard.behave("/webhooks/mock", Reply(503), Reply(how=How.DROP), Reply(200))
    id_ = await mock.opened()
    await mock.played(id_, Outcome.PAY)
    await mock.provider.reporter.idle()
    assert len({received.body for received in mock.heard.received}) == 1
    assert len(mock.heard.received) == 3
    mock.heard.behave("/webhooks/mock", Reply(500))
    other = (await mock.provider.create_checkout(order(2))).provider_payment_id
    await mock.played(other, Outcome.PAY)
    await mock.provider.reporter.idle()
    assert len(mock.heard.received) == 3 + 4


async def test_closing_ends_reports_under_way(mock: Mock) -> None:
    await mock.played(await mock.opened(), Outcome.PAY_LATE)
    await mock.provider.aclose()
    await asyncio.wait_for(mock.provider.reporter.idle(), 5)
