"""A command that cannot do its work says why in one line, and ends with another code than 0."""

import subprocess
import sys
from pathlib import Path

import pytest

from data.embedded import EmbeddedPostgres
from tests.running.test_start import environment

ROOT = Path(__file__).parents[2]
SECONDS = 60
PARTNER = "0199c3a4-7a10-7000-8000-00000000de00"

MIGRATE = ("data.migrate",)
SEND = ("webhooks",)
REPLAY = ("webhooks", "replay", "--partner", PARTNER, "--since", "2026-01-31", "--until", "2026-01-31T12:00:00Z")
RECONCILE = ("reconcile", "2026-01-31")
LISTEN = ("webhooks", "listen", "--port", "65536")
STRIPE = {
    "PAYMENT_PROVIDER": "stripe",
    "STRIPE_SECRET_KEY": "sk_test_hunter2",
    "STRIPE_WEBHOOK_SECRET": "whsec_hunter2",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
    "DELIVERY_RETENTION_DAYS": "0",
}
NOBODY = "postgresql://u:hunter2@127.0.0.1:1/d"
AWAY = "DATABASE_URL: the database cannot be reached (ConnectionRefusedError)"


def ended(folder: Path, command: tuple[str, ...], **given: str) -> tuple[int, list[str]]:
    """Its code, and what it said to a person."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**environment(**STRIPE, **given), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize("command", [MIGRATE, REPLAY, RECONCILE], ids=lambda command: command[0])
def test_the_database_is_away(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert ended(tmp_path, command, DATABASE_URL=NOBODY) == (1, [AWAY])


@pytest.mark.parametrize("command", [MIGRATE, REPLAY, RECONCILE], ids=lambda command: command[0])
def test_there_is_no_such_database(tmp_path: Path, command: tuple[str, ...], postgres: EmbeddedPostgres) -> None:
    said = "DATABASE_URL: the database cannot be reached (InvalidCatalogNameError)"
    assert ended(tmp_path, command, DATABASE_URL=postgres.url_of("nobody")) == (1, [said])


@pytest.mark.parametrize("command", [REPLAY, RECONCILE], ids=lambda command: command[0])
async def test_the_database_is_not_migrated(tmp_path: Path, command: tuple[str, ...], empty_database_url: str) -> None:
    said = "DATABASE_URL: this database is not migrated: make migrate does it"
    assert ended(tmp_path, command, DATABASE_URL=empty_database_url) == (1, [said])


@pytest.mark.parametrize("command", [MIGRATE, SEND, REPLAY, RECONCILE], ids=["migrate", "send", "replay", "reconcile"])
def test_a_setting_is_wrong(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, said = ended(tmp_path, command, DATABASE_URL=NOBODY, PORT="x")
    assert (code, said) == (1, ["PORT: Input should be a valid integer, unable to parse string as an integer"])
    code, said = ended(tmp_path, command, DATABASE_URL=f"{NOBODY}?hunter2=1")
    assert code == 1 and len(said) == 1 and said[0].startswith("DATABASE_URL: its parameters are host, ")


def test_a_port_that_is_none(tmp_path: Path) -> None:
    code, said = ended(tmp_path, LISTEN)
    assert code == 2 and said[-1] == "python -m webhooks listen: error: argument --port: is none of 1 to 65535"


@pytest.mark.parametrize(
    ("query", "schema", "line"),
    [
        ("nothing.graphql", "schema.schema:build_schema", "nothing.graphql cannot be read"),
        ("query.graphql", "nothing:schema", "nothing:schema is no schema"),
        ("query.graphql", "settings:nothing", "settings:nothing is no schema"),
        ("query.graphql", "settings:LOOPBACK", "settings:LOOPBACK is no schema"),
    ],
)
def test_there_is_nothing_to_explain(tmp_path: Path, query: str, schema: str, line: str) -> None:
    (tmp_path / "query.graphql").write_text("{ __typename }")
    assert ended(tmp_path, ("execution", "explain", query, "--schema", schema)) == (1, [line])
