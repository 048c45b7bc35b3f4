"""Requests that are in flight together share a statement, as commits share a flush.

While as many statements run as may, what is asked for waits and goes into the next one: nobody waits when there is
little to do, and the more there is, the more each statement fetches. Nobody joins a statement that has begun, so that a
reader sees all that was committed before it asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Generic, TypeVar

AT_ONCE = 3
"""Statements of one group: some are with PostgreSQL while another one's rows are read."""
FEW = 12
"""Keys that one statement takes at least, if they are there. More than that are shared among AT_ONCE statements: with
all of them in one, nobody would have anything to do until PostgreSQL is done.
"""

Group = TypeVar("Group", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Made = TypeVar("Made")
Waiter = tuple["asyncio.Future[Any]", Callable[[Value], Any]]
Asked = dict[Key, list[Waiter[Value]]]


class Shared(Generic[Group, Key, Value]):
    def __init__(self, load: Callable[[Group, Sequence[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        """`load` is given keys of one group: those that one statement can fetch, for the same eyes."""
        self._load = load
        self._waiting: dict[Group, Asked[Key, Value]] = {}
        self._running: dict[Group, list[int]] = {}
        """How many keys each statement has."""
        self._tasks: set[asyncio.Task[None]] = set()

    def get(self, group: Group, key: Key, make: Callable[[Value], Made]) -> "asyncio.Future[Made | None]":
        """What is made of what was found, None where nothing was. Raises what `load` raises."""
        loop = asyncio.get_running_loop()
        waiting = self._waiting.get(group)
        if waiting is None:
            waiting = self._waiting[group] = {}
            loop.call_soon(self._start, group)
        future: asyncio.Future[Made | None] = loop.create_future()
        if key in waiting:
            waiting[key].append((future, make))
        else:
            waiting[key] = [(future, make)]
        return future

    def _start(self, group: Group) -> None:
        waiting = self._waiting.pop(group, {})
        running = self._running.setdefault(group, [])
        share = max(FEW, -(-(len(waiting) + sum(running)) // AT_ONCE))
        while waiting and len(running) < AT_ONCE:
            asked = {key: waiting.pop(key) for key in [*islice(waiting, share)]}
            running.append(len(asked))
            task = asyncio.create_task(self._run(group, asked))
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, group, len(asked)))
        if waiting:
            self._waiting[group] = waiting
        if not running:
            del self._running[group]

    def _ended(self, group: Group, keys: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._running[group].remove(keys)
        self._start(group)

    async def _run(self, group: Group, asked: Asked[Key, Value]) -> None:
        """Those who have gone meanwhile are passed over."""
        try:
            found = await self._load(group, list(asked))
        except BaseException as error:
            for future in [future for waiters in asked.values() for future, _ in waiters]:
                if not future.done():
                    future.set_exception(error if isinstance(error, Exception) else ConnectionError("shutting down"))
            if not isinstance(error, Exception):
                raise
            return
        for key, waiters in asked.items():
            value = found.get(key)
            for future, make in waiters:
                if not future.done():
                    future.set_result(None if value is None else make(value))
