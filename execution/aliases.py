"""An operation that is nothing but one field under several aliases: asked for at once, where its Call has a `together`.

Each alias is completed as by itself.
"""

from asyncio import Future
from collections.abc import Iterator
from typing import Any

from graphql.pyutils import Path

from execution.calls import Calls
from execution.completion import Object
from execution.finish import fail, finish
from execution.kind import Done
from execution.late import gathered
from execution.place import Place, Selection
from execution.quick import INDENT
from execution.reads import TakesInfo, Together
from execution.ready import ready
from execution.run import Run
from execution.values import Constant, Given
from execution.waiting import Waiting


class Aliases:
    def __init__(self, selection: Selection, together: Together, takes: TakesInfo) -> None:
        self._places = {place.key: place for place in selection.places}
        self._type = selection.type.name
        self._together = together
        self._takes = takes

    def source(self, name: str, one_by_one: str, calls: Calls) -> Iterator[str]:
        """Of a function called `name`; `one_by_one` is the function that calls the field for each alias."""
        places, argument = list(self._places.values()), self._together.argument
        values = [calls.given(place, argument, (place.arguments or {})[argument]) for place in places]
        yield f"def {name}(source, path, run):"
        yield f'{INDENT}"""{self._type}, {len(places)} aliases at once"""'
        yield f"{INDENT}variables = run.variables"
        yield f"{INDENT}{calls.here(places[0])}"
        yield f"{INDENT}{calls.info(places[0])}"
        yield f"{INDENT}try:"
        yield f"{INDENT * 2}values = together({calls.made(places[0], self._takes)}, [{', '.join(values)}])"
        yield f"{INDENT}except Exception as error:"
        yield f"{INDENT * 2}return aliases.failed(error, path, run)"
        yield f"{INDENT}if type(values) is Future:"
        yield f"{INDENT * 2}return aliases.waiting(values, path, run)"
        yield f"{INDENT}return {one_by_one}(source, path, run)"

    @property
    def names(self) -> dict[str, Any]:
        """What stands for what in the source."""
        return {"aliases": self, "together": self._together.function}

    def waiting(self, values: "Future[list[Any]]", path: Path | None, run: Run) -> Waiting:
        return Waiting((values,), lambda: self._completed(values, path, run), run)

    def failed(self, error: BaseException, path: Path | None, run: Run) -> dict[str, Any]:
        """With what is the error of each alias."""
        if not isinstance(error, Exception):
            raise error
        data: dict[str, Any] = {}
        for place in self._places.values():
            fail(place, error, path, run, data)
        return data

    def _completed(self, values: "Future[list[Any]]", path: Path | None, run: Run) -> Done:
        error = values.exception()
        if error is not None:
            return self.failed(error, path, run)
        data: dict[str, Any] = {}
        late: list[str] = []
        for (key, place), value in zip(self._places.items(), values.result(), strict=True):
            quick = place.kind.quick if type(place.kind) is Object else None
            if value is None:
                data[key] = None
            elif quick is not None and ready[type(value)] and (done := quick(value)) is not None:
                data[key] = done
            else:
                _finish(place, value, path, run, data, late)
        return gathered(data, late) if late else data


def aliases_of(selection: Selection) -> Aliases | None:
    """Where what is selected is one field, which may be null, and nothing but that argument tells its aliases apart."""
    places = selection.places
    call = places[0].call if len(places) > 1 else None
    if call is None or call.together is None or call.info is None or places[0].kind.non_null:
        return None
    if not all(place.definition is places[0].definition for place in places):
        return None
    alike = all(_has_only(call.together.argument, place.arguments) for place in places)
    return Aliases(selection, call.together, call.info) if alike else None


def _has_only(name: str, arguments: dict[str, Given] | None) -> bool:
    """Whether this argument is always there, and no other one."""
    if arguments is None or arguments.keys() != {name}:
        return False
    given = arguments[name]
    return isinstance(given, Constant) or given.always_there


def _finish(place: Place, value: Any, path: Path | None, run: Run, data: dict[str, Any], late: list[str]) -> None:
    try:
        finish(place, value, path, None, run, data, late)
    except Exception as error:
        fail(place, error, path, run, data)
