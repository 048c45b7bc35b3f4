"""Requests that are in flight together share a statement, as commits share a flush.

While as many statements run as may, what is asked for waits and goes into the next one: nobody waits when there is
little to do, and the more there is, the more each statement fetches. Nobody joins a statement that has begun, so that a
reader sees all that was committed before it asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

AT_ONCE = 2
"""Statements of one kind; one is with PostgreSQL while another one's rows are read."""

Group = TypeVar("Group", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class _Batch(Generic[Group, Key, Value]):
    group: Group
    keys: set[Key] = field(default_factory=set)
    waiters: list[asyncio.Future[Mapping[Key, Value]]] = field(default_factory=list)


class Shared(Generic[Group, Key, Value]):
    def __init__(self, load: Callable[[Group, list[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        """`load` is given keys of one group: those that one statement can fetch, for the same eyes."""
        self._load = load
        self._waiting: dict[Group, _Batch[Group, Key, Value]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def get(self, group: Group, keys: Iterable[Key]) -> Mapping[Key, Value]:
        """What was found, of these keys and perhaps of others. Raises what `load` raises."""
        batch = self._waiting.get(group)
        loop = asyncio.get_running_loop()
        if batch is None:
            batch = self._waiting[group] = _Batch(group)
            loop.call_soon(self._start)
        batch.keys.update(keys)
        waiter: asyncio.Future[Mapping[Key, Value]] = loop.create_future()
        batch.waiters.append(waiter)
        return await waiter

    def _start(self) -> None:
        while self._waiting and len(self._running) < AT_ONCE:
            batch = self._waiting.pop(next(iter(self._waiting)))
            task = asyncio.create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start()

    async def _run(self, batch: _Batch[Group, Key, Value]) -> None:
        """Those who have gone meanwhile are passed over."""
        try:
            found = await self._load(batch.group, list(batch.keys))
        except BaseException as error:
            for waiter in batch.waiters:
                if not waiter.done():
                    waiter.set_exception(error if isinstance(error, Exception) else ConnectionError("shutting down"))
            if not isinstance(error, Exception):
                raise
        else:
            for waiter in batch.waiters:
                if not waiter.done():
                    waiter.set_result(found)
