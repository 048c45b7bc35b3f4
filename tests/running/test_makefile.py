import os
import re
import subprocess
from pathlib import Path
from shutil import which

ROOT = Path(__file__).parents[2]
INTERNAL = {"graphiql"}
MAKE = which("make") or "make"


def make(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MAKE, *arguments], cwd=ROOT, env={"PATH": path}, capture_output=True, text=True, timeout=30, check=False
    )


def test_help_lists_every_command_with_a_word_on_it() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = {name for line in phony for name in line.split()} - INTERNAL
    shown = make(path=os.environ["PATH"]).stdout
    described = dict(re.findall(r"^make (\S+) +(\S.*)$", shown, re.MULTILINE))
    assert set(described) == commands >= {"help", "install", "run", "test", "check", "migrate", "lock"}


def test_a_machine_without_a_python_of_today_is_told_so(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make("install", f"VENV={tmp_path}/venv", path=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "Python 3.11 or newer, with pip, is needed and was not found."
