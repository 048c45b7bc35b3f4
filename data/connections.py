"""Connections of asyncpg for statements that only read: there is nothing to reset between two of them.

asyncpg's own pool takes longer to lend a connection than a payment takes to read.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from time import monotonic
from typing import Any

import asyncpg
import orjson

LOST = (asyncpg.ConnectionDoesNotExistError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError)
"""What a restart of PostgreSQL leaves of an idle connection."""
UNUSED_SECONDS = 60.0
"""A connection that nobody needed for so long is made anew: it may have been cut without a word."""
_LONG_NUMBER = re.compile(r"[0-9]{16}")


class Row(asyncpg.Record):
    """Its columns are attributes, as those of SQLAlchemy's rows are."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


class Connections:
    def __init__(
        self, dsn: str, *, size: int, wait_seconds: float, connect_seconds: float, settings: Mapping[str, str]
    ) -> None:
        """`size` at most; whoever wants one waits `wait_seconds` for it, and twice `connect_seconds` for a new one."""
        self._options: dict[str, Any] = {
            "dsn": dsn,
            "record_class": Row,
            "timeout": connect_seconds,
            "server_settings": dict(settings),
        }
        self._wait_seconds = wait_seconds
        self._connect_seconds = connect_seconds
        self._free = asyncio.Semaphore(size)
        self._idle: list[tuple[Any, float]] = []
        """Each with the moment since when."""

    async def take(self) -> Any:
        """The one that was used last. Raises TimeoutError, and what asyncpg raises of a server that is away."""
        if self._free.locked():
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        else:
            await self._free.acquire()
        try:
            return self._idle_one() or await self._connected()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, connection: Any) -> None:
        if not connection.is_closed():
            self._idle.append((connection, monotonic()))
        self._free.release()

    def close(self) -> None:
        for connection, _ in self._idle:
            connection.terminate()
        self._idle.clear()

    def _idle_one(self) -> Any | None:
        while self._idle:
            connection, since = self._idle.pop()
            if monotonic() - since > UNUSED_SECONDS:
                connection.terminate()
            elif not connection.is_closed():
                return connection
        return None

    async def _connected(self) -> Any:
        """What is cast to `json` is passed on as it is written; `jsonb` is parsed."""
        connection = await asyncpg.connect(**self._options)
        try:
            async with asyncio.timeout(self._connect_seconds):
                await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=_loads)
                await connection.set_type_codec(
                    "json", schema="pg_catalog", encoder=json.dumps, decoder=orjson.Fragment
                )
        except BaseException:
            connection.terminate()
            raise
        return connection


def _loads(text: str) -> Any:
    return json.loads(text) if _LONG_NUMBER.search(text) else orjson.loads(text)
