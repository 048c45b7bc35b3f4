"""From checkout over the page and the webhook to the last status: every outcome, as a payer causes it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from data import events
from data.database import Database
from data.events import Cause, Event
from data.payment import AMOUNT_MISMATCH, CancellationCause, Payment
from data.status import Status
from providers.mock_outcomes import SETTLING, Outcome
from resolvers.answers import CheckoutSuccess, InvalidInput, ProviderUnavailable, VerifyPaymentSuccess
from resolvers.caller import ANYBODY
from resolvers.cancel import cancel
from resolvers.reconcile import reconcile
from resolvers.verify import verify
from tests.providers.bench import SettableClock
from tests.providers.checkouts import asked, opened, stored, until
from tests.providers.house import House, house
from tests.providers.mock_bench import Naps

FIXED = UUID(int=1)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def home(database: Database, database_url: str, clock: SettableClock, naps: Naps) -> AsyncIterator[House]:
    async with house(database, database_url, clock, sleep=naps) as opened_house:
        yield opened_house


async def press(home: House, payment: Payment, outcome: Outcome) -> int:
    assert payment.checkout_url is not None
    return (await home.browser.post(payment.checkout_url, data={"outcome": outcome})).status_code


async def history(home: House, payment: Payment) -> list[Event]:
    async with home.runtime.database.transaction() as connection:
        return await events.after(connection, payment.id, 0)


async def test_paid_on_the_page_succeeds_by_the_webhook(home: House) -> None:
    payment = await opened(home)
    assert payment.checkout_url is not None
    page = await home.browser.get(payment.checkout_url)
    assert page.status_code == 200 and "10.00" in page.text
    answer = await home.browser.post(payment.checkout_url, data={"outcome": "pay"})
    await until(home, payment, Status.SUCCEEDED)
    back = await home.browser.get(answer.headers["location"])
    told = [(event.status, event.cause) for event in await history(home, payment)]
    assert told == [(Status.PENDING, Cause.CHECKOUT), (Status.SUCCEEDED, Cause.PROVIDER_WEBHOOK)]
    assert answer.status_code == 303 and "Your payment has arrived" in back.text


@pytest.mark.parametrize("outcome", [Outcome.DECLINE, Outcome.INSUFFICIENT_FUNDS, Outcome.AUTHENTICATION_REQUIRED])
async def test_a_decline_is_told_and_leaves_it_open(home: House, outcome: Outcome) -> None:
    payment = await opened(home)
    assert await press(home, payment, outcome) == 200
    await home.provider.reporter.idle()
    declined = await stored(home, payment)
    assert declined.status is Status.PENDING and declined.failure_code is not None
    await press(home, payment, Outcome.PAY)
    assert (await until(home, payment, Status.SUCCEEDED)).failure_code is None


async def test_fail_and_cancel(home: House) -> None:
    failing, canceling = await opened(home), await opened(home)
    await press(home, failing, Outcome.FAIL)
    await press(home, canceling, Outcome.CANCEL)
    assert (await until(home, failing, Status.FAILED)).failure_message
    canceled = await until(home, canceling, Status.CANCELED)
    assert canceled.cancellation_cause is CancellationCause.REQUESTED


async def test_a_silent_payment_is_found_by_verify(home: House) -> None:
    payment = await opened(home)
    await press(home, payment, Outcome.PAY_SILENTLY)
    await home.provider.reporter.idle()
    assert (await stored(home, payment)).status is Status.PENDING
    answer = await verify(home.runtime, ANYBODY, payment.id, None)
    assert isinstance(answer, VerifyPaymentSuccess)
    assert (answer.changed, answer.payment.status) == (True, Status.SUCCEEDED)


async def test_late_money_is_processing_first(home: House, clock: SettableClock, naps: Naps) -> None:
    payment = await opened(home)
    await press(home, payment, Outcome.PAY_LATE)
    await until(home, payment, Status.PROCESSING)
    clock.advance(SETTLING)
    naps.over.set()
    await until(home, payment, Status.SUCCEEDED)


async def test_the_same_report_twice_at_once_has_one_effect(home: House) -> None:
    payment = await opened(home)
    await press(home, payment, Outcome.PAY_TWICE)
    await home.provider.reporter.idle()
    assert [event.status for event in await history(home, payment)] == [Status.PENDING, Status.SUCCEEDED]


async def test_another_amount_is_held_until_it_is_refunded(home: House) -> None:
    payment = await opened(home)
    await press(home, payment, Outcome.PAY_WRONG_AMOUNT)
    held = await until(home, payment, Status.PROCESSING)
    assert held.failure_code == AMOUNT_MISMATCH and held.refundable.text() == "9.99"


async def test_paid_after_it_was_canceled_or_had_expired(home: House, clock: SettableClock) -> None:
    canceled, expired = await opened(home), await opened(home)
    await cancel(home.runtime, ANYBODY, canceled.id, None, None)
    clock.advance(timedelta(days=2))
    await reconcile(home.runtime, expired.id)
    assert [(await stored(home, each)).status for each in (canceled, expired)] == [Status.CANCELED] * 2
    for payment in (canceled, expired):
        assert await press(home, payment, Outcome.PAY) == 409
        assert await press(home, payment, Outcome.PAY_ANYWAY) == 303
        after = await until(home, payment, Status.SUCCEEDED)
        assert after.cancellation_cause is None


async def test_a_lost_answer_is_found_by_the_same_key(home: House) -> None:
    lost = {"idempotency_key": "k", "metadata": {"mock": "timeout_created"}, "reservation_id": FIXED}
    first, second = await asked(home, **lost), await asked(home, **lost)
    assert isinstance(first, ProviderUnavailable) and first.payment is not None
    assert isinstance(second, CheckoutSuccess) and second.payment.id == first.payment.id
    await press(home, second.payment, Outcome.PAY)
    await until(home, second.payment, Status.SUCCEEDED)


async def test_a_payment_is_paid_though_its_creation_was_never_answered(home: House) -> None:
    answer = await asked(home, metadata={"mock": "timeout_created"})
    assert isinstance(answer, ProviderUnavailable) and answer.payment is not None
    await reconcile(home.runtime, answer.payment.id)
    found = await stored(home, answer.payment)
    assert found.checkout_url is not None and found.unknown_since is None
    await press(home, found, Outcome.PAY)
    await until(home, found, Status.SUCCEEDED)


async def test_nothing_was_opened_and_the_same_key_opens_it_later(home: House, clock: SettableClock) -> None:
    lost = {"idempotency_key": "k", "metadata": {"mock": "timeout_not_created"}, "reservation_id": FIXED}
    first = await asked(home, **lost)
    assert isinstance(first, ProviderUnavailable) and first.payment is not None
    clock.advance(timedelta(seconds=15))
    await reconcile(home.runtime, first.payment.id)
    assert (await stored(home, first.payment)).status is Status.PENDING
    second = await asked(home, **lost)
    assert isinstance(second, CheckoutSuccess) and second.payment.id == first.payment.id
    await press(home, second.payment, Outcome.PAY)
    await until(home, second.payment, Status.SUCCEEDED)


async def test_a_rejected_checkout_fails_with_the_reason(home: House) -> None:
    rejected = {"idempotency_key": "k", "metadata": {"mock": "reject"}, "reservation_id": FIXED}
    answer = await asked(home, **rejected)
    again = await asked(home, **rejected)
    assert isinstance(answer, InvalidInput) and "metadata.mock" in answer.message
    assert again == answer
