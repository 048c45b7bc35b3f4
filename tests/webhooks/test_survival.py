"""Whatever dies meanwhile: everything arrives, and what arrives twice has an id that was seen already."""

import asyncio
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from data import attempts
from data.delivery import DeliveryState
from data.embedded import EmbeddedPostgres
from data.migrate import migrate
from tests.webhooks.house import SHORT_LEASE, House, house_at
from tests.webhooks.partners import add_partner
from tests.webhooks.receiver import OK, How, Receiver, Reply
from webhooks.queue import BATCH, LANE

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def sender_process(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.webhooks.sending_process", url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_kill_9_three_times_while_500_are_under_way(house: House, database_url: str, receiver: Receiver) -> None:
    await add_partner(house.database, receiver.url())
    await house.create_many(500)
    for _ in range(3):
        seen = len(receiver.received)
        async with sender_process(database_url) as process:
            await receiver.until_received(seen + 60)
            process.send_signal(signal.SIGKILL)
            await process.wait()
    left = [one for one in await house.deliveries() if one.state is DeliveryState.PENDING]
    assert left, "the sender was killed with work to do"
    async with sender_process(database_url):
        delivered = await house.until(DeliveryState.DELIVERED, 500, seconds=60)
    counted = Counter(request.webhook_id for request in receiver.received)
    assert set(counted) == {str(one.id) for one in delivered} and len(counted) == 500
    bodies = {(request.webhook_id, request.body) for request in receiver.received}
    assert len(bodies) == 500, "a repetition is the same, byte for byte"


async def test_killed_between_send_and_record_is_sent_again_under_its_id(
    house: House, database_url: str, receiver: Receiver
) -> None:
    never = asyncio.Event()
    receiver.behave("/hooks", Reply(after=never), Reply())
    await add_partner(house.database, receiver.url())
    await house.create()
    async with sender_process(database_url):
        await receiver.until_received(1)
    house.send(lease=SHORT_LEASE)
    (delivery,) = await house.until(DeliveryState.DELIVERED)
    assert [request.webhook_id for request in receiver.received] == [str(delivery.id)] * 2


async def test_stopped_politely_nothing_is_lost_and_nothing_waits_for_a_lease(house: House, receiver: Receiver) -> None:
    await add_partner(house.database, receiver.url())
    await house.create_many(100)
    sender = house.send()
    await receiver.until_received(20)
    await house.stop(sender)
    house.send()
    await house.until(DeliveryState.DELIVERED, 100)
    assert len({request.webhook_id for request in receiver.received}) == 100
    assert len(receiver.received) == 100, "what was under way was let finish"


async def test_two_senders_send_nothing_twice(house: House, receiver: Receiver) -> None:
    await add_partner(house.database, receiver.url())
    house.send()
    house.send()
    await house.create_many(300)
    await house.until(DeliveryState.DELIVERED, 300)
    assert len({request.webhook_id for request in receiver.received}) == len(receiver.received) == 300


async def test_postgresql_restarted_under_it(receiver: Receiver) -> None:
    """With some recorded, some under way and most not begun."""
    back = asyncio.Event()
    receiver.behave("/hooks", *[OK] * 30, Reply(after=back))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", {"fsync": "off"})
        await migrate(server.url)
        async with house_at(server.url, scale=1e-3) as house:
            await add_partner(house.database, receiver.url())
            await house.create_many(200)
            house.send(lease=SHORT_LEASE)
            await receiver.until_received(31)
            await asyncio.to_thread(server.stop)
            server = await asyncio.to_thread(EmbeddedPostgres, Path(folder) / "postgres")
            assert len(receiver.received) < 200
            back.set()
            await house.create_many(20)
            delivered = await house.until(DeliveryState.DELIVERED, 220)
            assert {request.webhook_id for request in receiver.received} == {str(one.id) for one in delivered}
        server.stop()


async def test_one_partner_that_hangs_delays_nobody_else(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waited for one of its answers would wait for ever."""
    monkeypatch.setattr("webhooks.sender.TIME_LIMIT_SECONDS", 3600)
    receiver.behave("/hangs", Reply(how=How.HANG))
    for path in ("/well", "/hangs"):
        await add_partner(house.database, receiver.url(path))
    await house.create_many(200)
    house.send()
    await receiver.until(lambda seen: asked(seen, "/hangs") >= 20)
    await house.create_many(30)
    await receiver.until(lambda seen: asked(seen, "/well") == 230)
    assert asked(receiver, "/hangs") < LANE + BATCH, "a lane has a width"


def asked(receiver: Receiver, path: str) -> int:
    return sum(one.path == path for one in receiver.received)


async def test_an_attempt_that_cannot_be_recorded_at_once_is_not_made_again(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, failures = attempts.record, iter([OSError("away"), asyncpg.CannotConnectNowError("starts")])

    async def away_at_first(*given: Any) -> None:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        await record(*given)

    monkeypatch.setattr("data.attempts.record", away_at_first)
    await add_partner(house.database, receiver.url())
    await house.create()
    house.send()
    await house.until(DeliveryState.DELIVERED)
    assert len(receiver.received) == 1
