"""Wakes whoever watches a payment, or another topic. A wake is a hint: whoever is woken reads the table."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self
from uuid import UUID

import asyncpg
import structlog

from data.connections import GIVE_UP_SECONDS, NO_ANSWER

CHANNEL = "mesaya_payments_changed"
RECONNECT_SECONDS = 1.0
PROBE_SECONDS = 10.0
"""A connection that died in silence is noticed after this long."""
CONNECT_SECONDS = 5.0

log = structlog.get_logger()


class Watch:
    """An `asyncio.Event` for one who waits, in a tenth of its memory: thousands of them are idle.

    It is heard of between the beginning and the end of `async with`.
    """

    __slots__ = ("_set", "_topic", "_waiting", "_watchers")

    def __init__(self, watchers: "Watchers", topic: UUID) -> None:
        self._watchers = watchers
        self._topic = topic
        self._set = False
        self._waiting: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        self._watchers[self._topic].add(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watchers[self._topic].discard(self)
        if not self._watchers[self._topic]:
            del self._watchers[self._topic]

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def clear(self) -> None:
        self._set = False

    async def wait(self) -> None:
        if not self._set:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None


Watchers = defaultdict[UUID, set[Watch]]


class Feed:
    """One LISTEN connection for the whole process, made anew for as long as it takes.

    After a reconnect everybody is woken, since a change may have passed unheard.
    """

    def __init__(self, dsn: str, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._dsn = dsn
        self._sleep = sleep
        self._watchers: Watchers = defaultdict(set)
        self.listening = asyncio.Event()
        """Set while changes are heard."""

    def watch(self, topic: UUID) -> "Watch":
        """Is set at every change from its beginning on; whoever waits clears it before reading."""
        return Watch(self._watchers, topic)

    @property
    def watching(self) -> int:
        """How many watch anything."""
        return sum(map(len, self._watchers.values()))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._listen()
            except NO_ANSWER as error:
                log.warning("feed lost its connection", error=type(error).__name__)
            except Exception as error:  # a feed that ends is worse than any error it can meet
                log.exception("feed failed", error=type(error).__name__)
            await self._sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=CONNECT_SECONDS)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANNEL, self._heard)
            self.listening.set()
            self._wake_everybody()
            while not lost.is_set():
                await self._pause(lost)
                await connection.execute("SELECT 1", timeout=CONNECT_SECONDS)
        finally:
            self.listening.clear()
            with suppress(*NO_ANSWER):
                await connection.close(timeout=GIVE_UP_SECONDS)

    async def _pause(self, lost: asyncio.Event) -> None:
        """Until the connection is known to be lost, or it is time to ask whether it is."""
        waits = [asyncio.ensure_future(self._sleep(PROBE_SECONDS)), asyncio.ensure_future(lost.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        with suppress(ValueError):
            for woken in self._watchers.get(UUID(str(payload)), ()):
                woken.set()

    def _wake_everybody(self) -> None:
        for watchers in self._watchers.values():
            for woken in watchers:
                woken.set()
