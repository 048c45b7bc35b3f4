"""Single statements that only read, straight by asyncpg: no transaction around them, no query to reset a connection."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import perf_counter
from typing import Any, Protocol

import asyncpg
import orjson
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect

MAX_STATEMENTS = 200
"""Texts kept translated; we write fewer."""
_LOST = (asyncpg.ConnectionDoesNotExistError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError)
"""What a restart of PostgreSQL leaves of an idle connection."""
_LONG_NUMBER = re.compile(r"[0-9]{16}")
_DIALECT = dialect()  # type: ignore[no-untyped-call]


class Row(asyncpg.Record):
    """Its columns are attributes, as those of SQLAlchemy's rows are."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


class Reading(Protocol):
    """What a statement that only reads can be given to: a connection in a transaction, or Reads."""

    def execute(self, statement: TextClause, parameters: Mapping[str, Any], /) -> Awaitable[Iterable[Any]]: ...


class Reads:
    """Takes the statements that a connection takes, and runs each on its own."""

    def __init__(
        self,
        dsn: str,
        *,
        size: int,
        wait_seconds: float,
        answer_seconds: float,
        settings: Mapping[str, str],
        timeout: float,
    ) -> None:
        """`size` connections at most; a statement waits `wait_seconds` for one, and `answer_seconds` for its rows."""
        self._wait_seconds = wait_seconds
        self._answer_seconds = answer_seconds
        self._options: dict[str, Any] = {
            "dsn": dsn,
            "min_size": 0,
            "max_size": size,
            "record_class": Row,
            "init": _as_json,
            "reset": _nothing,
            "timeout": timeout,
            "server_settings": dict(settings),
        }
        self._pool: Any = None
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
        except _LOST:
            rows = await self._fetch(sql, arguments)
        if self.told is not None:
            self.told(word, perf_counter() - began)
        return rows

    async def close(self) -> None:
        if self._pool is not None:
            self._pool.terminate()

    async def _fetch(self, sql: str, arguments: list[Any]) -> list[Any]:
        if self._pool is None:
            self._pool = asyncpg.create_pool(**self._options)
        if not self._pool._initialized:
            await self._pool
        async with self._pool.acquire(timeout=self._wait_seconds) as connection:
            try:
                rows: list[Any] = await connection.fetch(sql, *arguments, timeout=self._answer_seconds)
            except TimeoutError:
                connection.terminate()  # a server that is frozen would not hear that we gave up
                raise
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


async def _as_json(connection: Any) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=_loads)


async def _nothing(_connection: Any) -> None:
    """Statements that only read leave nothing behind."""


def _loads(text: str) -> Any:
    return json.loads(text) if _LONG_NUMBER.search(text) else orjson.loads(text)
