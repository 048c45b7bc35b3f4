"""Partners that fail for too long, or are gone: nothing is lost, and it goes out when they are well again."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from data import attempts, due_deliveries, partner_health
from data.delivery import DeliveryState
from data.transaction import Transaction
from tests.webhooks.house import House
from tests.webhooks.partners import WHSEC, add_partner, change_partner
from tests.webhooks.receiver import OK, How, Receiver, Reply
from webhooks.deliver import Deliverer, Made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first failure is one too many, and no probe comes by itself."""
    monkeypatch.setattr("webhooks.outcome.PATIENCE", timedelta(0))
    monkeypatch.setattr("webhooks.outcome.PROBE", timedelta(days=10**6))


async def test_nothing_but_failures_for_days_holds_everything(
    house: House, receiver: Receiver, impatient: None
) -> None:
    receiver.behave("/hooks", Reply(500))
    await add_partner(house.database, receiver.url())
    await house.create()
    house.send()
    (first,) = await house.until(DeliveryState.HELD)
    assert first.held_because is not None and first.held_because.startswith("Nothing but failures since 20")
    await house.create()
    first, second = await house.until(DeliveryState.HELD, 2)
    assert (second.held_because, second.attempts) == (first.held_because, 0)
    assert len(receiver.received) == 1


async def test_one_that_is_taken_ends_the_failing(house: House, receiver: Receiver) -> None:
    """Two failures with a success between them are not days of nothing but failures."""
    receiver.behave("/hooks", Reply(500), OK)
    partner_id = await add_partner(house.database, receiver.url())
    await house.create()
    house.send()
    await house.until(DeliveryState.DELIVERED)
    async with house.database.transaction() as connection:
        health = await partner_health.of(connection, [partner_id])
    assert health[partner_id].failing_since is None


async def test_a_probe_that_succeeds_lets_all_go(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.outcome.PATIENCE", timedelta(0))
    receiver.behave("/hooks", Reply(500))
    await add_partner(house.database, receiver.url())
    for _ in range(3):
        await house.create()
    house.send()
    await house.until(DeliveryState.HELD, 3)
    await receiver.until_received(6)
    assert [one.state for one in await house.deliveries()].count(DeliveryState.DELIVERED) == 0
    receiver.behave("/hooks", OK)
    await house.until(DeliveryState.DELIVERED, 3)


async def test_a_probe_that_hears_410_is_the_last_one(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.outcome.PATIENCE", timedelta(0))
    receiver.behave("/hooks", Reply(500), Reply(500), Reply(410))
    partner_id = await add_partner(house.database, receiver.url())
    await house.create()
    house.send()
    await receiver.until_received(3)
    (delivery,) = await house.until(DeliveryState.HELD)
    async with house.database.transaction() as connection:
        health = (await partner_health.of(connection, [partner_id]))[partner_id]
    assert await house.sql("SELECT FROM mesaya_payments.partner_health WHERE probe_at IS NOT NULL") == []
    assert health.stopped_because == "The partner's server answered 410 Gone"
    assert delivery.held_because == health.stopped_because


async def test_another_url_is_another_receiver(house: House, receiver: Receiver) -> None:
    receiver.behave("/gone", Reply(410))
    partner_id = await add_partner(house.database, receiver.url("/gone"))
    await house.create()
    house.send()
    await house.until(DeliveryState.HELD)
    await change_partner(house.database, partner_id, webhook_url=receiver.url("/new"))
    await house.until(DeliveryState.DELIVERED)


async def test_another_url_that_is_gone_too_is_asked_once(house: House, receiver: Receiver) -> None:
    for path in ("/gone", "/gone-too"):
        receiver.behave(path, Reply(410))
    partner_id = await add_partner(house.database, receiver.url("/gone"))
    await house.create()
    house.send()
    await house.until(DeliveryState.HELD)
    await change_partner(house.database, partner_id, webhook_url=receiver.url("/gone-too"))
    await receiver.until_received(2)
    await house.until(DeliveryState.HELD)
    await house.create()
    first, second = await house.until(DeliveryState.HELD, 2)
    assert (first.attempts, second.attempts) == (2, 0)
    assert [request.path for request in receiver.received] == ["/gone", "/gone-too"]


async def test_another_url_has_its_own_five_days(house: House, receiver: Receiver) -> None:
    go = asyncio.Event()
    receiver.behave("/gone", Reply(410))
    receiver.behave("/new", Reply(500), Reply(after=go))
    partner_id = await add_partner(house.database, receiver.url("/gone"))
    await house.create()
    house.send()
    await house.until(DeliveryState.HELD)
    await house.sql("UPDATE mesaya_payments.partner_health SET failing_since = now() - interval '6 days'")
    await change_partner(house.database, partner_id, webhook_url=receiver.url("/new"))
    await receiver.until_received(3)
    async with house.database.transaction() as connection:
        health = (await partner_health.of(connection, [partner_id]))[partner_id]
    assert health.stopped_at is None and health.failing_since is not None
    assert datetime.now(UTC) - health.failing_since < timedelta(minutes=1)
    go.set()
    await house.until(DeliveryState.DELIVERED)


async def test_a_delivery_whose_job_is_gone_gets_another(house: House, receiver: Receiver) -> None:
    await add_partner(house.database, receiver.url())
    await house.create()
    await house.sql("DELETE FROM mesaya_payments.jobs")
    house.send()
    await house.until(DeliveryState.DELIVERED)


async def test_a_time_out_is_a_failure_like_others(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.sender.TIME_LIMIT_SECONDS", 0.1)
    receiver.behave("/hooks", Reply(how=How.HANG), OK)
    await add_partner(house.database, receiver.url())
    await house.create()
    house.send()
    (delivery,) = await house.until(DeliveryState.DELIVERED)
    async with house.database.transaction() as connection:
        first, *_ = (await attempts.of(connection, [delivery.id]))[delivery.id]
    assert first.error == "timeout"


async def test_sent_again_while_an_attempt_is_under_way_is_sent_once_more(house: House, receiver: Receiver) -> None:
    go = asyncio.Event()
    receiver.behave("/hooks", Reply(after=go))
    await add_partner(house.database, receiver.url(), secret=WHSEC)
    await house.create()
    house.send()
    await receiver.until_received(1)
    delivery = await house.only()
    async with house.database.transaction() as connection:
        name = due_deliveries.Name(delivery.id, delivery.subscriber_id)
        await due_deliveries.begin(connection, [name], datetime.now(UTC))
    await receiver.until_received(2)
    go.set()
    assert (await house.until(DeliveryState.DELIVERED))[0].id == delivery.id


@pytest.mark.parametrize("newest_first", [False, True])
async def test_two_jobs_of_one_delivery_are_one_attempt(house: House, receiver: Receiver, newest_first: bool) -> None:
    """Sent again before it was sent: both jobs are looked at together, and the newer one stands for it."""
    await add_partner(house.database, receiver.url())
    await house.create()
    before = await house.only()
    async with house.database.transaction() as connection:
        name = due_deliveries.Name(before.id, before.subscriber_id)
        await due_deliveries.begin(connection, [name], datetime.now(UTC))
    jobs = [before.job_id, (await house.only()).job_id]
    deliverer = Deliverer(house.sending)
    try:
        both = reversed(jobs) if newest_first else jobs
        await asyncio.gather(*(deliverer.deliver(job, before.id) for job in both if job is not None))
    finally:
        await deliverer.aclose()
    assert len(receiver.received) == 1
    assert (await house.only()).state is DeliveryState.DELIVERED


async def test_attempts_that_end_together_are_all_on_record(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record is under way, and the next one is of two attempts at the same delivery."""
    go, gathered = asyncio.Event(), asyncio.Event()
    receiver.behave("/hooks", Reply(after=go))
    await add_partner(house.database, receiver.url())
    await house.create_many(2)
    ended: list[object] = []
    recorded, well = Deliverer._recorded, partner_health.well

    async def counted(deliverer: Deliverer, made: Made) -> None:
        ended.append(made)
        if len(ended) == 3:
            gathered.set()
        await recorded(deliverer, made)

    async def slow(connection: Transaction, ids: Sequence[UUID]) -> None:
        await gathered.wait()
        await well(connection, ids)

    monkeypatch.setattr(Deliverer, "_recorded", counted)
    monkeypatch.setattr(partner_health, "well", slow)
    house.send()
    await receiver.until_received(2)
    twice = (await house.deliveries())[1]
    async with house.database.transaction() as connection:
        name = due_deliveries.Name(twice.id, twice.subscriber_id)
        await due_deliveries.begin(connection, [name], datetime.now(UTC))
    await receiver.until_received(3)
    go.set()
    delivered = await house.until(DeliveryState.DELIVERED, 2)
    assert sorted(one.attempts for one in delivered) == [1, 2]
    async with house.database.transaction() as connection:
        assert len((await attempts.of(connection, [twice.id]))[twice.id]) == 2
