"""A result of which nothing is missing but futures: whoever wants to goes on without a task once they are there."""

from asyncio import Future
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from graphql import ExecutionResult, GraphQLError

from execution.late import Pending, gathered, loaded
from execution.run import Run


class Waiting:
    """Awaited, or told what comes then: one of the two, and once."""

    __slots__ = ("_data", "_go_on", "_late", "_run", "_there")

    def __init__(self, data: dict[str, Any], late: list[str], run: Run) -> None:
        """Each of the late fields is Pending."""
        self._data = data
        self._late = late
        self._run = run
        self._there = 0

    def __await__(self) -> Generator[Any, None, ExecutionResult]:
        return ended(gathered(self._data, self._late), self._run).__await__()

    def then(self, go_on: Callable[[ExecutionResult | Awaitable[ExecutionResult]], None]) -> None:
        """Calls it with the result, or with what is left to be awaited: objects may be late that were just loaded."""
        self._go_on = go_on
        self._look()

    def _look(self, _done: "Future[Any] | None" = None) -> None:
        data, late, run = self._data, self._late, self._run
        for key in late[self._there :]:
            future = data[key].future
            if not future.done():
                future.add_done_callback(self._look)
                return
            if future.cancelled():  # which is an end for a task, not a value
                self._go_on(self)
                return
            self._there += 1
        late = loaded(data, late)
        self._go_on(ended(gathered(data, late), run) if late else run.result(data))


def waiting(data: dict[str, Any], late: list[str], run: Run) -> Waiting | Coroutine[Any, Any, dict[str, Any]]:
    """The root object once its late fields are there: a coroutine, or Waiting where that is possible."""
    for key in late:
        if type(data[key]) is not Pending:
            return gathered(data, late)
    return Waiting(data, late, run)


async def ended(data: Awaitable[dict[str, Any]], run: Run) -> ExecutionResult:
    try:
        found = await data
    except GraphQLError as error:
        run.add(error, None)
        found = None
    return run.result(found)
