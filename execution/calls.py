"""The source of what gives a field its value: what is called or read, and with which arguments."""

from collections.abc import Callable, Iterator
from keyword import iskeyword
from typing import Any

from execution.place import Place
from execution.reads import Attribute, Call, Entry, Part, TakesInfo
from execution.values import Constant, Given

PLAIN = (type(None), int, str, bool)
"""Constants that stand in the source as they are."""


class Calls:
    def __init__(self, name: Callable[[Place, str, Any], str]) -> None:
        """`name` keeps something for a place, under a name that begins so, and gives that."""
        self._name = name

    def here(self, place: Place) -> str:
        """Of a field whose path is needed."""
        return f"here = new(Path, (path, {place.key!r}, {place.at.parent.name!r}))"

    def info(self, place: Place) -> str:
        """After `here`."""
        return f"info = new(Info, {self._name(place, 'fixed', place.fixed)} + (here,) + run.shared)"

    def made(self, place: Place, takes: TakesInfo) -> str:
        """What is made of `info`."""
        about = [self._name(place, f"about{number}", one) for number, one in enumerate(takes.about)]
        return f"{self._name(place, 'made', takes.make)}({', '.join(['info', *about])})"

    def value(self, place: Place) -> str:
        """The expression that calls the resolver, or does what it would do."""
        if isinstance(place.read, Attribute):
            return f"source.{place.read.name}"
        if isinstance(place.read, Entry):
            return f"source.{place.read.of}[{place.read.name!r}]"
        if place.read is not None:
            read = place.read.read if isinstance(place.read, Part) else place.read
            return f"{self._name(place, 'read', read)}(source)"
        if place.is_default:
            name = repr(place.at.name)
            return f"source.get({name}) if keyed else getattr(source, {name}, None)"
        if place.call is not None:
            return self._call(place, place.call)
        resolve = self._name(place, "resolve", place.resolve)
        return f"{resolve}({', '.join(['source', 'info', *self._arguments(place)])})"

    def given(self, place: Place, name: str, given: Given) -> str:
        """The value of an argument that is there."""
        if not isinstance(given, Constant):
            return f"variables[{given.variable!r}]"
        return repr(given.value) if type(given.value) in PLAIN else self._name(place, f"argument_{name}", given.value)

    def _call(self, place: Place, call: Call) -> str:
        given = ["source"] if call.takes_source else []
        if call.info is not None:
            given.append(f"{call.info.name}={self.made(place, call.info)}")
        return f"{self._name(place, 'call', call.function)}({', '.join([*given, *self._arguments(place)])})"

    def _arguments(self, place: Place) -> Iterator[str]:
        if place.arguments is None:
            yield f"**arguments({self._name(place, 'place', place)}, run)"
            return
        for name, given in place.arguments.items():
            yield self._argument(place, name, given)

    def _argument(self, place: Place, name: str, given: Given) -> str:
        """As it stands in a call."""
        taken_as, value = place.taken_as(name), self.given(place, name, given)
        if not (isinstance(given, Constant) or given.always_there):
            return f"**({{{taken_as!r}: {value}}} if {given.variable!r} in variables else {{}})"
        keyword = taken_as.isidentifier() and not iskeyword(taken_as)
        return f"{taken_as}={value}" if keyword else f"**{{{taken_as!r}: {value}}}"
