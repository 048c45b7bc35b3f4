"""Requests that are in flight together share a statement, as commits share a flush.

While as many statements run as may, what is asked for waits and goes into the next ones: nobody waits when there is
little to do, and the more there is, the more each statement fetches. Nobody joins a statement that has begun, so that a
reader sees all that was committed before it asked.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import Context
from typing import Any, Generic, TypeVar

AT_ONCE = 3
"""Statements of one group: some are with PostgreSQL while another one's rows are read."""
FEW = 12
"""Keys that one statement takes at least, if they are there. Where more wait, it takes an AT_ONCEth of all in flight:
with all of them in one, nobody would have anything to do until PostgreSQL is done.
"""

Group = TypeVar("Group", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Made = TypeVar("Made")
Waiter = tuple[object, Key, "asyncio.Future[Any]", Callable[[Value], Any]]
"""Who asks, for what, where it goes, and what is made of it before."""


class Shared(Generic[Group, Key, Value]):
    def __init__(self, load: Callable[[Group, Sequence[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        """`load` is given keys of one group: those that one statement can fetch, for the same eyes."""
        self._load = load
        self._waiting: dict[Group, deque[Waiter[Key, Value]]] = {}
        self._running: dict[Group, list[int]] = {}
        """How many each statement is for."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._nobody = Context()
        """Statements are of several requests, and belong to none of them."""

    def get(
        self, group: Group, key: Key, make: Callable[[Value], Made], asker: object
    ) -> "asyncio.Future[Made | None]":
        """What is made of what was found, None where nothing was. Raises what `load` raises.

        What one asker asks for in a row is one statement's, however much it is.
        """
        loop = asyncio.get_running_loop()
        waiting = self._waiting.get(group)
        if waiting is None:
            waiting = self._waiting[group] = deque()
            loop.call_soon(self._start, group, context=self._nobody)
        future: asyncio.Future[Made | None] = loop.create_future()
        waiting.append((asker, key, future, make))
        return future

    def _start(self, group: Group) -> None:
        waiting = self._waiting.pop(group, None)
        running = self._running.setdefault(group, [])
        while waiting and len(running) < AT_ONCE:
            waiters = _share_of(waiting, sum(running))
            running.append(len(waiters))
            task = asyncio.create_task(self._run(group, waiters), context=self._nobody)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if waiting:
            self._waiting[group] = waiting
        if not running:
            del self._running[group]

    async def _run(self, group: Group, waiters: list[Waiter[Key, Value]]) -> None:
        """The next statement is on its way before anybody goes on with what this one found: PostgreSQL is at work
        meanwhile.
        """
        try:
            found = await self._load(group, list({key for _, key, _, _ in waiters}))
        except BaseException as error:
            for _, _, future, _ in waiters:
                if not future.done():
                    future.set_exception(error if isinstance(error, Exception) else ConnectionError("shutting down"))
            if not isinstance(error, Exception):
                raise
            return
        finally:
            self._running[group].remove(len(waiters))
            self._start(group)
        _give(found, waiters)


def _give(found: Mapping[Key, Value], waiters: Sequence[Waiter[Key, Value]]) -> None:
    """Those who have gone meanwhile are passed over."""
    for _, key, future, make in waiters:
        if not future.done():
            value = found.get(key)
            try:
                future.set_result(None if value is None else make(value))
            except Exception as error:
                future.set_exception(error)


def _share_of(waiting: deque[Waiter[Key, Value]], running: int) -> list[Waiter[Key, Value]]:
    """Taken out: those who have waited longest, and whoever follows them and asks for the same or is the same."""
    share = max(FEW, -(-(len(waiting) + running) // AT_ONCE))
    if len(waiting) <= share:
        everybody = list(waiting)
        waiting.clear()
        return everybody
    taken = [waiting.popleft() for _ in range(share)]
    keys = {key for _, key, _, _ in taken}
    while waiting:
        asker, key = waiting[0][:2]
        if len(keys) >= share and key not in keys and asker is not taken[-1][0]:
            break
        keys.add(key)
        taken.append(waiting.popleft())
    return taken
