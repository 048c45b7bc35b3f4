"""`make bench`: queries against those of other servers, on one machine, over one database, turn by turn.

`QUICK=1` asks for a payment and for a hundred, of Mercurius and of us, and fails where we are below the goal.
"""

import argparse
import asyncio
import platform
import subprocess
import sys
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil

from benchmarks.contenders import HERE, MERCURIUS, OTHERS, OURS, Contender, Running, running
from benchmarks.data import PAYMENTS, grow
from benchmarks.load import CONNECTIONS, Measured, measure
from benchmarks.ours import TOKEN
from benchmarks.report import write_report
from benchmarks.workloads import ALL, W1, W3, Workload
from data.database import plain_dsn
from data.embedded import EmbeddedPostgres
from data.migrate import migrate

GOAL = 1.5
"""Times as many requests as Mercurius, and a p99 that is no worse."""
SERVER_CORE, OTHER_CORE = 1, 0
"""PostgreSQL and wrk share the other one."""
WARM_SECONDS = 2
Results = dict[tuple[str, str], Measured]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10)
    given = parser.parse_args()
    contenders = (OURS, MERCURIUS) if given.quick else (OURS, *OTHERS)
    workloads = (W1, W3) if given.quick else ALL
    rounds, seconds = (3, 5) if given.quick else (given.rounds, given.seconds)
    postgres = EmbeddedPostgres(HERE.parent / ".data" / "benchmarks")
    try:
        results = compared(postgres, contenders, workloads, rounds, seconds)
    finally:
        postgres.stop()
    if not given.quick:
        write_report(HERE, (OURS, *OTHERS), ALL, results, machine(rounds, seconds))
    sys.exit(verdict(workloads, results))


def compared(
    postgres: EmbeddedPostgres,
    contenders: tuple[Contender, ...],
    workloads: tuple[Workload, ...],
    rounds: int,
    seconds: int,
) -> Results:
    """The medians of interleaved rounds, once all servers have given the same."""
    asyncio.run(_fill(postgres.url))
    _pin(postgres.folder)
    found: defaultdict[tuple[str, str], list[Measured]] = defaultdict(list)
    with ExitStack() as stack:
        servers = [stack.enter_context(running(one, postgres.url, postgres.folder, SERVER_CORE)) for one in contenders]
        check_same(servers, workloads)
        for number in range(rounds):
            for workload in workloads:
                for server in servers:
                    measure(server, workload, WARM_SECONDS, OTHER_CORE)
                    one = measure(server, workload, seconds, OTHER_CORE)
                    found[server.contender.name, workload.name].append(one)
                    print(
                        f"{number + 1}/{rounds} {workload.name} {server.contender.title}: {one.rate:,.0f}/s", flush=True
                    )
    return {key: _median(several) for key, several in found.items()}


def check_same(servers: list[Running], workloads: tuple[Workload, ...]) -> None:
    """Exits where a server's content differs from ours."""
    for workload in workloads:
        answers = [_answer(server, workload) for server in servers]
        for server, answer in zip(servers, answers, strict=True):
            if answer != answers[0] or "errors" in answer:
                sys.exit(f"{server.contender.title} answers {workload.name} otherwise: {str(answer)[:500]}")


def verdict(workloads: tuple[Workload, ...], results: Results) -> int:
    """How many workloads miss the goal."""
    missed = 0
    for workload in workloads:
        ours, theirs = results[OURS.name, workload.name], results[MERCURIUS.name, workload.name]
        ratio = ours.rate / theirs.rate
        reached = ratio >= GOAL and ours.p99 <= theirs.p99
        missed += not reached
        said = f"{ratio:.2f} × Mercurius, p99 {ours.p99:.1f} ms against {theirs.p99:.1f} ms"
        print(f"{workload.name} {workload.title}: {said}{'' if reached else f'; the goal is {GOAL} ×, p99 no worse'}")
    return missed


def machine(rounds: int, seconds: int) -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    hardware = f"{platform.machine()}, {psutil.cpu_count()} cores, {platform.system()} {platform.release()}"
    versions = f"Python {platform.python_version()}, Node {node}"
    return f"{hardware}, {versions}, {PAYMENTS:,} payments; {rounds} rounds of {seconds} s, {CONNECTIONS} connections"


async def _fill(url: str) -> None:
    await migrate(url)
    await grow(plain_dsn(url))


def _pin(folder: Path) -> None:
    postmaster = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
    for process in (postmaster, *postmaster.children(recursive=True)):
        process.cpu_affinity([OTHER_CORE])


def _answer(server: Running, workload: Workload) -> Any:
    body = {"query": workload.text, "variables": workload.sample}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.post(server.url, json=body, headers=headers, timeout=30).json()


def _median(several: list[Measured]) -> Measured:
    return Measured(*(median(getattr(one, name) for one in several) for name in ("rate", "p50", "p99", "cpu")))


if __name__ == "__main__":
    main()
