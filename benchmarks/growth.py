"""Growth: what a payment and a reservation's page cost when there are ten million payments."""

import asyncio
import shutil
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import asyncpg

from benchmarks.contenders import OURS, running
from benchmarks.data import grow
from benchmarks.load import Measured, in_turn, measure, middle, times
from benchmarks.place import OTHER_CORE, SERVER_CORE, Place
from benchmarks.section import Bars, Goal, Section, Table
from benchmarks.workloads import W1, W2, Workload
from data.database import plain_dsn

SIZES = {"growth_200k": 200_000, "growth_2m": 2_000_000, "growth_10m": 10_000_000}
WORKLOADS = (W1, W2)
NEEDED_GIB = 20
"""On the disk, while they are filled; 14 of them stay."""
FLAT = 0.9
"""Of the rate with the fewest payments: less is a slope, not chance."""
ROUNDS, SECONDS, WARM_SECONDS = 7, 5, 3
READ_BYTES = 16 << 20
WALKS = (
    "SELECT metadata AS value FROM payments ORDER BY payment_id",
    "SELECT metadata AS value FROM payments ORDER BY reservation_id, created_at DESC, payment_id DESC",
    "SELECT status AS value FROM mesaya_payments.records ORDER BY payment_id",
)
Results = Mapping[tuple[str, int], Sequence[Measured]]
"""Of each round."""


def run(place: Place) -> Section:
    """The databases are kept: they take minutes to fill."""
    found: defaultdict[tuple[str, int], list[Measured]] = defaultdict(list)
    place.pin(OTHER_CORE, SERVER_CORE)
    _check_disk(place)
    urls = {}
    for name, size in SIZES.items():
        urls[size] = place.database(name)
        print(f"filling {size:,} payments", flush=True)
        asyncio.run(grow(plain_dsn(urls[size]), size, events=False))
        _read_all(place, urls[size])
        asyncio.run(_walk(plain_dsn(urls[size])))
    place.pin(OTHER_CORE)
    with ExitStack() as stack:
        servers = {size: stack.enter_context(running(OURS, url, SERVER_CORE)) for size, url in urls.items()}
        for number in range(ROUNDS):
            for workload in WORKLOADS:
                for size, server in in_turn(list(servers.items()), number):
                    measure(server, workload, WARM_SECONDS, size)
                    one = measure(server, workload, SECONDS, size)
                    found[workload.name, size].append(one)
                    print(f"{number + 1}/{ROUNDS} {workload.name} of {size:,}: {one.rate:,.0f}/s", flush=True)
    return section(found)


def _check_disk(place: Place) -> None:
    there = shutil.disk_usage(place.folder).free + sum(file.stat().st_size for file in place.folder.rglob("*"))
    if there < NEEDED_GIB * 2**30:
        sys.exit(f"Ten million payments need {NEEDED_GIB} GiB of disk at {place.folder}")


def _read_all(place: Place, url: str) -> None:
    """All of it is in memory then, as a database is that has been asked for a day; disks are not what is compared."""
    oid = asyncio.run(_oid(plain_dsn(url)))
    for path in (place.folder / "base" / str(oid)).iterdir():
        with path.open("rb", buffering=0) as file:
            while file.read(READ_BYTES):
                pass


async def _walk(dsn: str) -> None:
    """What the queries read, along the indexes they take: scans of whole tables do not stay in PostgreSQL's memory."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        for walk in WALKS:
            await connection.execute(f"SELECT count(value) FROM ({walk} OFFSET 0) walk")
    finally:
        await connection.close()


async def _oid(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()"))
    finally:
        await connection.close()


def section(results: Results) -> Section:
    about = (
        f"The same service over databases of different sizes, all payments asked for alike; medians of {ROUNDS} "
        f"interleaved rounds of {SECONDS} s, each begun by another one. Flat is no less than {FLAT:.0%} of the rate "
        "with the fewest in the same round (the median of all rounds). PostgreSQL has two fifths of the memory, and "
        "what is asked for was read once before."
    )
    rows = []
    for workload in WORKLOADS:
        for size in SIZES.values():
            found = middle(results[workload.name, size])
            figures = f"{found.rate:,.0f}", f"{found.p50:.1f}", f"{found.p99:.1f}"
            rows.append((f"{workload.name}: {workload.title}", f"{size:,}", *figures))
    head = ("", "payments", "requests/s", "p50 ms", "p99 ms")
    bars = tuple((f"{size:,} payments", middle(results[W1.name, size]).rate) for size in SIZES.values())
    return Section(
        "Growth",
        about,
        (Table("", head, tuple(rows)),),
        tuple(_goal(workload, results) for workload in WORKLOADS),
        (Bars("A payment by id, as they become more", "/s", bars),),
    )


def _goal(workload: Workload, results: Results) -> Goal:
    few, *_, many = SIZES.values()
    most, fewest = results[workload.name, many], results[workload.name, few]
    part = times(most, fewest)
    return Goal(
        f"{workload.name} with {many:,} payments",
        f"{middle(most).rate:,.0f}/s",
        f"with {few:,}: {middle(fewest).rate:,.0f}/s",
        "flat",
        f"{part:.0%}, round by round",
        part >= FLAT,
    )
