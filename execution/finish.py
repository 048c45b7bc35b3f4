"""What compiled functions call for a field whose value is not one of the usual ones."""

from asyncio import Future
from types import CoroutineType
from typing import Any

from graphql import get_argument_values
from graphql.pyutils import Path, is_awaitable

from execution.completion import Leaf
from execution.kind import nullable
from execution.late import Pending, awaited, later
from execution.place import Place
from execution.run import Info, Run


def finish(
    place: Place,
    value: Any,
    path: Path | None,
    info: Info | None,
    run: Run,
    data: dict[str, Any],
    late: list[str],
) -> None:
    """`path` is that of the source. What may be raised is the field's error."""
    here = Path(path, place.key, place.at.parent.name)
    if info is None and (place.kind.needs_info or place.is_default):
        info = place.info(here, run)
    if place.read is None and place.is_default and callable(value):
        value = value(info)
    if type(value) is Future and not place.kind.non_null:
        data[place.key] = Pending(place.kind, value, place.at, here, info, run)
        late.append(place.key)
    elif is_awaitable(value):
        data[place.key] = awaited(place.kind, value, place.at, here, info, run)
        late.append(place.key)
    else:
        _keep(place, place.kind.complete(value, place.at, here, info, run), here, run, data, late)


def finish_leaf(
    place: Place, value: Any, done: Any, path: Path | None, run: Run, data: dict[str, Any], late: list[str]
) -> None:
    """Of a scalar's value that is written already, with something unusual for a result."""
    kind = nullable(place.kind)
    assert isinstance(kind, Leaf)
    here = Path(path, place.key, place.at.parent.name)
    _keep(place, kind.written(value, done), here, run, data, late)


def fail(place: Place, error: Exception, path: Path | None, run: Run, data: dict[str, Any]) -> None:
    here = Path(path, place.key, place.at.parent.name)
    run.failed(error, place.at.nodes, here, non_null=place.kind.non_null)
    data[place.key] = None


def arguments(place: Place, run: Run) -> dict[str, Any]:
    given = get_argument_values(place.definition, place.at.nodes[0], run.values, None, run.hide_suggestions)
    return {place.taken_as(name): value for name, value in given.items()}


def _keep(place: Place, done: Any, here: Path, run: Run, data: dict[str, Any], late: list[str]) -> None:
    if type(done) is CoroutineType:
        done = later(place.kind, done, place.at, here, run)
        late.append(place.key)
    data[place.key] = done
