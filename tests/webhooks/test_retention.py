"""What was done long ago is removed, all of it and nothing else; what it leaves behind is said when it is asked for."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from data import delivery_pages, old_deliveries
from data.delivery import DeliveryState
from data.due_deliveries import Stretch
from tests.data.waiting import until_blocked
from tests.webhooks.house import House
from tests.webhooks.partners import add_partner
from webhooks import retention
from webhooks.replay import refusal
from webhooks.retention import BEGINNING, PAUSE_SECONDS, keep_retention, remove_old, retention_of

KEPT = timedelta(days=90)
STATES = ("DELIVERED", "FAILED", "PENDING", "HELD")
BECOMES = """
UPDATE mesaya_payments.deliveries SET state = :state, held_because = CASE WHEN :state = 'HELD' THEN 'why' END,
  next_attempt_at = CASE WHEN :state = 'PENDING' THEN ready_at END WHERE id = :id
"""
ATTEMPTED = """
INSERT INTO mesaya_payments.delivery_attempts (delivery_id, number, started_at, duration_ms)
SELECT id, n, now(), 5 FROM mesaya_payments.deliveries, generate_series(1, 2) n
"""
LEFT = """
SELECT (SELECT count(*) FROM mesaya_payments.deliveries) AS deliveries,
  (SELECT count(*) FROM mesaya_payments.delivery_attempts) AS attempts,
  (SELECT count(*) FROM mesaya_payments.webhook_events) AS events
"""


async def owed(house: House, *states: str, events: int = 1, partners: int = 1) -> list[UUID]:
    """Deliveries with two attempts each; `states` one after the other, in the order they were owed."""
    for _ in range(partners):
        await add_partner(house.database)
    await house.create_many(events)
    ids = [one.id for one in await house.deliveries()]
    for id_, state in zip(ids, states, strict=True):
        await house.sql(BECOMES, id=id_, state=state)
    await house.sql(ATTEMPTED)
    return ids


async def remove(house: House, after: timedelta, *, kept: timedelta | None = KEPT) -> list[float]:
    """As if so much time had passed; says how long it paused, each time."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    later = datetime.now(UTC) + after
    await remove_old(replace(house.sending, clock=lambda: later, retention=kept, sleep=sleep))
    return pauses


async def left(house: House) -> tuple[int, int, int]:
    (row,) = await house.sql(LEFT)
    return row.deliveries, row.attempts, row.events


async def test_what_is_done_goes_with_all_that_belongs_to_it(house: House) -> None:
    ids = await owed(house, *STATES, events=4)
    await remove(house, KEPT - timedelta(minutes=1))
    assert await left(house) == (4, 8, 4)
    await remove(house, KEPT)
    assert [one.id for one in await house.deliveries()] == ids[2:], "what is not done is owed for ever"
    assert await left(house) == (2, 4, 2)


async def test_by_its_last_change_not_by_its_age(house: House) -> None:
    ids = await owed(house, "DELIVERED", "DELIVERED", events=2)
    soon = datetime.now(UTC) + timedelta(days=1)
    await house.sql("UPDATE mesaya_payments.deliveries SET updated_at = :soon WHERE id = :id", soon=soon, id=ids[0])
    await remove(house, KEPT)
    assert [one.id for one in await house.deliveries()] == ids[:1]


async def test_an_event_stays_as_long_as_somebody_is_owed_it(house: House) -> None:
    _, held = await owed(house, "DELIVERED", "HELD", partners=2)
    await remove(house, KEPT)
    assert await left(house) == (1, 2, 1)
    await house.sql(BECOMES, id=held, state="DELIVERED")
    await remove(house, KEPT)
    assert await left(house) == (0, 0, 0)


async def test_of_two_that_remove_the_last_of_an_event_one_removes_the_event(house: House) -> None:
    await owed(house, "DELIVERED", "DELIVERED", partners=2)
    before = datetime.now(UTC) + timedelta(days=1)

    async def other() -> None:
        async with house.database.transaction() as connection:
            assert (await old_deliveries.remove(connection, BEGINNING, before, 1)).count == 1

    async with house.database.transaction() as connection:
        await old_deliveries.remove(connection, BEGINNING, before, 1)
        rival = asyncio.create_task(other())
        await until_blocked(house.database, "webhook_events")
    await rival
    assert await left(house) == (0, 0, 0)


async def test_one_that_is_being_sent_again_stays(house: House) -> None:
    (id_,) = await owed(house, "FAILED")
    async with house.database.transaction() as connection:
        await delivery_pages.lock(connection, id_)
        await remove(house, KEPT)
    assert await left(house) == (1, 2, 1)


async def test_in_small_batches_with_pauses(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    await owed(house, "HELD", *["DELIVERED"] * 5, events=6)
    assert await remove(house, KEPT) == [PAUSE_SECONDS] * 2
    assert await left(house) == (1, 2, 1)


async def test_all_is_kept_where_that_is_wanted(house: House) -> None:
    await owed(house, "DELIVERED")
    assert (retention_of(0), retention_of(7)) == (None, timedelta(days=7))
    await remove(house, timedelta(days=3650), kept=retention_of(0))
    assert await left(house) == (1, 2, 1)


async def test_it_goes_on_beside_the_senders(house: House) -> None:
    await owed(house, "DELIVERED")
    rounds = asyncio.Semaphore(0)

    async def sleep(_: float) -> None:
        rounds.release()
        await asyncio.sleep(0)

    sending = replace(house.sending, clock=lambda: datetime.now(UTC) + KEPT, retention=KEPT, sleep=sleep)
    keeping = asyncio.create_task(keep_retention(sending))
    await rounds.acquire()
    assert await left(house) == (0, 0, 0)
    await rounds.acquire()
    await house.stop(keeping)


NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "states", "kept", "refused"),
    [
        (29, "FAILED HELD", 30, None),
        (31, "FAILED HELD", 30, "30 days"),
        (31, "DELIVERED", 30, "30 days"),
        (31, "HELD PENDING", 30, None),
        (31, "FAILED HELD", 0, None),
        (90, "FAILED HELD", 0, None),
        (91, "FAILED HELD", 0, "90 days"),
        (0, "FAILED HELD", 0, "in the past"),
    ],
)
def test_a_stretch_of_which_some_may_be_gone_is_refused(
    since: int, states: str, kept: int, refused: str | None
) -> None:
    """Rather than sent again in part."""
    wanted = tuple(DeliveryState(state) for state in states.split())
    stretch = Stretch(UUID(int=1), NOW - timedelta(days=since), NOW, wanted, NOW)
    said = refusal(stretch, retention_of(kept))
    assert said is None if refused is None else refused in (said or "")
