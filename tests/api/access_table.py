"""The table of who may do what, as it is written down and reviewed."""

import textwrap
from collections import defaultdict

from tests.api.callers import ASKERS
from tests.api.selection import UNREACHED

Walk = dict[tuple[str, str], dict[str, dict[str, str]]]
"""Question → caller → field → what came of it."""
LEGEND = """\
Who may do what: every field of the schema, asked by every kind of caller. Written and compared by test_access.py.
+ seen   0 null or empty   . not reached, or what holds it is not there
U UNAUTHENTICATED   F FORBIDDEN   N NOT_FOUND   B BAD_USER_INPUT   ! INTERNAL

Callers, in the order of the columns:
"""
WIDTH = 120


def written(walk: Walk) -> str:
    names = [f"  {number:2} {asker.name}" for number, asker in enumerate(ASKERS, 1)]
    parts = [LEGEND + "\n".join(names)]
    for (root, about), by_caller in walk.items():
        parts.append("\n".join([f"{root}: {about}", *_rows(by_caller)]))
    return "\n\n".join(parts) + "\n"


def _rows(by_caller: dict[str, dict[str, str]]) -> list[str]:
    """Fields that are the same for everybody share a row."""
    fields = sorted({field for met in by_caller.values() for field in met})
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for field in fields:
        alike["".join(by_caller[asker.name].get(field, UNREACHED) for asker in ASKERS)].append(field)
    return [line for column, named in alike.items() for line in _wrapped(column, _by_type(named))]


def _by_type(fields: list[str]) -> str:
    types: defaultdict[str, list[str]] = defaultdict(list)
    for field in fields:
        type_name, _, name = field.partition(".")
        types[type_name].append(name)
    return "; ".join(f"{type_name}: {' '.join(names)}" for type_name, names in types.items())


def _wrapped(column: str, text: str) -> list[str]:
    first = f"  {column}  "
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first))
