"""What is asked of deliveries again and again is answered by the few that are not done, however many there were."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from data import due_deliveries, old_deliveries
from data.database import Database
from data.delivery import DeliveryState
from data.delivery_census import DeliveryCensus, delivery_census
from data.due_deliveries import Stretch
from data.transaction import Transaction
from tests.conftest import run
from tests.data.plans import plans, recorded

ROWS = 20_000
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ONE = UUID(int=1)
FILL = f"""
SET session_replication_role = replica;
INSERT INTO mesaya_payments.deliveries (id, event_id, subscriber_id, form, payment_id, sequence, state, held_because,
  job_id, ready_at, next_attempt_at, created_at, updated_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, gen_random_uuid(), '{ONE}', 'v1', gen_random_uuid(), 1, state,
  CASE WHEN state = 'HELD' THEN 'why' END, n, at, CASE WHEN state = 'PENDING' THEN at END, at, at
FROM generate_series(1, {ROWS}) n, LATERAL (SELECT timestamptz '2026-01-01T00:00Z' + n * interval '1 minute') t (at),
  LATERAL (SELECT CASE n % 1000 WHEN 1 THEN 'PENDING' WHEN 2 THEN 'HELD' WHEN 3 THEN 'FAILED' ELSE 'DELIVERED' END)
  s (state);
ANALYZE
"""
STRETCH = Stretch(ONE, NOW - timedelta(days=60), NOW, tuple(DeliveryState), NOW)
READS: dict[str, Callable[[Transaction], Awaitable[object]]] = {
    "deliveries_failed": lambda c: due_deliveries.of_stretch(c, STRETCH, DeliveryState.FAILED, None, 500),
    "deliveries_held": lambda c: due_deliveries.of_stretch(c, STRETCH, DeliveryState.HELD, None, 500),
    "deliveries_of_subscriber": lambda c: due_deliveries.of_stretch(c, STRETCH, DeliveryState.DELIVERED, None, 500),
}


async def test_a_replay_looks_at_what_it_sends_again(database_url: str) -> None:
    await run(database_url, FILL)
    database = Database(database_url)
    try:
        for index, read in READS.items():
            async with recorded(database) as sent, database.transaction() as connection:
                await read(connection)
            (statement,) = sent.statements
            for plan in await plans(database_url, *statement):
                assert not plan.scanned and index in plan.indexes, (index, plan.indexes)
    finally:
        await database.close()


async def test_what_is_removed_is_found_by_its_index(database_url: str) -> None:
    await run(database_url, FILL)
    database = Database(database_url)
    try:
        async with recorded(database) as sent, database.transaction() as connection:
            removed = await old_deliveries.remove(connection, datetime(2026, 1, 2, tzinfo=UTC), NOW, 500)
        assert removed.count == 500
        for plan in await plans(database_url, *sent.statements[0]):
            assert plan.indexes == {"deliveries_changed"} and not plan.sorts
    finally:
        await database.close()


async def test_the_census_reads_no_delivery_that_is_done(database_url: str) -> None:
    await run(database_url, FILL)
    database = Database(database_url)
    try:
        async with recorded(database) as sent, database.transaction() as connection:
            census = await delivery_census(connection)
        few = {"PENDING": ROWS // 1000, "HELD": ROWS // 1000, "FAILED": ROWS // 1000}
        assert census == DeliveryCensus(few, datetime(2026, 1, 1, 0, 1, tzinfo=UTC))
        for statement in sent.statements:
            for plan in await plans(database_url, *statement):
                assert not plan.scanned
    finally:
        await database.close()


async def test_a_replay_is_of_each_once_in_their_order(database_url: str) -> None:
    await run(database_url, FILL)
    database = Database(database_url)
    found: list[UUID] = []
    try:
        async with database.transaction() as connection:
            after = None
            while True:
                names, after = await due_deliveries.of_stretch(connection, STRETCH, DeliveryState.FAILED, after, 3)
                found += [name.id for name in names]
                if after is None:
                    break
            assert await due_deliveries.count(connection, STRETCH) == ROWS
    finally:
        await database.close()
    assert [id_.int for id_ in found] == list(range(3, ROWS, 1000))
