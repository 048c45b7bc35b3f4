"""Status changes at a steady rate, and how long each takes from its commit to the client that watches."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

import asyncpg

from benchmarks.contenders import Running
from benchmarks.data import id_of
from benchmarks.watchers import Told, Watcher, nothing, watching

RATE = 200
"""Changes a second."""
SETTLE_SECONDS = 2.0
ONCE = 5
"""One of so many subscriptions is opened before the server's memory is looked at."""
LATE_SECONDS = 5.0
"""How long the last messages are waited for."""
STATUSES = ("PROCESSING", "SUCCEEDED", "REFUNDED")
"""The way of each payment; from then on the last two, in turn."""
_CHANGE = """BEGIN;
UPDATE mesaya_payments.records SET status = '{status}', sequence = {sequence}, updated_at = now()
  WHERE payment_id = '{id}';
INSERT INTO mesaya_payments.events (payment_id, sequence, kind, status, previous_status, cause, occurred_at)
  VALUES ('{id}', {sequence}, 'STATUS', '{status}', '{previous}', 'PROVIDER_WEBHOOK', now());
UPDATE payments SET payment_status = mesaya_payments.label_of('{status}'), updated_at = now()
  WHERE payment_id = '{id}'"""


@dataclass(frozen=True, slots=True)
class FannedOut:
    subscriptions: int
    waits: tuple[float, ...]
    """Milliseconds, sorted."""
    bytes_each: float
    """Of the server's memory, while nothing happens."""
    cpu: float
    """Microseconds of the server's CPU for a change."""

    @property
    def p50(self) -> float:
        return median(self.waits)

    @property
    def p99(self) -> float:
        return self.waits[int(len(self.waits) * 0.99)]

    @property
    def kib_each(self) -> float:
        return self.bytes_each / 1024


class Changes:
    """Commits statuses, and is told when they come back."""

    def __init__(self, ids: list[str], count: int) -> None:
        self.ids = ids
        self.count = count
        self.all_arrived = asyncio.Event()
        self.steps = [0] * len(ids)
        self.committed = [0.0] * len(ids)
        self.waits: list[float] = []

    def arrived(self, number: int, message: bytes, at: float) -> None:
        step = self.steps[number]
        if b'"sequence":%d,"status":"%s"' % (step + 1, self.status(step - 1).encode()) in message:
            self.waits.append((at - self.committed[number]) * 1000)
        if len(self.waits) == self.count:
            self.all_arrived.set()

    async def make(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """All of them, each at its time, whether those before it have arrived or not."""
        began = time.perf_counter()
        for made in range(self.count):
            await asyncio.sleep(max(began + made / RATE - time.perf_counter(), 0))
            number = made % len(self.ids)
            step = self.steps[number]
            await connection.execute(
                _CHANGE.format(
                    id=self.ids[number], status=self.status(step), previous=self.status(step - 1), sequence=step + 2
                )
            )
            self.steps[number] += 1
            self.committed[number] = time.perf_counter()
            await connection.execute("COMMIT")

    @staticmethod
    def status(step: int) -> str:
        return "PENDING" if step < 0 else STATUSES[step] if step < 3 else STATUSES[2 - step % 2]


async def idle(
    server: Running, ids: Sequence[str], told: Told = nothing, together: int = 1
) -> tuple[list[Watcher], float]:
    """Watchers of all payments, and the bytes of the server's memory that each but the first ones costs it.

    Those pay for what a server has once: its connections to the database, what it has compiled, a heap that has grown.
    """
    first = len(ids) // ONCE
    watchers = await watching(server.url, ids, range(first), told, together)
    await asyncio.sleep(SETTLE_SECONDS)
    before = server.memory()
    watchers += await watching(server.url, ids, range(first, len(ids)), told, together)
    await asyncio.sleep(SETTLE_SECONDS)
    return watchers, (server.memory() - before) / (len(ids) - first)


async def memory_each(server: Running, subscriptions: int, together: int) -> float:
    """With so many subscriptions to a connection."""
    watchers, each = await idle(server, [id_of(number) for number in range(subscriptions)], together=together)
    for watcher in watchers:
        watcher.transport.abort()
    return each


async def fanned_out(server: Running, dsn: str, subscriptions: int, seconds: int) -> FannedOut:
    count = RATE * seconds
    changes = Changes([id_of(number) for number in range(subscriptions)], count)
    watchers, each = await idle(server, changes.ids, changes.arrived)
    connection = await asyncpg.connect(dsn)
    try:
        cpu = server.seconds_of_cpu()
        await changes.make(connection)
        with suppress(TimeoutError):
            await asyncio.wait_for(changes.all_arrived.wait(), LATE_SECONDS)
        cpu = server.seconds_of_cpu() - cpu
    finally:
        await connection.close()
        for watcher in watchers:
            watcher.transport.abort()
    if len(changes.waits) != count:
        raise RuntimeError(f"{server.contender.title}: {len(changes.waits)} of {count} changes arrived")
    return FannedOut(subscriptions, tuple(sorted(changes.waits)), each, cpu / count * 1e6)
