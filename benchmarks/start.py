"""Start: from the start of the process to its first answer, and the memory it has then."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from benchmarks.contenders import OTHERS, OURS, running
from benchmarks.data import PAYMENTS, grow
from benchmarks.place import BOTH, Place
from benchmarks.queries import DATABASE, answer_of
from benchmarks.section import Section, Table
from benchmarks.workloads import W1
from data.database import plain_dsn

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Started:
    seconds: float
    mebibytes: float


def run(place: Place) -> Section:
    url = place.database(DATABASE)
    asyncio.run(grow(plain_dsn(url)))
    place.pin(*BOTH)
    found: defaultdict[str, list[Started]] = defaultdict(list)
    for number in range(ROUNDS):
        for contender in (OURS, *OTHERS):
            with running(contender, url, *BOTH) as server:
                answer_of(server, W1)
                one = Started(perf_counter() - server.began, server.cpu.memory_info().rss / 2**20)
            found[contender.name].append(one)
            print(f"{number + 1}/{ROUNDS} {contender.title}: {one.seconds:.2f} s, {one.mebibytes:.0f} MiB", flush=True)
    about = (
        f"From the start of the process to the answer to {W1.title}, of {PAYMENTS:,}; resident memory after it. "
        f"Medians of {ROUNDS}; the database is there and migrated, and both cores are everybody's."
    )
    rows = tuple((one.title, *_figures(found[one.name])) for one in (OURS, *OTHERS))
    return Section("Start", about, (Table("", ("", "s to the first answer", "MiB"), rows),))


def _figures(several: list[Started]) -> tuple[str, str]:
    return f"{median(one.seconds for one in several):.2f}", f"{median(one.mebibytes for one in several):.0f}"
