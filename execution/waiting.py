"""A result of which nothing is missing but futures: whoever wants to goes on without a task once they are there."""

from asyncio import Future
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from functools import partial
from types import CoroutineType
from typing import Any

from graphql import ExecutionResult, GraphQLError

from execution.kind import Done
from execution.late import Pending, gathered, loaded, there
from execution.run import Run

Data = dict[str, Any]


class Waiting:
    """Awaited, or told what comes then: one of the two, and once."""

    __slots__ = ("_complete", "_futures", "_go_on", "_run", "_there")

    def __init__(self, futures: Sequence["Future[Any]"], complete: Callable[[], Done], run: Run) -> None:
        """`complete` gives the root object once the futures are done, or a coroutine for what is late even then."""
        self._futures = futures
        self._complete = complete
        self._run = run
        self._there = 0

    def __await__(self) -> Generator[Any, None, ExecutionResult]:
        return ended(self._awaited(), self._run).__await__()

    def then(self, go_on: Callable[[ExecutionResult | Awaitable[ExecutionResult]], None]) -> None:
        """Calls it with the result, or with what is left to be awaited: objects may be late that were just loaded."""
        self._go_on = go_on
        self._look()

    def _look(self, _done: "Future[Any] | None" = None) -> None:
        futures = self._futures
        for future in futures[self._there :]:
            if not future.done():
                future.add_done_callback(self._look)
                return
            if future.cancelled():  # which is an end for a task, not a value
                self._go_on(self)
                return
            self._there += 1
        try:
            done = self._complete()
        except Exception as error:  # which nobody would hear of here
            self._go_on(_raised(error))
        else:
            self._go_on(ended(done, self._run) if type(done) is CoroutineType else self._run.result(done))

    async def _awaited(self) -> Done:
        for future in self._futures:
            await there(future)
        done = self._complete()
        return await done if type(done) is CoroutineType else done


def waiting(data: Data, late: list[str], run: Run) -> Waiting | Coroutine[Any, Any, Data]:
    """The root object once its late fields are there: a coroutine, or Waiting where that is possible."""
    futures = []
    for key in late:
        one = data[key]
        if type(one) is not Pending:
            return gathered(data, late)
        futures.append(one.future)
    return Waiting(futures, partial(_completed, data, late), run)


async def _raised(error: Exception) -> ExecutionResult:
    raise error


def _completed(data: Data, late: list[str]) -> Done:
    late = loaded(data, late)
    return gathered(data, late) if late else data


async def ended(data: Awaitable[Data], run: Run) -> ExecutionResult:
    try:
        found = await data
    except GraphQLError as error:
        run.add(error, None)
        found = None
    return run.result(found)
