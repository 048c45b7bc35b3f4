"""What `payments.mjs` reads, read by asyncpg, for the servers that are written in Python."""

import json
from typing import Any

import asyncpg

COLUMNS = """p.payment_id::text AS id, coalesce(r.status, upper(p.payment_status::text)) AS status,
upper(p.payment_type) AS type, coalesce(r.amount, p.amount)::text AS amount,
coalesce(r.currency, upper(p.currency), 'USD') AS currency, p.user_id::text AS user_id, upper(p.provider) AS provider,
p.provider_payment_id, p.payer_email AS email, p.payer_name AS name, p.description, p.metadata, p.created_at,
p.updated_at"""
SOURCE = "payments p LEFT JOIN mesaya_payments.records r ON r.payment_id = p.payment_id"
NEWEST_FIRST = "ORDER BY p.created_at DESC, p.payment_id DESC LIMIT"
Row = dict[str, Any]


class Payments:
    def __init__(self) -> None:
        self._pool: Any = None

    async def by_ids(self, ids: list[str]) -> list[Row | None]:
        rows = await self._fetch(
            f"SELECT {COLUMNS} FROM {SOURCE} WHERE p.payment_id = ANY((SELECT $1::uuid[])::uuid[])", ids
        )
        found = {row["id"]: row for row in rows}
        return [found.get(id_) for id_ in ids]

    async def page(self, reservation_id: str | None, first: int) -> list[Row]:
        if reservation_id is None:
            return await self._fetch(f"SELECT {COLUMNS} FROM {SOURCE} {NEWEST_FIRST} $1", first)
        where = f"WHERE p.reservation_id = $1::uuid {NEWEST_FIRST} $2"
        return await self._fetch(f"SELECT {COLUMNS} FROM {SOURCE} {where}", reservation_id, first)

    async def _fetch(self, statement: str, *given: Any) -> list[Row]:
        if self._pool is None:
            self._pool = await asyncpg.create_pool(min_size=1, max_size=10, init=_json)
        return [_shaped(row) for row in await self._pool.fetch(statement, *given)]


async def _json(connection: Any) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


def _shaped(row: Any) -> Row:
    payer = {"email": row["email"], "name": row["name"]}
    return {
        **row,
        "amount": {"amount": row["amount"], "currency": row["currency"]},
        "payer": payer if any(payer.values()) else None,
        "created_at": row["created_at"].isoformat() + "+00:00",
        "updated_at": row["updated_at"].isoformat() + "+00:00",
    }
