"""Everything a database holds and is, as text that can be compared."""

from dataclasses import dataclass
from typing import Any

import asyncpg

from data.database import plain_dsn

_COLUMNS = """
SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
  pg_get_expr(d.adbin, d.adrelid) AS "default", a.attnotnull AS required
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
WHERE c.relkind = 'r' AND c.relnamespace = $1::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
_CONSTRAINTS = """
SELECT conrelid::regclass || '.' || conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE connamespace = $1::regnamespace AND contype IN ('p', 'u', 'f', 'c') ORDER BY 1
"""
_LABELS = """
SELECT t.typname || '.' || e.enumlabel AS label FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
WHERE t.typnamespace = $1::regnamespace ORDER BY t.typname, e.enumsortorder
"""
_INDEXES = "SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = $1 ORDER BY 1"
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = $1::regnamespace ORDER BY 1"

Column = tuple[str, str | None, bool]


@dataclass(frozen=True)
class Snapshot:
    columns: dict[str, Column]
    """`table.column`, in the order they stand in → type, default, whether it is required."""
    constraints: dict[str, str]
    labels: list[str]
    """`type.label`, in order."""
    indexes: dict[str, str]
    rows: dict[str, list[dict[str, Any]]]

    def columns_of(self, table: str) -> dict[str, Column]:
        prefix = f"{table}."
        return {name.removeprefix(prefix): column for name, column in self.columns.items() if name.startswith(prefix)}


async def snapshot(url: str, schema: str = "public") -> Snapshot:
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        columns = await connection.fetch(_COLUMNS, schema)
        tables = [row["relname"] for row in await connection.fetch(_TABLES, schema)]
        return Snapshot(
            columns={row["name"]: (row["type"], row["default"], row["required"]) for row in columns},
            constraints=dict(map(tuple, await connection.fetch(_CONSTRAINTS, schema))),
            labels=[row["label"] for row in await connection.fetch(_LABELS, schema)],
            indexes=dict(map(tuple, await connection.fetch(_INDEXES, schema))),
            rows={table: await _rows(connection, schema, table) for table in tables},
        )
    finally:
        await connection.close()


async def _rows(connection: "asyncpg.Connection[asyncpg.Record]", schema: str, table: str) -> list[dict[str, Any]]:
    rows = await connection.fetch(f'SELECT * FROM "{schema}"."{table}" t ORDER BY t::text')
    return [dict(row) for row in rows]
