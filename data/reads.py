"""Single statements that only read: no transaction around them, and done again where their connection was lost."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import TextClause

from data.connections import LOST, Connections, Row
from data.statements import NOTHING, Statements


class Reads:
    """Takes the statements that a transaction takes, and runs each on its own."""

    def __init__(self, connections: Connections, statements: Statements) -> None:
        self._connections = connections
        self._statements = statements

    async def execute(
        self, statement: TextClause, given: Mapping[str, Any] = NOTHING, row: type[Row] = Row
    ) -> list[Any]:
        """Rows of the class `row`. Raises what asyncpg raises, and TimeoutError."""
        try:
            return await self._run(statement, given, row)
        except LOST:
            return await self._run(statement, given, row)

    async def _run(self, statement: TextClause, given: Mapping[str, Any], row: type[Row]) -> list[Any]:
        connection = await self._connections.take()
        try:
            return await self._statements.run(connection, statement, given, row)
        finally:
            self._connections.give_back(connection)
