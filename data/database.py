"""Connections to PostgreSQL: short transactions, bounded waits, work again by itself after a restart."""

import asyncio
import select
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic, perf_counter
from typing import Any

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from data.connections import UNUSED_SECONDS, Connections
from data.reads import Reads
from data.shared_payments import SharedPayments

POOL_SIZE = 10
POOL_OVERFLOW = 10
POOL_SECONDS = 5.0
"""How long a request waits for a connection."""
CONNECT_SECONDS = 3.0
STATEMENT_SECONDS = 5.0
IDLE_SECONDS = 30.0
"""How long a transaction may stand still; none of ours waits for anything but PostgreSQL."""
FROZEN_SECONDS = 3.0
"""A server that does not end a statement by itself, so long after its time, is taken for gone."""
APPLICATION = "mesaya-payments"

_USED = "mesaya_used"

TROUBLE = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""All that a database can do to a caller that means to try again; a broken statement of ours looks like it, too."""


class DatabaseUrlError(ValueError):
    """No URL of a PostgreSQL database; the text does not repeat it, since it may hold a password."""


class Database:
    def __init__(self, url: str, *, pool_size: int = POOL_SIZE, statement_seconds: float = STATEMENT_SECONDS) -> None:
        settings = {
            "application_name": APPLICATION,
            "timezone": "UTC",
            "datestyle": "ISO",
            "statement_timeout": str(int(statement_seconds * 1000)),
            "idle_in_transaction_session_timeout": str(int(IDLE_SECONDS * 1000)),
        }
        self.engine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=POOL_OVERFLOW,
            pool_timeout=POOL_SECONDS,
            hide_parameters=True,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": statement_seconds + FROZEN_SECONDS,
                "server_settings": settings,
            },
        )
        event.listen(self.engine.sync_engine, "checkout", _check_alive)
        connections = Connections(
            plain_dsn(url),
            size=pool_size,
            wait_seconds=POOL_SECONDS,
            connect_seconds=CONNECT_SECONDS,
            settings=settings,
        )
        self.reads = Reads(connections, answer_seconds=statement_seconds + FROZEN_SECONDS)
        """For single statements that only read."""
        self.shared = SharedPayments(self.reads)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Committed at the end, rolled back on any exception. Never held while anything else is waited for."""
        async with self.engine.begin() as connection:
            yield connection

    async def answers(self, seconds: float) -> bool:
        """Whether PostgreSQL does its work, asked with a limit on the time."""
        try:
            async with asyncio.timeout(seconds), self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (OSError, TimeoutError, SQLAlchemyError):
            return False
        return True

    def time_statements(self, told: Callable[[str, float], None]) -> None:
        """From now on `told` hears of each statement: its first word, and seconds."""
        self.reads.told = told
        event.listen(self.engine.sync_engine, "before_cursor_execute", _began)
        event.listen(self.engine.sync_engine, "after_cursor_execute", lambda *g: _ended(told, g[2], g[4]))

    async def close(self) -> None:
        self.reads.close()
        await self.engine.dispose()


def _check_alive(connection: Any, record: Any, _proxy: Any) -> None:
    """Instead of a ping before each transaction, which costs two ways to PostgreSQL and back."""
    now = monotonic()
    unused_for = now - record.info.setdefault(_USED, now)
    record.info[_USED] = now
    if unused_for > UNUSED_SECONDS or not _rests(connection.driver_connection):
        raise DisconnectionError


def _rests(connection: Any) -> bool:
    """Whether it is open, and PostgreSQL has sent neither its end nor a last word that nobody has read yet."""
    if connection.is_closed():
        return False
    arrived = select.poll()
    arrived.register(connection._transport.get_extra_info("socket").fileno(), select.POLLIN)
    return not arrived.poll(0)


def _began(_connection: Connection, _cursor: Any, _statement: str, _given: Any, context: Any, _many: bool) -> None:
    context.mesaya_began = perf_counter()


def _ended(told: Callable[[str, float], None], statement: str, context: Any) -> None:
    told(statement.split(maxsplit=1)[0].upper(), perf_counter() - context.mesaya_began)


def sqlalchemy_url(given: str) -> URL:
    """Takes `postgresql://` and `postgresql+asyncpg://`. Raises DatabaseUrlError."""
    try:
        url = make_url(given)
    except ArgumentError as error:
        raise DatabaseUrlError("is not a database URL") from error
    if url.drivername not in ("postgresql", "postgres", "postgresql+asyncpg"):
        raise DatabaseUrlError("begins with postgresql:// or postgresql+asyncpg://")
    query = dict(url.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")  # asyncpg's name for libpq's
    return url.set(drivername="postgresql+asyncpg", query=query)


def plain_dsn(given: str) -> str:
    """The same database for a connection that asyncpg makes by itself."""
    url = sqlalchemy_url(given)
    query = dict(url.query)
    if "ssl" in query:
        query["sslmode"] = query.pop("ssl")
    return url.set(drivername="postgresql", query=query).render_as_string(hide_password=False)
