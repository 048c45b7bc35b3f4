"""A transaction: all that is executed in it, or nothing. Sent straight by asyncpg, three words and no savepoints."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from sqlalchemy import TextClause

from data.connections import NO_ANSWER, Connections, Row, answered
from data.statements import NOTHING, Statements


class Transaction:
    def __init__(self, connection: "asyncpg.Connection[Row]", statements: Statements) -> None:
        self.connection = connection
        """asyncpg's own, within the transaction."""
        self._statements = statements

    def execute(self, statement: TextClause, given: Mapping[str, Any] = NOTHING) -> Awaitable[list[Any]]:
        """The rows, if it gives any; after an error nothing but a rollback is left to the transaction."""
        return self._statements.run(self.connection, statement, given)

    async def commit(self) -> None:
        """An error that is no answer of PostgreSQL leaves open whether it was done."""
        if await self._say("COMMIT") != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError("an error within the transaction was passed over: rolled back")

    async def roll_back(self) -> None:
        """Where that is not possible, the end of the connection does the same."""
        if not self.connection.is_closed():
            with suppress(*NO_ANSWER):
                await self._say("ROLLBACK")

    async def begin(self) -> None:
        await self._say("BEGIN")

    def _say(self, word: str) -> Awaitable[str]:
        return answered(self.connection, self.connection.execute(word))


@asynccontextmanager
async def transaction(connections: Connections, statements: Statements) -> AsyncIterator[Transaction]:
    """Committed at the end, rolled back on any exception, a cancellation among them."""
    connection = await connections.take()
    try:
        begun = Transaction(connection, statements)
        await begun.begin()
        try:
            yield begun
        except BaseException:
            await begun.roll_back()
            raise
        await begun.commit()
    finally:
        connections.give_back(connection)
