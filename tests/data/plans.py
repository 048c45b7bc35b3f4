"""How PostgreSQL would run the statements that a piece of code sends: with their values, and without knowing them."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from data.connections import Row
from data.database import Database, plain_dsn

_EXPLAIN_GENERIC = """
CREATE OR REPLACE FUNCTION pg_temp.explain_generic(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan text;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON, GENERIC_PLAN) ' || statement INTO plan;
  RETURN plan;
END $$
"""


@dataclass
class Sent:
    statements: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    nodes: tuple[dict[str, Any], ...]

    @property
    def indexes(self) -> set[str]:
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}

    @property
    def scanned(self) -> set[str]:
        """Tables read from end to end."""
        return {node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan"}

    @property
    def sorts(self) -> bool:
        return any(node["Node Type"] in ("Sort", "Incremental Sort") for node in self.nodes)


@asynccontextmanager
async def recorded(database: Database) -> AsyncIterator[Sent]:
    """Every statement that goes out meanwhile, in order."""
    sent, send = Sent(), database.statements.send

    async def noted(
        connection: "asyncpg.Connection[Row]", sql: str, arguments: Sequence[Any], row: type[Row]
    ) -> list[Any]:
        sent.statements.append((sql, tuple(arguments)))
        return await send(connection, sql, arguments, row)

    database.statements.send = noted  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        database.statements.send = send  # type: ignore[method-assign]


async def plans(url: str, statement: str, arguments: tuple[Any, ...]) -> list[Plan]:
    """The plan for these values, and the generic one that a statement gets once it is used often."""
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        said = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments)
        return [_plan(said), await generic_plan(connection, statement)]
    finally:
        await connection.close()


async def generic_plan(connection: "asyncpg.Connection[asyncpg.Record]", statement: str) -> Plan:
    """Within a function, since asyncpg wants a value for every parameter that it sees."""
    await connection.execute(_EXPLAIN_GENERIC)
    return _plan(await connection.fetchval("SELECT pg_temp.explain_generic($1)", statement))


def _plan(said: str) -> Plan:
    return Plan(tuple(_nodes(json.loads(said)[0]["Plan"])))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)
