"""What is not there yet.

Which tasks are started, and when, is graphql-core's order to the step: it decides what loaders batch, which error is
the first and what a failing sibling cancels.
"""

from collections.abc import Awaitable
from types import CoroutineType
from typing import Any

from graphql.pyutils import Path, gather_with_cancel

from execution.kind import At, Kind
from execution.run import Info, Run


async def awaited(kind: Kind, value: Awaitable[Any], at: At, path: Path, info: Info | None, run: Run) -> Any:
    """Of a field or an item whose value is awaitable."""
    try:
        done = kind.complete(await value, at, path, info, run)
        return await done if type(done) is CoroutineType else done
    except Exception as error:
        run.failed(error, at.nodes, path, non_null=kind.non_null)
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
    if len(late) == 1:
        data[late[0]] = await data[late[0]]
    else:
        data.update(zip(late, await gather_with_cancel(*(data[key] for key in late)), strict=True))
    return data


async def gathered_items(done: list[Any], late: list[int]) -> list[Any]:
    if len(late) == 1:
        done[late[0]] = await done[late[0]]
    else:
        found = await gather_with_cancel(*(done[index] for index in late))
        for index, item in zip(late, found, strict=True):
            done[index] = item
    return done
