"""From a change to a partner's server and back into the books."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from data import attempts, due_deliveries
from data.attempt import AttemptError
from data.delivery import Delivery, DeliveryState
from data.secret import Secret
from data.status import Status
from data.transaction import Transaction
from tests.webhooks.house import House
from tests.webhooks.partners import HEX, WHSEC, add_partner, change_partner
from tests.webhooks.receiver import OK, How, Receiver, Reply
from webhooks.schedule import MAX_ATTEMPTS
from webhooks.verification import verify


async def test_a_partner_hears_of_a_payment_signed_in_both_families(house: House, receiver: Receiver) -> None:
    partner_id = await add_partner(house.database, receiver.url())
    made = await house.create()
    house.send()
    await house.until(DeliveryState.DELIVERED)
    (request,) = receiver.received
    delivery = await house.only()
    assert request.webhook_id == str(delivery.id)
    assert request.headers["x-partner-id"] == str(partner_id)
    assert request.body == delivery.body
    assert json.loads(request.body)["payment_id"] == str(made.id)
    verdicts = verify(request.headers, request.body, [Secret(WHSEC)], datetime.now(UTC))
    assert [verdict.refusal for verdict in verdicts] == [None, None, None]
    Webhook(WHSEC).verify(request.body, request.headers)


async def test_each_partner_gets_its_own_form(house: House, receiver: Receiver) -> None:
    await add_partner(house.database, receiver.url("/v1"))
    await add_partner(house.database, receiver.url("/v2"), api_version="v2", secret=HEX)
    await add_partner(house.database, receiver.url("/none"), events="payment.failed")
    await house.create()
    house.send()
    await house.until(DeliveryState.DELIVERED, 2)
    bodies = {request.path: json.loads(request.body) for request in receiver.received}
    assert bodies["/v1"]["event"] == bodies["/v2"]["type"] == "payment.created"
    assert set(bodies) == {"/v1", "/v2"}


@pytest.mark.parametrize(
    ("reply", "error", "status"),
    [
        (Reply(500, body=b"broken"), AttemptError.HTTP_5XX, 500),
        (Reply(429, {"Retry-After": "1"}), AttemptError.HTTP_4XX, 429),
        (Reply(302, {"location": "http://169.254.169.254/"}), AttemptError.REDIRECT, 302),
        (Reply(how=How.DROP), AttemptError.CONNECT, None),
    ],
)
async def test_a_failure_is_on_record_and_tried_again_under_the_same_id(
    house: House, receiver: Receiver, reply: Reply, error: AttemptError, status: int | None
) -> None:
    receiver.behave("/hooks", reply, OK)
    await add_partner(house.database, receiver.url())
    await house.create()
    house.send()
    (delivery,) = await house.until(DeliveryState.DELIVERED)
    async with house.database.transaction() as connection:
        first, second = (await attempts.of(connection, [delivery.id]))[delivery.id]
    assert (first.error, first.response_status) == (error, status)
    assert (second.error, second.response_status, second.response_body) == (None, 200, "ok")
    ids = {request.webhook_id for request in receiver.received}
    assert ids == {str(delivery.id)} and len(receiver.received) == 2
    assert (delivery.attempts, delivery.delivered_at is not None) == (2, True)


async def test_an_endless_answer_is_taken_for_its_status(house: House, receiver: Receiver) -> None:
    receiver.behave("/hooks", Reply(how=How.ENDLESS))
    await add_partner(house.database, receiver.url())
    await house.create()
    house.send()
    assert (await house.until(DeliveryState.DELIVERED))[0].attempts == 1


async def test_a_name_that_does_not_resolve_is_tried_again(house: House, receiver: Receiver) -> None:
    answers: list[list[str]] = [[], ["127.0.0.1"]]

    async def resolve(_host: str, _port: int) -> list[str]:
        if not (found := answers.pop(0)):
            raise OSError("no such name")
        return found

    await add_partner(house.database, receiver.url(host="partner.example"))
    await house.create()
    house.send(resolve=resolve)
    (delivery,) = await house.until(DeliveryState.DELIVERED)
    async with house.database.transaction() as connection:
        made = (await attempts.of(connection, [delivery.id]))[delivery.id]
    assert [attempt.error for attempt in made] == [AttemptError.DNS, None]


async def test_attempts_end(house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.outcome.PATIENCE", timedelta(days=10**6))
    receiver.behave("/hooks", Reply(500))
    await add_partner(house.database, receiver.url())
    await house.create()
    house.send(scale=1e-6)
    (delivery,) = await house.until(DeliveryState.FAILED)
    assert (delivery.attempts, len(receiver.received)) == (MAX_ATTEMPTS, MAX_ATTEMPTS)


async def test_one_payments_events_reach_a_partner_in_order(house: House, receiver: Receiver) -> None:
    receiver.behave("/hooks", Reply(500), OK)
    await add_partner(house.database, receiver.url())
    made = await house.create()
    processing = await house.move(made, Status.PROCESSING)
    await house.move(processing, Status.SUCCEEDED)
    house.send(scale=1e-2)
    await house.until(DeliveryState.DELIVERED, 3)
    sequences = [json.loads(request.body)["sequence"] for request in receiver.received]
    assert sequences == [1, 1, 2, 3]


async def test_an_event_under_way_when_the_one_before_is_over_is_sent_once(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It happens between the record of the one before and the look for what waits for that."""
    go, woken = asyncio.Event(), asyncio.Event()
    receiver.behave("/hooks", OK, Reply(after=go), OK)
    await add_partner(house.database, receiver.url())
    made = await house.create()
    wake_next = due_deliveries.wake_next

    async def late(connection: Transaction, done: Sequence[Delivery], since: datetime) -> None:
        first = bool(done) and done[0].payment_id == made.id and not woken.is_set()
        if first:
            await house.move(made, Status.SUCCEEDED)
            await receiver.until_received(2)
        await wake_next(connection, done, since)
        if first:
            woken.set()

    monkeypatch.setattr(due_deliveries, "wake_next", late)
    house.send(scale=1e-2)
    await woken.wait()
    await house.create()
    await receiver.until_received(3)
    go.set()
    await house.until(DeliveryState.DELIVERED, 3)
    assert [json.loads(request.body)["sequence"] for request in receiver.received] == [1, 2, 1]


async def test_an_event_woken_while_it_begins_is_sent_once(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job that wakes it takes it over from the one that was about to send it."""
    claiming, woken = asyncio.Event(), asyncio.Event()
    await add_partner(house.database, receiver.url())
    made = await house.create()
    wake_next, claim = due_deliveries.wake_next, due_deliveries.claim

    async def late(connection: Transaction, done: Sequence[Delivery], since: datetime) -> None:
        first = bool(done) and not woken.is_set()
        if first:
            await house.move(made, Status.SUCCEEDED)
            await claiming.wait()
        await wake_next(connection, done, since)
        if first:
            woken.set()

    async def later(connection: Transaction, ready: Sequence[Delivery], now: datetime) -> set[UUID]:
        if ready:
            claiming.set()
            await woken.wait()
        return await claim(connection, ready, now)

    monkeypatch.setattr(due_deliveries, "wake_next", late)
    monkeypatch.setattr(due_deliveries, "claim", later)
    house.send(scale=1e-2)
    await house.until(DeliveryState.DELIVERED, 2)
    assert [json.loads(request.body)["sequence"] for request in receiver.received] == [1, 2]
    assert [one.attempts for one in await house.deliveries()] == [1, 1]


async def test_an_event_waits_ten_minutes_at_most_and_other_payments_never(house: House, receiver: Receiver) -> None:
    receiver.behave("/hooks", Reply(how=How.HANG), OK)
    await add_partner(house.database, receiver.url())
    made = await house.create()
    house.send()
    await receiver.until_received(1)
    await house.create()
    await receiver.until_received(2)
    await house.move(made, Status.SUCCEEDED)
    await receiver.until_received(3)
    assert [json.loads(request.body)["sequence"] for request in receiver.received] == [1, 1, 2]


async def test_suspended_is_held_and_goes_out_when_active_again(house: House, receiver: Receiver) -> None:
    partner_id = await add_partner(house.database, receiver.url(), status="suspended")
    await house.create()
    assert (await house.only()).held_because == "The partner is suspended"
    house.send()
    await change_partner(house.database, partner_id, status="active")
    await house.until(DeliveryState.DELIVERED)


async def test_suspended_while_it_waits_is_held_too(house: House, receiver: Receiver) -> None:
    partner_id = await add_partner(house.database, receiver.url())
    await house.create()
    await change_partner(house.database, partner_id, status="inactive")
    house.send()
    (delivery,) = await house.until(DeliveryState.HELD)
    assert (delivery.held_because, receiver.received) == ("The partner is inactive", [])


@pytest.mark.parametrize("secret", ["", " ", "whsec_"])
async def test_without_a_secret_nothing_is_sent(house: House, receiver: Receiver, secret: str) -> None:
    partner_id = await add_partner(house.database, receiver.url(), secret=secret)
    await house.create()
    assert (await house.only()).held_because == "The partner's secret is not known"
    house.send()
    await change_partner(house.database, partner_id, secret=WHSEC)
    await house.until(DeliveryState.DELIVERED)
    Webhook(WHSEC).verify(receiver.received[0].body, receiver.received[0].headers)


async def test_a_target_inside_is_never_called(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.outcome.PATIENCE", timedelta(days=10**6))
    await add_partner(house.database, "http://169.254.169.254/latest/meta-data")
    await house.create()
    house.send(scale=1e-6)
    (delivery,) = await house.until(DeliveryState.FAILED)
    async with house.database.transaction() as connection:
        made = (await attempts.of(connection, [delivery.id]))[delivery.id]
    assert {attempt.error for attempt in made} == {AttemptError.BLOCKED_ADDRESS}
