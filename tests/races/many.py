"""A thousand payments, each with its checkout at the provider and paid there, in five statements."""

from uuid import UUID

from data.payment import Payment
from tests.races.arena import Arena

_COPIES = {
    "payments": "'payment_id', c.id, 'provider_payment_id', 'mock_' || c.id",
    "mesaya_payments.records": "'payment_id', c.id, 'provider_payment_id', 'mock_' || c.id",
    "mesaya_payments.events": "'payment_id', c.id",
    "mesaya_payments.mock_checkouts": "'id', 'mock_' || c.id, 'payment_id', c.id, 'state', 'PAID'",
}


async def paid_silently(arena: Arena, how_many: int) -> list[Payment]:
    """Copies of one payment that was really opened; nobody was told that they are paid."""
    pattern = await arena.opened(arena.here, "the pattern")
    await arena.sql(f"CREATE TABLE copies AS SELECT gen_random_uuid() AS id FROM generate_series(1, {how_many})")
    for table, changed in _COPIES.items():
        await arena.sql(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object({changed}))).*"
            f" FROM {table} t, copies c WHERE t.payment_id = :pattern",
            pattern=pattern.id,
        )
    await arena.sql("""
        INSERT INTO mesaya_payments.mock_charges (checkout_id, amount, currency, created_at)
        SELECT 'mock_' || c.id, k.amount, k.currency, k.created_at FROM copies c
        JOIN mesaya_payments.mock_checkouts k ON k.payment_id = c.id
    """)
    ids: list[UUID] = [row.id for row in await arena.sql("SELECT id FROM copies")]
    return await arena.payments(ids)
