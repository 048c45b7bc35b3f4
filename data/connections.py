"""Connections of asyncpg, lent to one transaction or one reading statement at a time.

Neither sets anything on a connection, so there is nothing to reset between two of them. asyncpg's own pool takes longer
to lend one than a payment takes to read.
"""

import asyncio
import json
import re
import select
from collections import deque
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, ClassVar, TypeVar

import asyncpg
import orjson

LOST = (asyncpg.ConnectionDoesNotExistError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError)
"""What a restart of PostgreSQL leaves of an idle connection."""
NO_ANSWER = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What comes of asking a PostgreSQL that is away, or that does not answer any more."""
UNUSED_SECONDS = 60.0
"""A connection that nobody needed for so long is made anew: it may have been cut without a word."""
GIVE_UP_SECONDS = 1.0
"""How long PostgreSQL is asked to give up a statement that nobody waits for any more."""
Answer = TypeVar("Answer")
_LONG_NUMBER = re.compile(r"[0-9]{16}")


class Row(asyncpg.Record):
    """Its columns are attributes."""

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]] = ()
    """Its columns in their order, where a statement says them: whoever knows them reads by place."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def row_of(*columns: str) -> type[Row]:
    """For a statement that gives these columns in this order."""
    return type("Row", (Row,), {"__slots__": (), "_fields": columns})


class Connections:
    def __init__(
        self,
        dsn: str,
        *,
        size: int,
        wait_seconds: float,
        connect_seconds: float,
        answer_seconds: float,
        settings: Mapping[str, str],
    ) -> None:
        """`size` at most; whoever wants one waits `wait_seconds` for it, and twice `connect_seconds` for a new one.

        A statement waits `answer_seconds` for its answer.
        """
        self._options: dict[str, Any] = {
            "dsn": dsn,
            "record_class": Row,
            "timeout": connect_seconds,
            "command_timeout": answer_seconds,
            "server_settings": dict(settings),
        }
        self._wait_seconds = wait_seconds
        self._connect_seconds = connect_seconds
        self._free = asyncio.Semaphore(size)
        self._idle: deque[tuple[asyncpg.Connection[Row], float]] = deque()
        """Each with the moment since when, which the first one has been longest."""
        self._over = False

    async def take(self) -> "asyncpg.Connection[Row]":
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

    def give_back(self, connection: "asyncpg.Connection[Row]") -> None:
        """One that is within a transaction, or was ended, is lent to nobody again."""
        now = monotonic()
        if not connection.is_closed():
            if self._over or connection.is_in_transaction():
                connection.terminate()
            else:
                self._idle.append((connection, now))
        while self._idle and now - self._idle[0][1] > UNUSED_SECONDS:
            self._idle.popleft()[0].terminate()
        self._free.release()

    async def close(self) -> None:
        """Those that are lent are ended when they come back."""
        self._over = True
        idle = [connection for connection, _ in self._idle]
        self._idle.clear()
        await asyncio.gather(*map(_ended, idle))

    def _idle_one(self) -> "asyncpg.Connection[Row] | None":
        while self._idle:
            connection, since = self._idle.pop()
            if monotonic() - since <= UNUSED_SECONDS and _rests(connection):
                return connection
            connection.terminate()
        return None

    async def _connected(self) -> "asyncpg.Connection[Row]":
        """JSON is given as text. What is cast to `json` is passed on as it is written; `jsonb` is parsed."""
        connection: asyncpg.Connection[Row] = await asyncpg.connect(**self._options)
        try:
            async with asyncio.timeout(self._connect_seconds):
                await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=_loads)
                await connection.set_type_codec("json", schema="pg_catalog", encoder=str, decoder=orjson.Fragment)
        except BaseException:
            connection.terminate()
            raise
        return connection


async def answered(connection: "asyncpg.Connection[Row]", sent: Awaitable[Answer]) -> Answer:
    """What PostgreSQL answers, be it an error. Without an answer the connection is of no use, and ended.

    PostgreSQL is asked to give up what it does: it would hold its locks until it is done. One that is frozen does not
    hear that.
    """
    try:
        return await sent
    except asyncpg.ReadOnlySQLTransactionError:  # it may have begun while nothing could be written, and stays so
        await _ended(connection)
        raise
    except asyncpg.PostgresError as error:
        error.detail = None  # it may quote the row, which is a payer's
        raise
    except BaseException:
        await _ended(connection)
        raise


async def _ended(connection: "asyncpg.Connection[Row]") -> None:
    with suppress(*NO_ANSWER):
        await connection.close(timeout=GIVE_UP_SECONDS)


def _rests(connection: Any) -> bool:
    """Whether it is open, and PostgreSQL has sent neither its end nor a last word that nobody has read yet."""
    if connection.is_closed():
        return False
    arrived = select.poll()
    arrived.register(connection._transport.get_extra_info("socket").fileno(), select.POLLIN)
    return not arrived.poll(0)


def _loads(text: str) -> Any:
    return json.loads(text) if _LONG_NUMBER.search(text) else orjson.loads(text)
