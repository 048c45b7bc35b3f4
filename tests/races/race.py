"""One race: a rival runs at the n-th await of an operation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.races.steps import Operation, Steps


@dataclass(frozen=True, slots=True)
class Outcome:
    at: str | None
    """Where the rival came in; None where the operation has not that many awaits."""
    first: Any
    rival: Any


async def race(
    steps: Steps, first: Callable[[], Awaitable[Any]], rival: Callable[[], Awaitable[Any]], number: int
) -> Outcome:
    """The rival runs to its end, or until it waits for a lock of the first; then the first goes on.

    What either raises is raised here.
    """
    operation = steps.start("first", _run(first))
    await steps.settle()
    while operation.passed < number and operation.stands:
        await _one(steps, operation)
    at = operation.stands[0].at if operation.stands else None
    other = steps.start("rival", _run(rival), stepped=False)
    await steps.settle()
    while not operation.done:
        await _one(steps, operation)
    return Outcome(at, await operation.task, await other.task)


async def _one(steps: Steps, operation: Operation) -> None:
    if operation.stands:
        operation.go()
    await steps.settle()


async def _run(work: Callable[[], Awaitable[Any]]) -> Any:
    return await work()
