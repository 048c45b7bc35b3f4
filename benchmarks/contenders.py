"""The servers that are compared: each one process, on one core, over the same database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

HERE = Path(__file__).parent
PACKAGES = HERE / ".python"
"""What only the others need; `make bench` puts it there."""
START_SECONDS = 60.0
NODE, PYTHON = "node", sys.executable
LEAN_UVICORN = ("--log-level", "error", "--no-access-log", "--loop", "uvloop", "--http", "httptools")


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    title: str
    command: tuple[str, ...]
    path: str = "/graphql"


@dataclass(slots=True)
class Running:
    contender: Contender
    url: str
    process: subprocess.Popen[bytes]
    cpu: psutil.Process = field(init=False)

    def __post_init__(self) -> None:
        self.cpu = psutil.Process(self.process.pid)

    def seconds_of_cpu(self) -> float:
        times = self.cpu.cpu_times()
        return float(times.user + times.system)


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
    Contender("strawberry", "Strawberry + asyncpg", _uvicorn("strawberry_app"), "/"),
    Contender("ariadne", "Ariadne + asyncpg", _uvicorn("ariadne_app"), "/"),
)


@contextmanager
def running(contender: Contender, dsn: str, socket_folder: Path, core: int) -> Iterator[Running]:
    """On a core of its own, until the end of the block."""
    port = _free_port()
    command = [*contender.command]
    if command[-1] == "--port":
        command.append(str(port))
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": dsn,
        "PGSOCKET": str(socket_folder),
        "NODE_ENV": "production",
        "WEBHOOK_WORKERS": "0",
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(PACKAGES)]),
    }
    log = (HERE / f"{contender.name}.log").open("wb")
    process = subprocess.Popen(
        ["taskset", "-c", str(core), *command], env=environment, cwd=HERE.parent, stdout=log, stderr=log
    )
    try:
        _wait_for(port, process, contender)
        yield Running(contender, f"http://127.0.0.1:{port}{contender.path}", process)
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
            time.sleep(0.05)
        else:
            return
    sys.exit(f"{contender.title} did not start; see benchmarks/{contender.name}.log")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
