"""Load from wrk on a core that the server does not have, and what came of it."""

import json
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from benchmarks.contenders import Running
from benchmarks.data import PAYMENTS
from benchmarks.ours import TOKEN
from benchmarks.place import OTHER_CORE
from benchmarks.workloads import ALIASES, LUA, Workload

CONNECTIONS = 32
T = TypeVar("T")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Measured:
    rate: float
    """Requests a second."""
    p50: float
    p99: float
    """Milliseconds."""
    cpu: float
    """Microseconds of the server's CPU for a request."""


class LoadError(Exception):
    """wrk did not run to its end, or an answer was not what it should be."""


def in_turn(several: Sequence[T], number: int) -> list[T]:
    """All of them, begun by another one for each number."""
    first = number % len(several)
    return [*several[first:], *several[:first]]


def measure(server: Running, workload: Workload, seconds: int, payments: int = PAYMENTS) -> Measured:
    """Over so many payments, all asked for alike. Raises LoadError."""
    began = server.seconds_of_cpu()
    said = _wrk(server, workload, seconds, payments)
    cpu = server.seconds_of_cpu() - began
    requests = int(_found(r"(\d+) requests in", said)[0])
    return Measured(
        rate=float(_found(r"Requests/sec:\s+([0-9.]+)", said)[0]),
        p50=_milliseconds(said, "50%"),
        p99=_milliseconds(said, "99%"),
        cpu=cpu / max(requests, 1) * 1e6,
    )


def _wrk(server: Running, workload: Workload, seconds: int, payments: int) -> str:
    text = (server.contender.texts or {}).get(workload.name, workload.text)
    given = {
        "text": f"[==[{json.dumps(text)}]==]",
        "authorization": json.dumps(f"Bearer {TOKEN}"),
        "last": payments - 1,
        "aliases": ALIASES,
        "variables": workload.lua,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA % given)
        script.flush()
        command = [
            "taskset",
            "-c",
            str(OTHER_CORE),
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds}",
            "--timeout",
            "10",
        ]
        done = subprocess.run(
            [*command, "--latency", "-s", script.name, server.url],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode or done.stderr.strip() or "Non-2xx" in done.stdout:
        raise LoadError(f"{server.contender.title}, {workload.name}: {done.stderr or done.stdout}")
    return done.stdout


def middle(several: Sequence[Measured]) -> Measured:
    """The medians."""
    return Measured(*(median(getattr(one, name) for one in several) for name in ("rate", "p50", "p99", "cpu")))


def times(several: Sequence[Measured], others: Sequence[Measured]) -> float:
    """How many times the others' rate: the median of what each round gave by itself.

    A shared machine is not equally fast in all of them, and medians of rates compare different minutes.
    """
    return median(one.rate / other.rate for one, other in zip(several, others, strict=False))


def _milliseconds(said: str, percent: str) -> float:
    number, unit = _found(rf"{percent}\s+([0-9.]+)(us|ms|s|m)\b", said)
    return float(number) * _UNITS[unit]


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    if match is None:
        raise LoadError(f"wrk says nothing of {pattern}: {text}")
    return match.groups()
