import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
CLIENT = "examples/clients/python/requirements.txt"
NAME = re.compile(r"[A-Za-z0-9._-]+")
PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)(\[[a-z,-]+\])?==(?P<version>\S+)(?P<rest>( ; [^\\]+)?( \\\n    \S+)*)\n", re.MULTILINE
)


def pins(file: str) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PIN.finditer((ROOT / file).read_text())}


def declared(dependencies: list[str]) -> set[str]:
    names = [NAME.match(dependency) for dependency in dependencies]
    return {name[0].lower().replace("_", "-") for name in names if name}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("file", [RUNTIME, DEVELOPMENT, CLIENT])
def test_every_pin_has_hashes_and_there_is_nothing_else(file: str) -> None:
    text = (ROOT / file).read_text()
    assert all("--hash=sha256:" in found["rest"] for found in PIN.finditer(text))
    rest = [line for line in PIN.sub("", text).splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert rest == []


@pytest.mark.parametrize("file", [RUNTIME, DEVELOPMENT, CLIENT])
def test_no_registry_is_named(file: str) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted-host", (ROOT / file).read_text())


def test_what_the_project_needs_is_locked() -> None:
    assert declared(project()["project"]["dependencies"]) <= pins(RUNTIME).keys(), "make lock"
    assert declared(project()["dependency-groups"]["dev"]) <= pins(DEVELOPMENT).keys(), "make lock"


def test_tests_run_with_what_runs() -> None:
    assert pins(RUNTIME).items() <= pins(DEVELOPMENT).items()
    assert "pytest" not in pins(RUNTIME)
