"""Requests that are in flight together share a statement, as commits share a flush.

While as many statements run as may, what is asked for waits and goes into the next ones: nobody waits when there is
little to do, and the more there is, the more each statement fetches. Nobody joins a statement that has begun, so that a
reader sees all that was committed before it asked.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
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
Waiter = tuple[object, Sequence[Key], "asyncio.Future[Any]", Callable[[Mapping[Key, Value]], Any]]
"""Who asks, for what, where it goes, and what is made before of what was found."""


@dataclass(slots=True)
class _Line(Generic[Key, Value]):
    """Of one group."""

    waiting: deque[Waiter[Key, Value]] = field(default_factory=deque)
    begins: bool = False
    """Once whoever runs now has asked for all they want, a statement takes what waits."""
    statements: int = 0
    asked_for: int = 0
    """Keys of those statements, each as often as it was asked for."""


class Joint(Generic[Group, Key, Value]):
    def __init__(self, load: Callable[[Group, Sequence[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        """`load` is given keys of one group: those that one statement can fetch, for the same eyes."""
        self._load = load
        self._lines: dict[Group, _Line[Key, Value]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._nobody = Context()
        """Statements are of several requests, and belong to none of them."""

    def get(
        self, group: Group, key: Key, make: Callable[[Value], Made], asker: object
    ) -> "asyncio.Future[Made | None]":
        """What is made of what was found, None where nothing was. Raises what `load` raises.

        What one asker asks for in a row is one statement's, however much it is.
        """

        def made(found: Mapping[Key, Value]) -> Made | None:
            value = found.get(key)
            return None if value is None else make(value)

        return self._ask(group, (key,), made, asker)

    def get_all(
        self, group: Group, keys: Sequence[Key], make: Callable[[Value], Made]
    ) -> "asyncio.Future[list[Made | None]]":
        """As `get`, of each key, in one statement; what `make` raises for one of them is raised for all."""

        def made(found: Mapping[Key, Value]) -> list[Made | None]:
            return [None if (value := found.get(key)) is None else make(value) for key in keys]

        return self._ask(group, keys, made, None)

    def _ask(
        self, group: Group, keys: Sequence[Key], make: Callable[[Mapping[Key, Value]], Any], asker: object
    ) -> "asyncio.Future[Any]":
        line = self._lines.get(group)
        if line is None:
            line = self._lines[group] = _Line()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        line.waiting.append((asker, keys, future, make))
        if not line.begins:
            self._begin(group, line)
        return future

    def _begin(self, group: Group, line: _Line[Key, Value]) -> None:
        if line.waiting and line.statements < AT_ONCE and not line.begins:
            line.begins = True
            line.statements += 1
            task = asyncio.create_task(self._run(group, line), context=self._nobody)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, group: Group, line: _Line[Key, Value]) -> None:
        """Whoever asked goes on when the next statement has been sent, which is at the end of a turn of the loop:
        PostgreSQL is at work meanwhile.
        """
        waiters = _share_of(line.waiting, line.asked_for)
        line.begins = False
        try:
            found = await self._found(group, line, waiters)
            if line.begins:
                await asyncio.sleep(0)
        except BaseException as error:
            _fail(waiters, error if isinstance(error, Exception) else ConnectionError("shutting down"))
            if not isinstance(error, Exception):
                raise
        else:
            _give(waiters, found)

    async def _found(
        self, group: Group, line: _Line[Key, Value], waiters: Sequence[Waiter[Key, Value]]
    ) -> Mapping[Key, Value]:
        count = sum([len(keys) for _, keys, _, _ in waiters])
        line.asked_for += count
        self._begin(group, line)
        try:
            return await self._load(group, list({key for _, keys, _, _ in waiters for key in keys}))
        finally:
            line.asked_for -= count
            line.statements -= 1
            self._begin(group, line)
            if not line.statements:
                del self._lines[group]


def _give(waiters: Sequence[Waiter[Key, Value]], found: Mapping[Key, Value]) -> None:
    """Those who have gone meanwhile are passed over."""
    for _, _, future, make in waiters:
        if not future.done():
            try:
                future.set_result(make(found))
            except Exception as error:
                future.set_exception(error)


def _fail(waiters: Sequence[Waiter[Key, Value]], error: Exception) -> None:
    for _, _, future, _ in waiters:
        if not future.done():
            future.set_exception(error)


def _share_of(waiting: deque[Waiter[Key, Value]], asked_for: int) -> list[Waiter[Key, Value]]:
    """Taken out: those who have waited longest, and whoever follows them and asks for the same or is the same."""
    wanted = sum([len(keys) for _, keys, _, _ in waiting])
    share = max(FEW, -(-(wanted + asked_for) // AT_ONCE))
    if wanted <= share:
        everybody = list(waiting)
        waiting.clear()
        return everybody
    taken = [waiting.popleft()]
    keys = set(taken[0][1])
    while waiting:
        asker, wanted_next = waiting[0][:2]
        if len(keys) >= share and not keys.issuperset(wanted_next) and (asker is None or asker is not taken[-1][0]):
            break
        keys.update(wanted_next)
        taken.append(waiting.popleft())
    return taken
