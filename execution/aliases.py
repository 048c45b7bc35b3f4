"""An operation that is nothing but one field under several aliases: asked for at once, where its Call has a `together`.

Each alias is completed as by itself; where they cannot be asked for together each is called by itself, too.
"""

from asyncio import Future
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphql.pyutils import Path

from execution.completion import Object
from execution.finish import fail, finish
from execution.kind import Done
from execution.late import gathered
from execution.place import Place, Selection
from execution.quick import INDENT
from execution.reads import Together
from execution.ready import ready
from execution.run import Run
from execution.values import Constant, Given
from execution.waiting import Waiting

PLAIN = (str, int, bool)
"""Constants that stand in the source as they are."""


class Aliases:
    def __init__(self, selection: Selection, together: Together, values: Sequence[str]) -> None:
        """`values`: of the argument, as the source has them."""
        self._places = {place.key: place for place in selection.places}
        self._type = selection.type.name
        self._together = together
        self._values = values

    def source(self, name: str, one_by_one: str, named: Callable[[Place, str, Any], str]) -> Iterator[str]:
        """Of a function called `name`; `one_by_one` is the function that calls each."""
        key, first = next(iter(self._places.items()))
        assert first.call is not None and first.call.info is not None
        about = [named(first, f"about{number}", one) for number, one in enumerate(first.call.info.about)]
        made = f"{named(first, 'made', first.call.info.make)}({', '.join(['info', *about])})"
        yield f"def {name}(source, path, run):"
        yield f'{INDENT}"""{self._type}, {len(self._places)} aliases at once"""'
        yield f"{INDENT}variables = run.variables"
        yield f"{INDENT}here = new(Path, (path, {key!r}, {self._type!r}))"
        yield f"{INDENT}info = new(Info, {named(first, 'fixed', first.fixed)} + (here,) + run.shared)"
        yield f"{INDENT}try:"
        together = named(first, "together", self._together.function)
        yield f"{INDENT * 2}values = {together}({made}, [{', '.join(self._values)}])"
        yield f"{INDENT}except Exception:"
        yield f"{INDENT * 2}values = None"
        yield f"{INDENT}if type(values) is Future:"
        yield f"{INDENT * 2}return {named(first, 'aliases', self)}.waiting(values, path, run)"
        yield f"{INDENT}return {one_by_one}(source, path, run)"

    def waiting(self, values: "Future[list[Any]]", path: Path | None, run: Run) -> Waiting:
        return Waiting((values,), lambda: self._completed(values, path, run), run)

    def _completed(self, values: "Future[list[Any]]", path: Path | None, run: Run) -> Done:
        data: dict[str, Any] = {}
        late: list[str] = []
        for (key, place), value in zip(self._places.items(), self._found(values), strict=True):
            quick = place.kind.quick if type(place.kind) is Object else None
            if value is None:
                data[key] = None
            elif quick is not None and ready[type(value)] and (done := quick(value)) is not None:
                data[key] = done
            else:
                _finish(place, value, path, run, data, late)
        return gathered(data, late) if late else data

    def _found(self, values: "Future[list[Any]]") -> list[Any]:
        """One for each alias; an error of all of them is each one's."""
        error = values.exception()
        if error is None and len(values.result()) != len(self._places):
            error = ValueError("there are not as many values as aliases")
        return values.result() if error is None else [error] * len(self._places)


def aliases_of(selection: Selection) -> Aliases | None:
    """Where what is selected is one field, which may be null."""
    places = selection.places
    call = places[0].call if len(places) > 1 else None
    if call is None or call.together is None or call.info is None:
        return None
    values = [_value(place.arguments, call.together.argument) for place in places]
    sure = [value for value in values if value is not None]
    same = {id(place.definition) for place in places} == {id(places[0].definition)}
    return Aliases(selection, call.together, sure) if same and not places[0].kind.non_null and sure == values else None


def _value(arguments: Mapping[str, Given] | None, name: str) -> str | None:
    """Of this argument, as the source has it; None where there are others, or more is to be done."""
    if arguments is None or arguments.keys() != {name}:
        return None
    given = arguments[name]
    if isinstance(given, Constant):
        return repr(given.value) if type(given.value) in PLAIN else None
    return f"variables[{given.variable!r}]" if given.always_there else None


def _finish(place: Place, value: Any, path: Path | None, run: Run, data: dict[str, Any], late: list[str]) -> None:
    try:
        finish(place, value, path, None, run, data, late)
    except Exception as error:
        fail(place, error, path, run, data)
