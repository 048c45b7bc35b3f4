"""The database that all servers read: payments whose ids are their numbers, four to a reservation, newest last."""

import asyncio

import asyncpg

PAYMENTS = 200_000
PER_RESERVATION = 4

_ID = "('00000000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"
_PAYMENTS = f"""
INSERT INTO payments (payment_id, reservation_id, user_id, amount, currency, payment_type, provider,
  provider_payment_id, checkout_url, payer_email, payer_name, description, metadata, payment_status, created_at,
  updated_at)
SELECT {_ID.format(number="n")}, {_ID.format(number=f"n / {PER_RESERVATION}")}, {_ID.format(number="n % 1000")},
  (n % 9000 + 100) / 100.0, 'usd', 'reservation', 'mock', 'mock_' || n, 'https://pay.example/' || n,
  'payer' || n || '@example.com', 'Payer ' || n, 'Table for ' || n % 8,
  jsonb_build_object('table', n % 40, 'web', true),
  (enum_range(NULL::payment_status_enum))[1], timestamp '2026-01-01' + n * interval '1 second',
  timestamp '2026-01-01' + n * interval '1 second'
FROM generate_series($1::bigint, $2::bigint) AS n
"""
_RECORDS = f"""
INSERT INTO mesaya_payments.records (payment_id, status, sequence, amount, currency, caller, success_url, cancel_url,
  expires_at, created_at, updated_at)
SELECT payment_id, 'PENDING', 1, amount, 'USD', 'benchmark', 'https://example.com/s', 'https://example.com/c',
  created_at + interval '1 day', created_at, updated_at
FROM payments WHERE payment_id BETWEEN {_ID.format(number="$1::bigint")} AND {_ID.format(number="$2::bigint")}
"""
_EVENTS = f"""
INSERT INTO mesaya_payments.events (payment_id, sequence, kind, status, cause, occurred_at)
SELECT payment_id, 1, 'STATUS', 'PENDING', 'CHECKOUT', created_at
FROM mesaya_payments.records
WHERE payment_id BETWEEN {_ID.format(number="$1::bigint")} AND {_ID.format(number="$2::bigint")}
"""
AT_ONCE = 250_000
"""Payments a transaction."""
CONNECTIONS = 2


def id_of(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


async def grow(dsn: str, payments: int = PAYMENTS, *, events: bool = True) -> None:
    """Adds what is missing to a migrated database, so that it holds so many payments.

    Without triggers and foreign keys: what is written satisfies them, and ten million rows come in minutes.
    """
    async with asyncpg.create_pool(dsn, min_size=1, max_size=CONNECTIONS) as pool:
        there = await pool.fetchval("SELECT count(*) FROM payments")
        turn = asyncio.Semaphore(CONNECTIONS)

        async def fill(first: int) -> None:
            async with turn, pool.acquire() as connection, connection.transaction():
                await connection.execute("SET LOCAL session_replication_role = replica")
                for statement in (_PAYMENTS, _RECORDS, _EVENTS) if events else (_PAYMENTS, _RECORDS):
                    await connection.execute(statement, first, min(first + AT_ONCE, payments) - 1)

        await asyncio.gather(*(fill(first) for first in range(there, payments, AT_ONCE)))
        if there < payments:
            await pool.execute("VACUUM ANALYZE")
