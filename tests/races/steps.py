"""Runs operations await by await: each stands before every statement, every commit and every call to the provider,
and after every call, until it is told to go on. Who goes when is the test's to say, so that it can be repeated."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any, Self

import asyncpg
from sqlalchemy import TextClause

from data.connections import Row
from data.database import Database, plain_dsn
from data.statements import NOTHING
from data.transaction import Transaction
from tests.conftest import RIVALS_SECONDS

QUIET_TURNS = 12
"""Turns of the event loop without any work on the database, after which nobody moves by himself."""
GLANCE_SECONDS = 0.0005
STUCK_SECONDS = 60.0
WAITING = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')
AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
"""
"""How many wait for somebody else's transaction to end."""

FIRST_STATEMENT = "first statement"
"""Of a transaction: as a rule the one that waits for its turn."""

_operation: ContextVar["Operation | None"] = ContextVar("operation", default=None)


def current() -> "Operation | None":
    """Whose code is running."""
    return _operation.get()


class DiedError(BaseException):
    """The process of an operation is gone: no handler of errors runs any more."""


@dataclass(eq=False)
class Stand:
    """Somebody who waits to be told to go on."""

    at: str
    go: "asyncio.Future[None]"


@dataclass(eq=False)
class Operation:
    name: str
    task: "asyncio.Task[Any]"
    random: Random
    """Its own, so that what it draws does not depend on who runs beside it."""
    stands: list[Stand] = field(default_factory=list)
    """Where it stands now: at several places, if it does several things at once."""
    free_for: float = 0
    """How many awaits it passes before it stands again."""
    dead: bool = False

    @property
    def done(self) -> bool:
        return self.task.done()

    def go(self, number: int = 0) -> None:
        self.stands.pop(number).go.set_result(None)

    def run_free(self) -> None:
        """To its end."""
        self.free_for = inf
        while self.stands:
            self.go()

    def die(self) -> None:
        """At every place where it stands, and wherever else it comes to stand."""
        self.dead = True
        while self.stands:
            self.stands.pop().go.set_exception(DiedError())


class Steps:
    """`monitor` sees who waits for a lock; an operation that does can only be helped by another one."""

    def __init__(self, monitor: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._monitor = monitor
        self._inside = 0

    @classmethod
    @asynccontextmanager
    async def over(cls, database_url: str) -> AsyncIterator[Self]:
        connection = await asyncpg.connect(plain_dsn(database_url))
        try:
            yield cls(connection)
        finally:
            await connection.close()

    def start(
        self, name: str, work: Coroutine[Any, Any, Any], *, free_for: float = 0, random: Random | None = None
    ) -> Operation:
        """Runs until it stands for the first time, after this many awaits."""
        started: list[Operation] = []

        async def run() -> Any:
            _operation.set(started[0])
            return await work

        started.append(Operation(name, asyncio.create_task(run(), name=name), random or Random(0), free_for=free_for))
        return started[0]

    async def point(self, name: str) -> None:
        operation = _operation.get()
        if operation is None:
            return
        if operation.dead:
            raise DiedError
        if operation.free_for > 0:
            operation.free_for -= 1
            return
        stand = Stand(name, asyncio.get_running_loop().create_future())
        operation.stands.append(stand)
        await stand.go

    async def point_inside(self, name: str) -> None:
        """As `point`, within what is counted as work."""
        self._inside -= 1
        try:
            await self.point(name)
        finally:
            self._inside += 1

    @contextmanager
    def working(self) -> Any:
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def settle(self) -> None:
        """Returns when everybody has ended, stands, or waits for somebody else."""
        async with asyncio.timeout(STUCK_SECONDS):
            while True:
                for _ in range(QUIET_TURNS):
                    await asyncio.sleep(0)
                    if self._inside:
                        break
                else:
                    return
                await asyncio.sleep(GLANCE_SECONDS)
                if await self._all_wait():
                    return

    async def _all_wait(self) -> bool:
        """For locks; seen twice, since a lock may be on its way."""
        for _ in range(2):
            if not self._inside or await self._monitor.fetchval(WAITING) != self._inside:
                return False
        return True


class SteppedDatabase(Database):
    def __init__(self, url: str, steps: Steps) -> None:
        super().__init__(url, transactions=15, statement_seconds=RIVALS_SECONDS, lock_seconds=RIVALS_SECONDS)
        self._steps = steps
        self._begun: set[asyncpg.Connection[Row]] = set()
        begun, send, read = self._begun, self.statements.send, self.reads.execute

        async def stepped(
            connection: "asyncpg.Connection[Row]", sql: str, arguments: Sequence[Any], row: type[Row]
        ) -> list[Any]:
            first = connection in begun
            begun.discard(connection)
            await steps.point_inside(FIRST_STATEMENT if first else "statement")
            return await send(connection, sql, arguments, row)

        async def working(statement: TextClause, given: Mapping[str, Any] = NOTHING, row: type[Row] = Row) -> list[Any]:
            with steps.working():
                return await read(statement, given, row)

        self.statements.send = stepped  # type: ignore[method-assign]
        self.reads.execute = working  # type: ignore[method-assign]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        with self._steps.working():
            async with super().transaction() as connection:
                self._begun.add(connection.connection)
                yield connection
                await self._steps.point_inside("commit")
