"""Work that is cheaper together: while one batch is on its way, the next one gathers. Nobody waits for it to fill."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batch(Generic[Item, Result]):
    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], size: int) -> None:
        """`work` answers with one result for each item, in order; what it raises, all of them raise."""
        self._work = work
        self._size = size
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._working: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._run())
        return await result

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
            try:
                results = await self._work([item for item, _ in batch])
            except BaseException as error:
                for _, waits in batch:
                    if not waits.done():
                        waits.set_exception(error)
                if not isinstance(error, Exception):
                    raise
                continue
            for (_, waits), result in zip(batch, results, strict=True):
                if not waits.done():
                    waits.set_result(result)
