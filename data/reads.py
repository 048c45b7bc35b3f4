"""Single statements that only read, straight by asyncpg: no transaction around them, no query to reset a connection."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import perf_counter
from typing import Any, Protocol

import asyncpg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from data.connections import LOST, Connections

MAX_STATEMENTS = 500
"""Texts kept translated: what clients select decides what stands in some of them."""
_DIALECT = dialect()  # type: ignore[no-untyped-call]


class Reading(Protocol):
    """What a statement that only reads can be given to: a connection in a transaction, or Reads."""

    def execute(self, statement: TextClause, parameters: Mapping[str, Any], /) -> Awaitable[Iterable[Any]]: ...


class Reads:
    """Takes the statements that a connection takes, and runs each on its own."""

    def __init__(self, connections: Connections, *, answer_seconds: float) -> None:
        """A statement waits `answer_seconds` for its rows."""
        self._connections = connections
        self._answer_seconds = answer_seconds
        self._translated: dict[str, tuple[str, str, list[str]]] = {}
        self.told: Callable[[str, float], None] | None = None
        """Hears of each statement: its first word, and seconds."""

    async def execute(self, statement: TextClause, given: Mapping[str, Any]) -> list[Any]:
        """Raises what asyncpg raises, and TimeoutError."""
        sql, word, names = self._translate(statement)
        arguments = [given[name] for name in names]
        began = perf_counter()
        try:
            rows = await self._fetch(sql, arguments)
        except LOST:
            rows = await self._fetch(sql, arguments)
        if self.told is not None:
            self.told(word, perf_counter() - began)
        return rows

    def close(self) -> None:
        self._connections.close()

    async def _fetch(self, sql: str, arguments: list[Any]) -> list[Any]:
        connection = await self._connections.take()
        try:
            rows: list[Any] = await connection.fetch(sql, *arguments, timeout=self._answer_seconds)
        except asyncpg.PostgresError:
            raise
        except BaseException:  # a server that is frozen would not hear that we gave up
            connection.terminate()
            raise
        finally:
            self._connections.give_back(connection)
        return rows

    def _translate(self, statement: TextClause) -> tuple[str, str, list[str]]:
        """SQL with numbered parameters, its first word, and the parameters' names in their order."""
        known = self._translated.get(statement.text)
        if known is None:
            compiled = statement.compile(dialect=_DIALECT)
            sql = str(compiled)
            known = sql, sql.split(maxsplit=1)[0].upper(), list(compiled.positiontup or ())
            if len(self._translated) < MAX_STATEMENTS:
                self._translated[statement.text] = known
        return known
