"""The database that all servers read: payments whose ids are their numbers, four to a reservation, newest last."""

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
_RECORDS = """
INSERT INTO mesaya_payments.records (payment_id, status, sequence, amount, currency, caller, success_url, cancel_url,
  expires_at, created_at, updated_at)
SELECT p.payment_id, 'PENDING', 1, p.amount, 'USD', 'benchmark', 'https://example.com/s', 'https://example.com/c',
  p.created_at + interval '1 day', p.created_at, p.updated_at
FROM payments p LEFT JOIN mesaya_payments.records r USING (payment_id) WHERE r.payment_id IS NULL
"""
_EVENTS = """
INSERT INTO mesaya_payments.events (payment_id, sequence, kind, status, cause, occurred_at)
SELECT r.payment_id, 1, 'STATUS', 'PENDING', 'CHECKOUT', r.created_at
FROM mesaya_payments.records r LEFT JOIN mesaya_payments.events e USING (payment_id) WHERE e.payment_id IS NULL
"""


def id_of(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


async def grow(dsn: str, payments: int = PAYMENTS) -> None:
    """Adds what is missing to a migrated database, so that it holds so many payments."""
    connection = await asyncpg.connect(dsn)
    try:
        there = await connection.fetchval("SELECT count(*) FROM payments")
        if there < payments:
            await connection.execute(_PAYMENTS, there, payments - 1)
            await connection.execute(_RECORDS)
            await connection.execute(_EVENTS)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
