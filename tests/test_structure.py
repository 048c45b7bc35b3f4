"""The house keeps its plan: who imports whom, where SQL, Strawberry and Stripe are, and how long things are."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60

ROOMS: dict[str, set[str]] = {
    "settings": set(),
    "data": {"settings"},
    "providers": {"data", "settings", "monitoring"},
    "webhooks": {"data", "settings", "monitoring"},
    "resolvers": {"data", "providers", "webhooks"},
    "identity": {"resolvers"},
    "execution": set(),
    "schema": {"resolvers", "providers", "data", "execution"},
    "rest": {"schema", "endpoints", "resolvers", "webhooks"},
    "monitoring": {"data"},
    "endpoints": {"resolvers", "providers", "data"},
    "pages": {"endpoints", "resolvers", "providers", "data"},
    "playground": set(),
    "serving": {"monitoring", "playground", "schema", "resolvers", "settings"},
    "reconcile": {"settings", "data", "providers", "resolvers", "webhooks", "monitoring"},
}
"""Each room, and the rooms it may import. `app` puts everything together and nobody imports it."""
ALONE = {
    "strawberry": {"schema"},
    "stripe": {"providers"},
    "sqlalchemy": {"data"},
    "asyncpg": {"data"},
    "pydantic_settings": {"settings"},
}
"""Packages, and the only rooms that know them."""
SQL = re.compile(r"\b(SELECT\b.+?\bFROM|INSERT INTO|UPDATE [\w.]+ SET|DELETE FROM)\b", re.DOTALL)
FORBIDDEN_NAMES = {"utils", "common", "helpers", "services", "manager"}


def sources() -> list[Path]:
    rooms = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return sorted([*rooms, *(ROOT / f"{room}.py" for room in ROOMS if (ROOT / f"{room}.py").exists()), ROOT / "app.py"])


def beside() -> list[Path]:
    """Tests and measurements."""
    return sorted(
        path
        for folder in ("tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts and ".python" not in path.parts
    )


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_what_its_room_may(path: Path) -> None:
    room = room_of(path)
    for name in imports(path):
        other = name.partition(".")[0]
        if other in ROOMS and room != "app":
            assert other in ROOMS[room] | {room}, f"{room} does not import {other}"
        assert other != "app", "nobody imports app"
        assert room in ALONE.get(other, {room}), f"{other} belongs to {ALONE[other]}"


def test_execution_needs_nothing_but_graphql_core() -> None:
    names = {name.partition(".")[0] for path in (ROOT / "execution").glob("*.py") for name in imports(path)}
    assert names - sys.stdlib_module_names == {"graphql", "execution"}


@pytest.mark.parametrize("path", [*sources(), *beside()], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_of_a_size_to_read(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MAX_FILE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION_LINES, node.name


def test_sql_is_written_in_data_alone() -> None:
    assert [str(path) for path in sources() if room_of(path) != "data" and SQL.search(path.read_text())] == []


def test_the_environment_is_read_in_settings_alone() -> None:
    reads = re.compile(r"os\.environ|getenv\(")
    assert [str(path) for path in sources() if room_of(path) != "settings" and reads.search(path.read_text())] == []


def test_names_say_what_is_inside() -> None:
    assert [
        str(path) for path in sources() if set(path.relative_to(ROOT).with_suffix("").parts) & FORBIDDEN_NAMES
    ] == []
