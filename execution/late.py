"""What is not there yet.

Which tasks are started, and when, is graphql-core's order to the step: it decides what loaders batch, which error is
the first and what a failing sibling cancels. Only fields that are all futures wait for each other: what is below them
begins once the last one is there.
"""

from asyncio import Future
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from types import CoroutineType
from typing import Any

from graphql.pyutils import Path, gather_with_cancel

from execution.kind import At, Done, Kind
from execution.ready import ready
from execution.run import Info, Run


async def awaited(kind: Kind, value: Awaitable[Any], at: At, path: Path, info: Info | None, run: Run) -> Any:
    """Of a field or an item whose value is awaitable."""
    try:
        done = kind.complete(await value, at, path, info, run)
        return await done if type(done) is CoroutineType else done
    except Exception as error:
        run.failed(error, at.nodes, path, non_null=kind.non_null)
        return None


@dataclass(slots=True, eq=False)
class Pending:
    """A nullable field whose value is a future, as loaders give it: it needs no task to come about."""

    kind: Kind
    future: "Future[Any]"
    at: At
    path: Path
    info: Info | None
    run: Run
    quick: Callable[[Any], dict[str, Any] | None] | None = None
    """Of objects that need no more than their selection set."""

    def __await__(self) -> Generator[Any, None, Any]:
        return awaited(self.kind, self.future, self.at, self.path, self.info, self.run).__await__()

    def completed(self) -> Done:
        """Once the future is done."""
        try:
            value, quick = self.future.result(), self.quick
            if quick is not None and ready[type(value)] and (done := quick(value)) is not None:
                return done
            return self.kind.complete(value, self.at, self.path, self.info, self.run)
        except Exception as error:
            self.run.failed(error, self.at.nodes, self.path, non_null=False)
            return None


async def later(kind: Kind, done: Awaitable[Any], at: At, path: Path, run: Run) -> Any:
    """Of a field or an item whose value is there, but not all that is below it."""
    try:
        return await done
    except Exception as error:
        run.failed(error, at.nodes, path, non_null=kind.non_null)
        return None


async def gathered(data: dict[str, Any], late: list[str]) -> dict[str, Any]:
    """The object once its late fields are there; they run at the same time."""
    waiting = [data[key] for key in late]
    if {*map(type, waiting)} == {Pending}:
        for one in waiting:
            await there(one.future)
        late = loaded(data, late)
    if len(late) == 1:
        data[late[0]] = await data[late[0]]
    elif late:
        data.update(zip(late, await gather_with_cancel(*(data[key] for key in late)), strict=True))
    return data


async def there(future: "Future[Any]") -> None:
    """Until it is done, whatever came of it: that is for whoever takes its result."""
    if not future.done():
        try:  # noqa: SIM105 - which would cost as much as the rest
            await future
        except Exception:  # noqa: S110
            pass


def loaded(data: dict[str, Any], late: list[str]) -> list[str]:
    """What was loaded is completed together, without a task for each. Gives the fields that are still late."""
    still_late = []
    for key in late:
        one = data[key]
        done = data[key] = one.completed()
        if type(done) is CoroutineType:
            data[key] = later(one.kind, done, one.at, one.path, one.run)
            still_late.append(key)
    return still_late


async def gathered_items(done: list[Any], late: list[int]) -> list[Any]:
    if len(late) == 1:
        done[late[0]] = await done[late[0]]
    else:
        found = await gather_with_cancel(*(done[index] for index in late))
        for index, item in zip(late, found, strict=True):
            done[index] = item
    return done
