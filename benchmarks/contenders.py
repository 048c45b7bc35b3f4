"""The servers that are compared: each one process, on one core, over the same database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil

from benchmarks import postgraphile
from benchmarks.place import HERE

PACKAGES = HERE / ".python"
"""What only the others need; `make bench` puts it there."""
START_SECONDS = 60.0
GLANCE_SECONDS = 0.005
NODE, PYTHON = str(HERE / "node_modules" / ".bin" / "node"), sys.executable
LEAN_UVICORN = ("--log-level", "error", "--no-access-log", "--loop", "uvloop", "--http", "httptools")


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    title: str
    command: tuple[str, ...]
    path: str = "/graphql"
    texts: Mapping[str, str] | None = None
    """Workloads in the words of a schema of its own, by their names."""
    in_our_words: Callable[[Any], Any] = lambda answer: answer


@dataclass(slots=True)
class Running:
    contender: Contender
    url: str
    process: subprocess.Popen[bytes]
    began: float
    """When its process was started, by `time.perf_counter`."""
    cpu: psutil.Process = field(init=False)

    def __post_init__(self) -> None:
        self.cpu = psutil.Process(self.process.pid)

    def seconds_of_cpu(self) -> float:
        times = self.cpu.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> int:
        """Bytes that are nobody else's."""
        return int(self.cpu.memory_full_info().uss)


def _uvicorn(module: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "uvicorn", f"benchmarks.servers.{module}:app", *LEAN_UVICORN, "--port")


def _node(script: str) -> tuple[str, ...]:
    return (NODE, str(HERE / "servers" / script))


OURS = Contender("ours", "MesaYA Payments", (PYTHON, "-m", "benchmarks.ours"))
MERCURIUS = Contender("mercurius", "Mercurius (jit) + pg", _node("mercurius.mjs"))
OTHERS = (
    MERCURIUS,
    Contender("apollo", "Apollo Server + pg", _node("apollo.mjs"), "/"),
    Contender("yoga", "GraphQL Yoga + pg", _node("yoga.mjs")),
    Contender(
        "postgraphile",
        "PostGraphile",
        _node("postgraphile.mjs"),
        texts=postgraphile.TEXTS,
        in_our_words=postgraphile.in_our_words,
    ),
    Contender("strawberry", "Strawberry + asyncpg", _uvicorn("strawberry_app"), "/"),
    Contender("ariadne", "Ariadne + asyncpg", _uvicorn("ariadne_app"), "/"),
)


OTHERS_WATCHED = (
    Contender("mercurius_watched", "Mercurius' subscriptions", _node("mercurius_watched.mjs")),
    Contender("yoga_watched", "GraphQL Yoga's, by graphql-ws", _node("yoga_watched.mjs")),
)


@contextmanager
def running(contender: Contender, url: str, *cores: int, **more: str) -> Iterator[Running]:
    """Over the database of this URL, on these cores, until the end of the block; `more` goes into its environment."""
    port = _free_port()
    command = [*contender.command]
    if command[-1] == "--port":
        command.append(str(port))
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": url,
        **_libpq(url),
        "NODE_ENV": "production",
        "WEBHOOK_WORKERS": "0",
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(PACKAGES)]),
        **more,
    }
    log = (HERE / f"{contender.name}.log").open("wb")
    began = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", ",".join(map(str, cores)), *command], env=environment, cwd=HERE.parent, stdout=log, stderr=log
    )
    try:
        _wait_for(port, process, contender)
        yield Running(contender, f"http://127.0.0.1:{port}{contender.path}", process, began)
    finally:
        process.terminate()
        process.wait()
        log.close()


def _wait_for(port: int, process: subprocess.Popen[bytes], contender: Contender) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(GLANCE_SECONDS)
        else:
            return
    sys.exit(f"{contender.title} did not start; see benchmarks/{contender.name}.log")


def _libpq(url: str) -> dict[str, str]:
    """The same database, in the words of those who take no URL with a socket in it."""
    parts = urlsplit(url)
    return {
        "PGHOST": parse_qs(parts.query)["host"][0],
        "PGUSER": parts.username or "",
        "PGDATABASE": parts.path.strip("/"),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
