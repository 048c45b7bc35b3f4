"""Hot reads use their indexes on a large table: nothing is read from end to end."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from data import due, events, payments, refunds, shown_payments
from data.database import Database
from data.payments import Position
from data.reads import Reads
from data.shown_payment import ALL
from data.shown_payments import Filters, Page
from data.status import Status
from data.transaction import Transaction
from tests.conftest import run
from tests.data.plans import Sent, plans, recorded

ROWS = 20_000
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
FILL = f"""
SET session_replication_role = replica;
INSERT INTO payments (payment_id, reservation_id, subscription_id, user_id, amount, payment_status, created_at,
  provider, provider_payment_id)
SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n % 5000), 32, '0')::uuid, lpad(to_hex(n % 5000), 32, '0')::uuid,
  lpad(to_hex(n % 2000), 32, '0')::uuid, 10, 'pending', timestamp '2026-01-01' + n * interval '1 minute',
  'mock', 'p' || n
FROM generate_series(1, {ROWS}) n;
INSERT INTO mesaya_payments.records (payment_id, status, sequence, amount, currency, caller, success_url, cancel_url,
  expires_at, next_check_at, created_at, updated_at, unknown_since)
SELECT payment_id, 'PENDING', 3, 10, 'USD', 'c', 'u', 'u', created_at, created_at + interval '1 hour', created_at,
  created_at, CASE WHEN random() < 0.001 THEN created_at END FROM payments;
INSERT INTO mesaya_payments.events (payment_id, sequence, kind, status, previous_status, cause, occurred_at)
SELECT payment_id, s, 'STATUS', 'PENDING', CASE WHEN s > 1 THEN 'PENDING' END, 'CHECKOUT', created_at
FROM payments, generate_series(1, 3) s;
INSERT INTO mesaya_payments.refunds (refund_id, payment_id, amount, currency, status, created_at, updated_at)
SELECT gen_random_uuid(), payment_id, 1, 'USD', 'PENDING', created_at, created_at FROM payments;
ANALYZE
"""
ID = UUID(int=77)
USER = UUID(int=55)
AFTER = Position(NOW - timedelta(days=3), UUID(int=1000))
PAID = (Status.SUCCEEDED,)
FIRST = Page(None, 21, None)
NEXT = Page(None, 21, AFTER)
SHARED = "mesaya_payments_"

Read = Callable[[Transaction], Awaitable[object]]
READS: dict[str, tuple[Read, set[str]]] = {
    "a payment": (lambda c: payments.by_id(c, ID), {"payments_pkey", "records_pkey"}),
    "a payment of a user": (lambda c: payments.by_ids(c, [ID], USER), {"payments_pkey"}),
    "at the provider": (lambda c: payments.by_provider_id(c, "mock", "p7"), {SHARED + "at_provider"}),
    "all, page by page": (lambda c: payments.page(c, 21, AFTER), {SHARED + "newest"}),
    "due": (lambda c: due.claim(c, NOW - timedelta(days=29), NOW, 20), {"records_due", "records_pkey"}),
    "events": (lambda c: events.after(c, ID, 1), {"events_pkey"}),
    "pages of events": (lambda c: events.pages(c, [ID, USER], 0, 21), {"events_pkey"}),
    "refunds": (lambda c: refunds.of_payments(c, [ID, USER]), {"refunds_payment_id_provider_refund_id_key"}),
}
BOTH = [str(ID), str(USER)]
SHOWN: dict[str, tuple[Callable[[Reads], Awaitable[object]], set[str]]] = {
    "payments": (
        lambda r: shown_payments.by_ids(r, BOTH, None, ALL),
        {"payments_pkey", "records_pkey"},
    ),
    "payments of a user": (lambda r: shown_payments.by_ids(r, [str(ID)], USER, ALL), {"payments_pkey"}),
    "newest": (lambda r: shown_payments.page(r, Filters(), FIRST, None, ALL), {SHARED + "newest"}),
    "newest, next page": (lambda r: shown_payments.page(r, Filters(), NEXT, None, ALL), {SHARED + "newest"}),
    "of a reservation": (
        lambda r: shown_payments.page(r, Filters(reservation_id=ID), FIRST, None, ALL),
        {SHARED + "of_reservation"},
    ),
    "of a subscription": (
        lambda r: shown_payments.page(r, Filters(subscription_id=ID), NEXT, None, ALL),
        {SHARED + "of_subscription"},
    ),
    "of a user": (lambda r: shown_payments.page(r, Filters(user_id=USER), FIRST, None, ALL), {SHARED + "of_user"}),
    "of the user that asks": (lambda r: shown_payments.page(r, Filters(), FIRST, USER, ALL), {SHARED + "of_user"}),
    "of the user that asks, next page": (
        lambda r: shown_payments.page(r, Filters(), NEXT, USER, ALL),
        {SHARED + "of_user"},
    ),
    "of the user that asks, by status": (
        lambda r: shown_payments.page(r, Filters(), NEXT._replace(statuses=PAID), USER, ALL),
        {SHARED + "of_user"},
    ),
    "pages of reservations": (
        lambda r: shown_payments.of_reservations(r, BOTH, None, FIRST, ALL),
        {SHARED + "of_reservation"},
    ),
    "next pages of reservations for a user": (
        lambda r: shown_payments.of_reservations(r, BOTH, USER, NEXT._replace(statuses=PAID), ALL),
        {SHARED + "of_reservation"},
    ),
}
NEVER_SORTED = ("newest", "newest, next page", "all, page by page")
"""The others may sort the few rows that their index gave them."""


@pytest.fixture
async def filled_url(database_url: str) -> str:
    await run(database_url, FILL)
    return database_url


async def test_every_hot_read_finds_its_index(filled_url: str) -> None:
    database = Database(filled_url)
    try:
        for what, (read, indexes) in READS.items():
            async with recorded(database) as sent, database.transaction() as connection:
                await read(connection)
            await check(filled_url, what, sent, indexes)
        for what, (show, indexes) in SHOWN.items():
            async with recorded(database) as sent:
                await show(database.reads)
            await check(filled_url, what, sent, indexes)
    finally:
        await database.close()


async def check(url: str, what: str, sent: Sent, indexes: set[str]) -> None:
    (statement,) = [statement for statement in sent.statements if "mesaya" in statement[0]]
    for plan in await plans(url, *statement):
        assert not plan.scanned, (what, plan.scanned)
        assert indexes <= plan.indexes, (what, plan.indexes)
        assert what not in NEVER_SORTED or not plan.sorts, what


async def test_the_lock_of_a_payment_reads_it_by_its_id(filled_url: str) -> None:
    database = Database(filled_url)
    try:
        async with recorded(database) as sent, database.transaction() as connection:
            assert await payments.lock(connection, ID) is not None
        for statement in sent.statements:
            for plan in await plans(filled_url, *statement):
                assert not plan.scanned and "payments_pkey" in plan.indexes
    finally:
        await database.close()


async def test_what_is_due_is_claimed_once_oldest_first(filled_url: str) -> None:
    database, now = Database(filled_url), NOW - timedelta(days=29)
    try:
        async with database.transaction() as first, database.transaction() as second:
            mine = await due.claim(first, now, NOW, 20)
            theirs = await due.claim(second, now, NOW, 20)
            assert {id_.int for id_ in mine} == set(range(1, 21))
            assert {id_.int for id_ in theirs} == set(range(21, 41))
    finally:
        await database.close()
