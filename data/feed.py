"""Wakes whoever watches a payment. A wake is a hint: whoever is woken reads the table."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import asyncpg
import structlog

CHANNEL = "mesaya_payments_changed"
RECONNECT_SECONDS = 1.0
PROBE_SECONDS = 10.0
"""A connection that died in silence is noticed after this long."""
CONNECT_SECONDS = 5.0

log = structlog.get_logger()


class Feed:
    """One LISTEN connection for the whole process, made anew for as long as it takes.

    After a reconnect everybody is woken, since a change may have passed unheard.
    """

    def __init__(self, dsn: str, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._dsn = dsn
        self._sleep = sleep
        self._watchers: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self.listening = asyncio.Event()
        """Set while changes are heard."""

    @asynccontextmanager
    async def watch(self, payment_id: UUID) -> AsyncIterator[asyncio.Event]:
        """An event that is set at every change from now on; whoever waits clears it before reading."""
        woken = asyncio.Event()
        self._watchers[payment_id].add(woken)
        try:
            yield woken
        finally:
            self._watchers[payment_id].discard(woken)
            if not self._watchers[payment_id]:
                del self._watchers[payment_id]

    @property
    def watching(self) -> int:
        """How many watch anything."""
        return sum(map(len, self._watchers.values()))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("feed lost its connection", error=type(error).__name__)
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
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await connection.close(timeout=1)

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
