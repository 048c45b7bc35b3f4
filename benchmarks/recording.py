"""The statements that a running service sends, as PostgreSQL's own log has them, in order and with their values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[(\d+)\] (\w+):  ", re.MULTILINE)
_STATEMENT = re.compile(r"(?:execute [^:]*|statement): (.*)", re.DOTALL)
_VALUE = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    values: tuple[str | None, ...] = ()
    """As PostgreSQL reads them from text."""


class Log:
    """What PostgreSQL writes from now on; `log_statement` has to be `all`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size

    def statements(self) -> list[Statement]:
        """Since the last call."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            said = file.read()
        self._read += len(said)
        return list(statements_of(said.decode()))


def statements_of(said: str) -> Iterator[Statement]:
    found: Statement | None = None
    for kind, text in _entries(said):
        if kind == "LOG" and (statement := _STATEMENT.fullmatch(text)):
            if found is not None:
                yield found
            found = Statement(statement[1].strip())
        elif kind == "DETAIL" and found is not None and text.startswith("Parameters: "):
            found = Statement(found.text, tuple(_plain(value[2]) for value in _VALUE.finditer(text)))
    if found is not None:
        yield found


def _entries(said: str) -> Iterator[tuple[str, str]]:
    """Later lines of an entry are indented by a tab."""
    begins = list(_LINE.finditer(said))
    ends = [begin.start() for begin in begins[1:]] + [len(said)]
    for begin, end in zip(begins, ends, strict=True):
        yield begin[2], said[begin.end() : end].rstrip("\n").replace("\n\t", "\n")


def _plain(quoted: str) -> str | None:
    return None if quoted == "NULL" else quoted[1:-1].replace("''", "'")
