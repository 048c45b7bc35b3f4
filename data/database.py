"""PostgreSQL: short transactions, single reads, bounded waits, work again by itself after a restart."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from data.connections import NO_ANSWER, Connections
from data.reads import Reads
from data.shared_payments import SharedPayments
from data.statements import Statements
from data.transaction import Transaction, transaction

TRANSACTIONS = 20
"""At once; whoever wants one more waits."""
READS = 10
"""At once, on connections of their own: they go on while every transaction waits for a lock."""
POOL_SECONDS = 5.0
"""How long a request waits for a connection."""
CONNECT_SECONDS = 3.0
STATEMENT_SECONDS = 5.0
LOCK_SECONDS = 1.0
"""How long for a row that somebody else holds: whoever waits has a connection, which others wait for."""
IDLE_SECONDS = 30.0
"""How long a transaction may stand still; none of ours waits for anything but PostgreSQL."""
FROZEN_SECONDS = 3.0
"""A server that does not end a statement by itself, so long after its time, is taken for gone."""
APPLICATION = "mesaya-payments"

TROUBLE = NO_ANSWER
"""All that a database can do to a caller that means to try again; a broken statement of ours looks like it, too."""
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
)
"""What comes of a database that cannot be reached, is full, stops or starts, and of a row that others hold for long."""
RETRY_SECONDS = 5
"""When it may be asked again."""


class DatabaseUrlError(ValueError):
    """No URL of a PostgreSQL database; the text does not repeat it, since it may hold a password."""


class Database:
    def __init__(
        self, url: str, *, transactions: int = TRANSACTIONS, statement_seconds: float = STATEMENT_SECONDS
    ) -> None:
        self._dsn = plain_dsn(url)
        self._statement_seconds = statement_seconds
        self._transactions = self._connections(transactions)
        self._reads = self._connections(READS)
        self.statements = Statements()
        self.reads = Reads(self._reads, self.statements)
        """For single statements that only read."""
        self.shared = SharedPayments(self.reads)

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Committed at the end, rolled back on any exception. Never held while anything else is waited for."""
        return transaction(self._transactions, self.statements)

    async def answers(self, seconds: float) -> bool:
        """Whether PostgreSQL does its work, asked with a limit on the time."""
        asked = asyncio.create_task(self.reads.execute(text("SELECT 1")))
        await asyncio.wait([asked], timeout=seconds)
        if not asked.done():
            asked.cancel()  # which takes a frozen server's time, and not the caller's
            return False
        error = asked.exception()
        if error is not None and not isinstance(error, TROUBLE):
            raise error
        return error is None

    def time_statements(self, told: Callable[[str, float], None]) -> None:
        """From now on `told` hears of each statement: its first word, and seconds."""
        self.statements.told = told

    async def close(self) -> None:
        await self._transactions.close()
        await self._reads.close()

    def _connections(self, size: int) -> Connections:
        return Connections(
            self._dsn,
            size=size,
            wait_seconds=POOL_SECONDS,
            connect_seconds=CONNECT_SECONDS,
            answer_seconds=self._statement_seconds + FROZEN_SECONDS,
            settings={
                "application_name": APPLICATION,
                "timezone": "UTC",
                "datestyle": "ISO",
                "statement_timeout": str(int(self._statement_seconds * 1000)),
                "lock_timeout": str(int(LOCK_SECONDS * 1000)),
                "idle_in_transaction_session_timeout": str(int(IDLE_SECONDS * 1000)),
            },
        )


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
