"""A known operation, asked for once: executed, without a task where it waits for nothing but loaders, and written."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from graphql import ExecutionResult, GraphQLError

from execution import Waiting
from schema.context import Context
from schema.documents import Prepared
from schema.encoding import GRAPHQL_TYPE, JSON_TYPE, encode
from schema.errors import shown_and_counted
from schema.limits import cost_errors, shown_cost, wants_cost

LINES = {
    newer: f"content-type: {GRAPHQL_TYPE if newer else JSON_TYPE}; charset=utf-8\r\nvary: Origin\r\n".encode()
    for newer in (False, True)
}
"""Of an answer's head; `vary` is there as CORS has it, and requests that name an origin are not answered here."""


class Ending(Protocol):
    """How a request ends: done or failed, one of the two and once."""

    def done(self, status: int, lines: bytes, body: bytes) -> None:
        """`lines` are of the head."""

    def failed(self, error: Exception) -> None: ...

    def is_done_by(self, task: asyncio.Task[None]) -> None:
        """The task that will end it, if there is one."""


class Asked:
    """A known operation, asked for once."""

    __slots__ = ("_context", "_cost", "_ending", "_given", "_newer", "_prepared", "_suggestions", "operation")

    def __init__(
        self, prepared: Prepared, given: dict[str, Any], context: Context, *, newer: bool, suggestions: bool
    ) -> None:
        self._prepared = prepared
        self._given = given
        self._context = context
        self._newer = newer
        self._suggestions = suggestions
        self.operation: str | None = given.get("operationName")
        """The name it was asked for by."""

    def begin(self, ending: Ending) -> None:
        """It ends now or later. What is raised here is for the caller to end it with."""
        self._ending = ending
        variables = self._given.get("variables") or {}
        fixed = self._prepared.fixed_cost
        self._cost = self._prepared.cost(variables) if fixed is None else fixed
        if errors := cost_errors(self._cost):
            self._go_on(ExecutionResult(None, errors))
            return
        result = self._prepared.execute(variables, self._context)
        if type(result) is Waiting:
            result.then(self._go_on)
        else:
            self._go_on(result)

    def _go_on(self, result: ExecutionResult | Awaitable[ExecutionResult]) -> None:
        if isinstance(result, ExecutionResult):
            self._end(result)
        else:
            self._ending.is_done_by(asyncio.create_task(self._later(result)))

    async def _later(self, result: Awaitable[ExecutionResult]) -> None:
        try:
            found = await result
        except Exception as error:
            self._ending.failed(error)
        except BaseException:
            self._ending.failed(ConnectionError("shutting down"))
            raise
        else:
            self._end(found)

    def _end(self, result: ExecutionResult) -> None:
        try:
            answer = self._answer(result)
        except Exception as error:
            self._ending.failed(error)
        else:
            self._ending.done(*answer)

    def _answer(self, result: ExecutionResult) -> tuple[int, bytes, bytes]:
        """Status, lines of the head and body."""
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            self._add_errors(body, result.errors)
        if wants_cost(self._given.get("extensions")):
            body["extensions"] = shown_cost(self._cost)
        newer = self._newer
        return 400 if newer and "data" not in body else 200, LINES[newer], encode(body)

    def _add_errors(self, body: dict[str, Any], errors: list[GraphQLError]) -> None:
        """As the endpoint has it: no `data` where nothing was executed."""
        shown = shown_and_counted(errors, self._context, suggestions=self._suggestions)
        if body["data"] is None and all(error.path is None for error in shown):
            body.clear()
        body["errors"] = [error.formatted for error in shown]
