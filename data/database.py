"""PostgreSQL: short transactions, single reads, bounded waits, work again by itself after a restart."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from data.connections import NO_ANSWER, Connections
from data.joint_payments import JointPayments
from data.reads import Reads
from data.statements import Statements
from data.transaction import Transaction, transaction
from settings import SettingsError

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
"""The name PostgreSQL knows us by, unless the URL has another."""
SCHEMES = ("postgresql", "postgresql+asyncpg", "postgres", "postgres+asyncpg")
EMPTY = re.compile(r"[?&][a-z_]+=(&|$)")
FIRST_PORT, LAST_PORT = 1, 65535
FILES = ("passfile", "sslrootcert", "sslcert", "sslkey")
PARAMETERS = ("host", "port", "user", "password", "application_name", "target_session_attrs", "sslmode", *FILES)
"""Of a URL: those of libpq that asyncpg has too."""
VALUES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "target_session_attrs": ("any", "primary", "standby", "read-write", "read-only", "prefer-standby"),
}

TROUBLE = NO_ANSWER
"""All that a database can do to a caller that means to try again; a broken statement of ours looks like it, too."""
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)
"""What comes of a database that cannot be reached, is full, stops or starts, takes no writes or no connections, and of
rows that others hold for long.
"""
UNREACHABLE = (*NO_ANSWER, ValueError)
"""What comes of connecting to one that is away, refuses us, or has a name that is none."""
RETRY_SECONDS = 5
"""When it may be asked again."""


_MIGRATED = text("SELECT to_regclass('mesaya_payments.deliveries') IS NOT NULL AS migrated")


class Database:
    def __init__(
        self,
        url: str,
        *,
        transactions: int = TRANSACTIONS,
        statement_seconds: float = STATEMENT_SECONDS,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        """Raises SettingsError for what is no URL of PostgreSQL."""
        self._dsn = plain_dsn(url)
        self._statement_seconds, self._lock_seconds = statement_seconds, lock_seconds
        self._transactions = self._connections(transactions)
        self._reads = self._connections(READS)
        self.statements = Statements()
        self.reads = Reads(self._reads, self.statements)
        """For single statements that only read."""
        self.joint = JointPayments(self.reads)

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
                "timezone": "UTC",
                "datestyle": "ISO",
                "default_transaction_isolation": "read committed",
                "statement_timeout": str(int(self._statement_seconds * 1000)),
                "lock_timeout": str(int(self._lock_seconds * 1000)),
                "idle_in_transaction_session_timeout": str(int(IDLE_SECONDS * 1000)),
            },
        )


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """For a command, until its end. Raises SettingsError where the database is away, or goes away meanwhile, and for
    one that is not migrated.
    """
    database = Database(url)
    try:
        with away_in_one_line(*UNREACHABLE):
            (found,) = await database.reads.execute(_MIGRATED)
        if not found.migrated:
            raise _wrong("this database is not migrated: make migrate does it")
        with away_in_one_line(*AWAY):
            yield database
    finally:
        await database.close()


@contextmanager
def away_in_one_line(*errors: type[Exception]) -> Iterator[None]:
    """Raises SettingsError for these, without what they say: that may hold a part of the URL."""
    try:
        yield
    except errors as error:
        raise _wrong(f"the database cannot be reached ({type(error).__name__})") from None


def plain_dsn(given: str) -> str:
    """A URL of PostgreSQL as asyncpg takes it, for everybody who connects. Raises SettingsError."""
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):  # also a port that is no number
        raise _wrong("is not a URL like postgresql://user:password@host:5432/database") from None
    if url.drivername not in SCHEMES:
        raise _wrong("must begin with postgresql:// or postgresql+asyncpg://")
    if EMPTY.search(given):
        raise _wrong("one of its parameters is empty")
    query = {"sslmode" if name == "ssl" else name: value for name, value in url.query.items()}
    if len(query) < len(url.query):
        raise _wrong("ssl and sslmode are one")
    _check(query)
    ports = f"{FIRST_PORT if url.port is None else url.port},{query.get('port', FIRST_PORT)}"
    if not all(re.fullmatch("[0-9]{1,5}", port) and FIRST_PORT <= int(port) <= LAST_PORT for port in ports.split(",")):
        raise _wrong(f"its port is none of {FIRST_PORT} to {LAST_PORT}")
    query.setdefault("application_name", APPLICATION)
    return url.set(drivername="postgresql", query=query).render_as_string(hide_password=False)


def _check(query: Mapping[str, object]) -> None:
    """What is wrong is not repeated: where a password is not escaped, it may be a part of it."""
    if not query.keys() <= set(PARAMETERS):
        raise _wrong(f"its parameters are {', '.join(PARAMETERS)}, and no others")
    for name, value in query.items():
        if not isinstance(value, str):
            raise _wrong(f"its {name} is there more than once")
        if name in VALUES and value not in VALUES[name]:
            raise _wrong(f"its {name} is none of {', '.join(VALUES[name])}")
        if name in FILES and not os.access(str(value), os.R_OK):
            raise _wrong(f"its {name} cannot be read")


def _wrong(how: str) -> SettingsError:
    return SettingsError(f"DATABASE_URL: {how}")
