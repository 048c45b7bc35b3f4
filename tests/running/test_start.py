"""`python app.py` as a person starts it: what it says, what it refuses, and that nothing of it stays behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import anyio
import httpx
import psutil
import pytest

from data.embedded import EmbeddedPostgres
from settings import Settings
from tests.conftest import run
from tests.running.environment import PRODUCTION
from tests.serving import free_port

ROOT = Path(__file__).parents[2]
LAST_LINE = "Everything is open to everybody"
STOP_SECONDS = 20

_numbers = count(1)


def environment(**given: str) -> dict[str, str]:
    ours = {name.upper() for name in Settings.model_fields}
    return {**{name: value for name, value in os.environ.items() if name not in ours}, **given}


@contextmanager
def started(folder: Path, **given: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The process, and what it said until it could be reached."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        cwd=folder,
        env=environment(**given),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line.rstrip())
            if line.startswith(LAST_LINE):
                break
        yield process, said
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def own_database(postgres: EmbeddedPostgres) -> str:
    """Empty."""
    name = f"started_{next(_numbers)}"
    anyio.run(run, postgres.url, f"CREATE DATABASE {name} TEMPLATE template0")
    return postgres.url_of(name)


def servers_of(folder: Path) -> list[int]:
    """The PostgreSQL servers that keep their data below this folder."""
    running = psutil.process_iter(["pid", "cmdline"])
    return [found.pid for found in running if str(folder) in " ".join(found.info["cmdline"] or ())]


def test_starts_a_database_of_its_own_says_where_all_is_and_leaves_nothing(tmp_path: Path) -> None:
    port = free_port()
    for ending in (signal.SIGINT, signal.SIGTERM):  # the first start, and another on the same data
        with started(tmp_path, PORT=str(port)) as (process, said):
            base = f"http://127.0.0.1:{port}"
            assert [line.split()[1] for line in said[:4]] == [
                f"{base}/graphql",
                f"{base}/graphiql",
                f"{base}/schema.graphql",
                f"{base}/health",
            ]
            assert httpx.get(f"{base}/health").json() == {"status": "ok", "provider": "mock"}
            assert "type Payment" in httpx.get(f"{base}/schema.graphql").text
            assert servers_of(tmp_path)
            process.send_signal(ending)
            _, error = process.communicate(timeout=STOP_SECONDS)
        assert servers_of(tmp_path) == [] and "Traceback" not in error
    assert (tmp_path / ".data" / "postgres" / "PG_VERSION").exists()


def test_open_streams_do_not_hold_it_up(tmp_path: Path, own_database: str) -> None:
    port = free_port()
    watch = {"query": "subscription { webhookDeliveryChanged { id } }"}
    with started(tmp_path, PORT=str(port), DATABASE_URL=own_database) as (process, _):
        base = f"http://127.0.0.1:{port}"
        accept = {"accept": "text/event-stream"}
        with httpx.stream("POST", f"{base}/graphql", json=watch, headers=accept, timeout=STOP_SECONDS) as stream:
            assert stream.status_code == 200
            process.send_signal(signal.SIGINT)
            with pytest.raises(httpx.RemoteProtocolError):  # cut off, not completed: the client is to come back
                stream.read()
            _, error = process.communicate(timeout=STOP_SECONDS)
    assert "Traceback" not in error and "exceeded" not in error, error


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg"])
def test_uses_the_database_it_is_given(tmp_path: Path, own_database: str, scheme: str) -> None:
    port = free_port()
    url = scheme + own_database.removeprefix("postgresql")
    with started(tmp_path, PORT=str(port), DATABASE_URL=url, HOST="127.0.0.1") as (process, _):
        assert httpx.get(f"http://127.0.0.1:{port}/health/ready").json() == {"status": "ok"}
        assert not (tmp_path / ".data").exists()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=STOP_SECONDS)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"PORT": "http"}, "PORT: Input should be a valid integer, unable to parse string as an integer"),
        ({**PRODUCTION, "SECRET_KEY": ""}, "SECRET_KEY is missing, or the default one"),
        ({"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/d"}, "DATABASE_URL: the database cannot be reached"),
        (
            {"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:hunter2/d"},
            "DATABASE_URL: is not a URL like postgresql://",
        ),
        ({"DATABASE_URL": "postgresql://u:hunter2@h/d?connect_timeout=5"}, "DATABASE_URL: its parameters are host, "),
        ({"DATA_DIR": "/dev/null/data"}, "DATA_DIR: /dev/null/data cannot be used"),
        ({"HOST": "192.0.2.1"}, "HOST: 192.0.2.1 is no address of this machine"),
        ({"HOST": "not a host"}, "HOST: not a host is no address of this machine"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, given: dict[str, str], line: str) -> None:
    with started(tmp_path, **{"PORT": str(free_port()), **given}) as (process, _):
        _, error = process.communicate(timeout=STOP_SECONDS)
    assert error.strip().splitlines()[-1].startswith(line)
    assert "Traceback" not in error and "hunter2" not in error
    assert process.returncode not in (0, None)


def test_a_port_that_is_taken_is_one_line(tmp_path: Path, own_database: str) -> None:
    port = free_port()
    given = {"PORT": str(port), "DATABASE_URL": own_database}
    with started(tmp_path, **given), started(tmp_path, **given) as (second, _):
        _, error = second.communicate(timeout=STOP_SECONDS)
    assert error.strip().splitlines()[-1] == f"PORT: {port} on 127.0.0.1 is taken, or not ours to take"
    assert "Traceback" not in error
