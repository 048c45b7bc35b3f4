"""The machine: who has which core, the PostgreSQL that all servers share, and what has to be there."""

import asyncio
import os
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from data.database import plain_dsn
from data.embedded import EmbeddedPostgres
from data.migrate import migrate

HERE = Path(__file__).parent
FOLDER = HERE.parent / ".data" / "benchmarks"
SERVER_CORE, OTHER_CORE = 1, 0
"""One for the server; PostgreSQL and the load share the other one."""
BOTH = (OTHER_CORE, SERVER_CORE)
COMMANDS = {"node": "nodejs", "npm": "npm", "wrk": "wrk", "taskset": "util-linux"}
"""What has to be there, and the Debian packages that have it."""
SETTINGS = {
    "max_connections": "300",
    "log_min_messages": "error",
    "shared_buffers": f"{psutil.virtual_memory().total * 2 // 5 // 2**20}MB",
    "max_wal_size": "2GB",
}
"""Two fifths of the memory are the most that PostgreSQL's manual advises; of 24 GiB, ten million payments fit in."""


@dataclass(frozen=True, slots=True)
class Place:
    postgres: EmbeddedPostgres

    @property
    def folder(self) -> Path:
        """Where PostgreSQL's socket is."""
        return self.postgres.folder

    def database(self, name: str, *, fresh: bool = False) -> str:
        """The URL of a migrated database; a fresh one has nothing in it."""
        asyncio.run(_made(plain_dsn(self.postgres.url), name, fresh=fresh))
        url = self.postgres.url_of(name)
        asyncio.run(migrate(url))
        return url

    def pin(self, *cores: int) -> None:
        """PostgreSQL runs on these from now on, and so does what it starts."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):  # a worker that has ended meanwhile
                process.cpu_affinity(list(cores))

    @contextmanager
    def patient(self) -> Iterator[None]:
        """PostgreSQL, and what it starts meanwhile, waits until whoever runs has had their turn (`SCHED_BATCH`).

        Linux otherwise gives a process that was just asked something the core of the one that asked.
        """
        self._schedule(os.SCHED_BATCH)
        try:
            yield
        finally:
            self._schedule(os.SCHED_OTHER)

    def _schedule(self, policy: int) -> None:
        for process in self._processes():
            with suppress(ProcessLookupError):
                os.sched_setscheduler(process.pid, policy, os.sched_param(0))

    def _processes(self) -> list[psutil.Process]:
        """PostgreSQL's."""
        postmaster = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
        return [postmaster, *postmaster.children(recursive=True)]


@contextmanager
def place() -> Iterator[Place]:
    """Ends the process with a word of what is missing."""
    check()
    allow_many_files()
    postgres = EmbeddedPostgres(FOLDER, SETTINGS)
    try:
        yield Place(postgres)
    finally:
        postgres.stop()


def check() -> None:
    missing = [command for command in COMMANDS if shutil.which(command) is None]
    if missing:
        packages = " ".join(COMMANDS[command] for command in missing)
        sys.exit(f"make bench needs {', '.join(missing)}. On Debian: apt-get install {packages}")
    if not {SERVER_CORE, OTHER_CORE} <= os.sched_getaffinity(0):
        sys.exit("make bench needs two cores: one for the server, one for PostgreSQL and the load")


def allow_many_files() -> None:
    """For us and whom we start: a connection is a file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _made(dsn: str, name: str, *, fresh: bool) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        if fresh:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
