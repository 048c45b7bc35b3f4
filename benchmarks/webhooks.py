"""`make bench-webhooks`: deliveries a second to a local receiver, and the time from commit to its first byte.

One sender, in a process of its own, against a PostgreSQL and a receiver on the same machine.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import cast

import psutil
from sqlalchemy import text

from data import changes
from data.database import Database
from data.embedded import EmbeddedPostgres
from data.identifiers import uuid7
from data.migrate import migrate
from data.money import Money
from data.payment import Payment, PaymentType
from data.status import Status
from webhooks.directory import DatabaseDirectory
from webhooks.event import created
from webhooks.owe import Webhooks

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
BATCH = 100
"""Payments a transaction, while the backlog is written."""
WARM_UP = 200

_random = Random(1)  # noqa: S311 - ids of a benchmark
_PARTNER = text("""
INSERT INTO partners (name, webhook_url, secret, events, api_version)
VALUES ('bench', :url, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '*', 'v2')
""")


class Receiver(asyncio.Protocol):
    """As little as a receiver can do: answers each request, and notes when its first byte came."""

    arrivals: list[float] = []  # noqa: RUF012 - of all connections together
    arrived = asyncio.Event()

    def __init__(self) -> None:
        self.missing = 0
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not self.rest:
            self.arrivals.append(now)
        self.rest += data
        head, end, body = self.rest.partition(b"\r\n\r\n")
        if end and len(body) >= _length(head):
            self.rest = b""
            self.transport.write(ANSWER)
            self.arrived.set()


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)


async def create(database: Database, webhooks: Webhooks, count: int) -> None:
    """So many payments in one transaction, each with its debt."""
    async with database.transaction() as connection:
        for _ in range(count):
            now = datetime.now(UTC)
            payment = made(now)
            await changes.insert(connection, payment, now)
            await webhooks.owe(connection, [created(payment, now)], now)


def made(now: datetime) -> Payment:
    return Payment(
        id=uuid7(now, _random),
        status=Status.PENDING,
        amount=Money(Decimal("25.50"), "USD"),
        type=PaymentType.SUBSCRIPTION,
        reservation_id=None,
        subscription_id=uuid7(now, _random),
        user_id=None,
        provider="mock",
        provider_payment_id="bench",
        checkout_url="http://127.0.0.1/checkout",
        payer_email="ana@example.com",
        payer_name="Ana",
        description="A table for two",
        metadata={"table": 4},
        created_at=now,
        updated_at=now,
        ours=True,
        caller="bench",
        success_url="u",
        cancel_url="u",
        expires_at=now + timedelta(hours=1),
    )


@asynccontextmanager
async def sender(url: str) -> AsyncIterator[psutil.Process]:
    environment = {"DATABASE_URL": url, "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "webhooks", env=environment)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        await process.wait()


async def until(count: int) -> None:
    while len(Receiver.arrivals) < count:
        Receiver.arrived.clear()
        await Receiver.arrived.wait()


async def throughput(database: Database, webhooks: Webhooks, url: str, count: int) -> tuple[float, float]:
    """Deliveries a second, and a second of the sender's own CPU, out of a backlog, once it has warmed up."""
    for _ in range(count // BATCH):
        await create(database, webhooks, BATCH)
    async with sender(url) as process:
        await until(WARM_UP)
        before, first = cpu(process), len(Receiver.arrivals)
        await until(count)
        used = cpu(process) - before
    measured = Receiver.arrivals[first:]
    return len(measured) / (measured[-1] - measured[0]), len(measured) / used


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def latencies(database: Database, webhooks: Webhooks, url: str, count: int, rate: float) -> list[float]:
    """Milliseconds from the commit to the first byte, one payment after the other."""
    waits = []
    async with sender(url):
        await create(database, webhooks, 1)
        await until(len(Receiver.arrivals) + 1)
        began = time.perf_counter()
        for number in range(count):
            await asyncio.sleep(max(began + number / rate - time.perf_counter(), 0))
            before = len(Receiver.arrivals)
            await create(database, webhooks, 1)
            committed = time.perf_counter()
            await until(before + 1)
            waits.append((Receiver.arrivals[before] - committed) * 1000)
    return waits


async def main(count: int, rate: float) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        postgres = EmbeddedPostgres(Path(folder) / "postgres")
        await migrate(postgres.url)
        database = Database(postgres.url)
        webhooks = Webhooks(DatabaseDirectory(database), lambda: uuid7(datetime.now(UTC), _random))
        server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with database.transaction() as connection:
            await connection.execute(_PARTNER, {"url": f"http://127.0.0.1:{port}/hooks"})
        try:
            a_second, a_cpu_second = await throughput(database, webhooks, postgres.url, count)
            print(f"deliveries a second      {a_second:8.0f}   {count} out of a backlog")
            print(f"                         {a_cpu_second:8.0f}   a second of one core", flush=True)
            waits = sorted(await latencies(database, webhooks, postgres.url, count // 5, rate))
            p99 = waits[int(len(waits) * 0.99)]
            print(f"commit to first byte, ms {statistics.median(waits):8.1f}   median")
            print(f"                         {p99:8.1f}   p99, at {rate:.0f} a second or as fast as they go")
        finally:
            server.close()
            await database.close()
            postgres.stop()


if __name__ == "__main__":
    import uvloop

    given = argparse.ArgumentParser()
    given.add_argument("--count", type=int, default=5000)
    given.add_argument("--rate", type=float, default=100.0)
    chosen = given.parse_args()
    uvloop.run(main(chosen.count, chosen.rate))
