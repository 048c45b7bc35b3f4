"""One race: a rival runs at the n-th await of an operation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from tests.races.steps import Steps


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
    operation = steps.start("first", _run(first), free_for=number)
    while not operation.done and not operation.stands:
        await steps.settle()
    at = operation.stands[0].at if operation.stands else None
    other = steps.start("rival", _run(rival), free_for=inf)
    await steps.settle()
    operation.run_free()
    return Outcome(at, await operation.task, await other.task)


async def _run(work: Callable[[], Awaitable[Any]]) -> Any:
    return await work()
