"""Replays: what a partner missed is sent again, all of it and nothing else."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from data import due_deliveries
from data.delivery import DeliveryState
from data.due_deliveries import Stretch
from data.transaction import Transaction
from tests.webhooks.house import House
from tests.webhooks.partners import add_partner
from tests.webhooks.receiver import OK, Receiver, Reply
from webhooks import replay

DELIVERED = "UPDATE mesaya_payments.deliveries SET state = 'DELIVERED', next_attempt_at = NULL, delivered_at = now()"


async def missed(house: House, partner_id: UUID, *states: DeliveryState) -> Stretch:
    now = datetime.now(UTC)
    return Stretch(partner_id, now - timedelta(hours=1), now, states or replay.MISSED, now)


async def test_410_stops_at_once_until_it_is_replayed(house: House, receiver: Receiver) -> None:
    receiver.behave("/hooks", Reply(410), OK)
    partner_id = await add_partner(house.database, receiver.url())
    await house.create()
    house.send()
    (delivery,) = await house.until(DeliveryState.HELD)
    assert delivery.held_because == "The partner's server answered 410 Gone"
    await house.create()
    await house.until(DeliveryState.HELD, 2)
    async with house.database.transaction() as connection:
        assert await replay.ask(connection, await missed(house, partner_id)) == 2
    await house.until(DeliveryState.DELIVERED, 2)


async def test_a_replay_ends_though_its_clock_is_behind_that_of_who_asked(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BATCH", 1)
    partner_id = await add_partner(house.database, receiver.url())
    await house.create_many(3)
    stretch = await missed(house, partner_id, DeliveryState.PENDING)
    ahead = replace(stretch, asked_at=stretch.asked_at + timedelta(hours=1))
    async with house.database.transaction() as connection:
        await replay.ask(connection, ahead)
    (job,) = await house.sql("SELECT payload FROM mesaya_payments.jobs WHERE entrypoint = 'replay'")
    async with asyncio.timeout(10):
        await replay.replay(house.sending, job.payload)
    assert {one.ready_at for one in await house.deliveries()} == {ahead.asked_at}


async def test_a_replay_sends_the_failed_again_and_only_its_stretch_and_partner(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.outcome.PATIENCE", timedelta(days=10**6))
    receiver.behave("/one", Reply(500))
    receiver.behave("/two", Reply(500))
    partner_id = await add_partner(house.database, receiver.url("/one"))
    await add_partner(house.database, receiver.url("/two"))
    await house.create()
    house.send(scale=1e-6)
    await house.until(DeliveryState.FAILED, 2)
    receiver.behave("/one", OK)
    receiver.behave("/two", OK)
    before = replace(await missed(house, partner_id), until=datetime.now(UTC) - timedelta(minutes=30))
    async with house.database.transaction() as connection:
        assert await replay.ask(connection, before) == 0
        stretch = await missed(house, partner_id)
        assert await replay.ask(connection, stretch) == 1
    (delivered,) = await house.until(DeliveryState.DELIVERED)
    assert (delivered.subscriber_id, delivered.attempts, delivered.tried) == (partner_id, 11, 1)
    await replay.replay(house.sending, replay._written(stretch))
    assert (await house.until(DeliveryState.DELIVERED))[0].attempts == 11, "asked for once, begun once"


async def test_a_replay_of_many_is_of_all(house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.replay.BATCH", 7)
    partner_id = await add_partner(house.database, receiver.url())
    await house.create_many(40)
    house.send()
    await house.until(DeliveryState.DELIVERED, 40)
    async with house.database.transaction() as connection:
        assert await replay.ask(connection, await missed(house, partner_id, DeliveryState.DELIVERED)) == 40
    await receiver.until_received(80)
    assert len({request.webhook_id for request in receiver.received}) == 40


async def test_a_replay_misses_none_that_is_delivered_meanwhile(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner_id = await add_partner(house.database, receiver.url())
    await house.create()
    stretch = await missed(house, partner_id, DeliveryState.DELIVERED, DeliveryState.PENDING)
    look = due_deliveries.of_stretch

    async def look_then_deliver(connection: Transaction, *asked: Any) -> Any:
        found = await look(connection, *asked)
        await connection.execute(text(DELIVERED))
        return found

    monkeypatch.setattr(due_deliveries, "of_stretch", look_then_deliver)
    await replay.replay(house.sending, replay._written(stretch))
    assert [one.ready_at for one in await house.deliveries()] >= [stretch.asked_at]
