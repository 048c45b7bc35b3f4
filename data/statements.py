"""How a statement gets to PostgreSQL: translated once, sent straight by asyncpg, timed, and never left unanswered."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from time import perf_counter
from types import MappingProxyType
from typing import Any, Protocol

import asyncpg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from data.connections import Row, answered

MAX_STATEMENTS = 500
"""Texts kept translated: what clients select decides what stands in some of them."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
_DIALECT = dialect()  # type: ignore[no-untyped-call]


class Reading(Protocol):
    """What a statement that only reads can be given to: a transaction, or Reads."""

    def execute(self, statement: TextClause, given: Mapping[str, Any], /) -> Awaitable[Iterable[Any]]: ...


class Statements:
    def __init__(self) -> None:
        self._translated: dict[str, tuple[str, str, list[str]]] = {}
        self.told: Callable[[str, float], None] | None = None
        """Hears of each statement that was done: its first word, and seconds."""

    async def run(
        self,
        connection: "asyncpg.Connection[Row]",
        statement: TextClause,
        given: Mapping[str, Any],
        row: type[Row] = Row,
    ) -> list[Any]:
        """Its rows, of the class `row`. `given` may hold more than the statement names.

        Raises what asyncpg raises, and TimeoutError.
        """
        sql, word, names = self._translate(statement)
        arguments = [given[name] for name in names]
        began = perf_counter()
        rows = await self.send(connection, sql, arguments, row)
        if self.told is not None:
            self.told(word, perf_counter() - began)
        return rows

    def send(
        self, connection: "asyncpg.Connection[Row]", sql: str, arguments: Sequence[Any], row: type[Row]
    ) -> Awaitable[list[Any]]:
        return answered(connection, connection.fetch(sql, *arguments, record_class=row))

    def _translate(self, statement: TextClause) -> tuple[str, str, list[str]]:
        """SQL with numbered parameters, its first word, and the parameters' names in their order."""
        known = self._translated.get(statement.text)
        if known is None:
            compiled = statement.compile(dialect=_DIALECT)
            sql = str(compiled)
            known = sql, sql.split(maxsplit=1)[0].upper(), list(compiled.positiontup or ())
            if len(self._translated) >= MAX_STATEMENTS:
                del self._translated[next(iter(self._translated))]
            self._translated[statement.text] = known
        return known
