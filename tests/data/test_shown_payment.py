"""What PostgreSQL finishes of a payment says what the whole payment says, whatever the two rows hold."""

from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from data import payments, shown_payments
from data.database import Database, plain_dsn
from data.shown_payment import ALL, shown
from data.shown_payments import Filters, Page
from data.status import Status

ROWS = 300
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
SHARED = """
INSERT INTO payments (payment_id, reservation_id, subscription_id, user_id, amount, currency, payment_type, provider,
  provider_payment_id, checkout_url, payer_email, payer_name, description, metadata, failure_reason, payment_status)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""
OURS = """
INSERT INTO mesaya_payments.records (payment_id, status, sequence, amount, currency, received_amount, received_currency,
  amount_refunded, amount_reserved, caller, success_url, cancel_url, expires_at, failure_code, failure_message,
  cancellation_cause, cancellation_reason, unknown_since, last_error, checks, next_check_at, provider,
  provider_payment_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'user:1', 's', 'c', now(), $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
  now(), now())
"""


async def test_they_say_the_same(database: Database, database_url: str) -> None:
    random = Random(7)
    ids = [UUID(int=number) for number in range(1, ROWS + 1)]
    await fill(database_url, random, ids)
    async with database.transaction() as connection:
        whole = await payments.by_ids(connection, ids, None)
    found = await shown_payments.by_ids(database.reads, [*map(str, ids)], None, ALL)
    assert set(found) == {*map(str, whole)} == {*map(str, ids)}
    for id_ in ids:
        assert parsed({name: found[str(id_)][name] for name in ALL}) == parsed(dict(shown(whole[id_])))
    assert len({str(parsed(dict(shown(one)))) for one in whole.values()}) == ROWS


async def test_nothing_is_read_but_what_is_named(database: Database, database_url: str) -> None:
    await fill(database_url, Random(1), [UUID(int=1)])
    names = frozenset(["amount", "status"])
    (row,) = (await shown_payments.by_ids(database.reads, [str(UUID(int=1))], None, names)).values()
    assert set(row.keys()) == {"id", "amount", "status"}


async def test_rows_know_the_order_of_their_columns(database: Database, database_url: str) -> None:
    """Which is what they are read by: each at its place, in every statement."""
    reservation = UUID(int=5)
    await fill(database_url, Random(3), [UUID(int=number) for number in range(1, 20)])
    for names in (ALL, frozenset(["status", "amount", "id"]), frozenset(["user_id", "checks"])):
        page = Page(None, 5, None)
        found = (await shown_payments.of_reservations(database.reads, [str(reservation)], None, page, names)).values()
        (of_reservation,) = found
        rows = [
            *(await shown_payments.by_ids(database.reads, [str(UUID(int=1))], None, names)).values(),
            *await shown_payments.page(database.reads, Filters(), page, None, names),
            *of_reservation,
        ]
        assert len(rows) > 6 and of_reservation
        for row in rows:
            assert type(row)._fields == tuple(row.keys())  # type: ignore[attr-defined]
            assert names <= {*row.keys()}


def parsed(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"metadata": orjson.loads(orjson.dumps(row["metadata"]))}


async def fill(url: str, random: Random, ids: list[UUID]) -> None:
    connection = await asyncpg.connect(plain_dsn(url))
    await connection.execute("SET session_replication_role = replica")  # no trigger minds what nobody would write
    labels = await connection.fetch("SELECT unnest(enum_range(NULL::payment_status_enum))::text")
    for id_ in ids:
        await connection.execute(SHARED, *shared(random, id_, random.choice(labels)[0]))
        if random.random() < 0.7:
            await connection.execute(OURS, *own(random, id_))
    await connection.close()


def shared(random: Random, id_: UUID, label: str) -> tuple[Any, ...]:
    def some(value: Any) -> Any:
        return random.choice([None, value])

    return (
        id_,
        some(UUID(int=5)),
        some(UUID(int=6)),
        some(UUID(int=7)),
        amount(random),
        random.choice([None, "usd", "JPY", "eur", "kwd"]),
        random.choice([None, "reservation", "SUBSCRIPTION", "Subscription", "subscrıption", "other"]),
        random.choice([None, "mock", "stripe", "cash"]),
        *(some(text) for text in ("p1", "https://pay.example/1", "a@example.com", "Ñusta", "")),
        random.choice([None, "null", "{}", '{"a": 1.10, "long": 12345678901234567890}', "[1]"]),
        some("declined"),
        label,
    )


def own(random: Random, id_: UUID) -> tuple[Any, ...]:
    def some(value: Any) -> Any:
        return random.choice([None, value])

    received = random.choice([(None, None), (amount(random), "JPY"), (amount(random), "EUR")])
    refunded = random.choice(["0", "1.50", "2.00"])
    return (
        id_,
        random.choice([str(status) for status in Status]),
        random.randint(1, 9),
        amount(random),
        random.choice(["USD", "JPY"]),
        *received,
        refunded,
        random.choice([refunded, "99999.00"]),
        some(random.choice(["CARD_DECLINED", "AMOUNT_MISMATCH"])),
        random.choice([None, "", "no"]),
        random.choice([None, "EXPIRED", "REQUESTED"]),
        some("changed my mind"),
        some(NOW),
        some("timed out"),
        random.randint(0, 9),
        some(NOW),
        random.choice([None, "mock", "stripe"]),
        some("own"),
    )


def amount(random: Random) -> str:
    return random.choice(["12.50", "1250.00", "0.01", f"{random.randint(1, 99999)}.{random.randint(10, 99)}"])
