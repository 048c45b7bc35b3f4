"""An object whose values are all there as they are sent: taken in one go, without a step for each field.

A quick function gives None where there is anything else, and the object is then completed field by field, from its
beginning: reads have no effects.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import is_enum_type
from graphql.type import TypeNameMetaFieldDef

from execution.completion import Leaf, Object
from execution.kind import nullable
from execution.leaf_tests import enum_key, sent_as_it_is
from execution.place import Place, Selection
from execution.reads import Attribute, Entry, Part
from execution.take import Take

INDENT = "    "
Name = Callable[[str, Any], str]
"""Keeps an object under a name that begins so, and gives that: one for each object."""


class NotQuickError(Exception):
    """A field needs more than a look at the source."""


class Quick:
    def __init__(self, selections: Mapping[int, Selection], name: Name) -> None:
        """`selections` by the `id` of their objects."""
        self._selections = selections
        self._name = name
        self._values: dict[int, str] = {}
        self._locals: dict[tuple[str, str], str] = {}
        self._takes: dict[tuple[str, ...], Take] = {}

    def body(self, selection: Selection) -> str | None:
        """Of a function of `source`, with the same text for selections that take the same; None where it cannot be."""
        self._values, self._locals = {}, {}
        if selection.type.is_type_of is not None or not selection.places:
            return None
        try:
            steps = [INDENT * 2 + line for place in selection.places for line in self._field(place)]
        except NotQuickError:
            return None
        lines = [
            f"{INDENT}try:",
            *(INDENT * 2 + line for of, names in _entries_of(selection).items() for line in self._take(of, names)),
            *steps,
            f"{INDENT * 2}return {self._display(selection)}",
            f"{INDENT}except Exception:",
            f"{INDENT * 2}return None",
        ]
        return "\n".join(lines)

    def _field(self, place: Place) -> Iterator[str]:
        if place.definition is TypeNameMetaFieldDef:
            yield f"{self._value(place)} = {place.at.parent.name!r}"
        elif isinstance(place.read, Attribute):
            value = self._value(place)
            yield f"{value} = source.{place.read.name}"
            yield from self._leaf(place, value)
        elif isinstance(place.read, Entry):
            yield from self._leaf(place, self._entry(place.read.of, place.read.name))
        elif isinstance(place.read, Part):
            yield from self._part(place, place.read)
        else:
            raise NotQuickError

    def _leaf(self, place: Place, value: str) -> Iterator[str]:
        """Of a variable, whose value is the field's, but for an enum."""
        kind = nullable(place.kind)
        if not isinstance(kind, Leaf):
            raise NotQuickError
        if is_enum_type(kind.type):
            known = f"{self._name('known', kind.known)}[{enum_key(value)}]"
            done = known if place.kind.non_null else f"None if {value} is None else {known}"
            yield f"{self._value(place)} = {done}"
            return
        self._values[id(place)] = value
        usual = sent_as_it_is(kind.type, value, self._name)
        if usual is None:
            raise NotQuickError
        present = "" if place.kind.non_null else f"{value} is not None and "
        yield f"if {present}not ({usual}):"
        yield f"{INDENT}return None"

    def _part(self, place: Place, part: Part) -> Iterator[str]:
        kind = nullable(place.kind)
        if not isinstance(kind, Object) or kind.type.is_type_of is not None:
            raise NotQuickError
        selection = self._selections[id(kind)]
        inner = [line for one in selection.places for line in self._within(one, part)]
        if part.or_null:
            there = " and ".join(f"{self._entry(part.of, name)} is None" for name in part.entries.values())
            yield f"if {there}:"
            yield f"{INDENT}{self._value(place)} = None"
            yield "else:"
            inner = [INDENT + line for line in inner]
        yield from inner
        yield f"{INDENT if part.or_null else ''}{self._value(place)} = {self._display(selection)}"

    def _within(self, place: Place, part: Part) -> Iterator[str]:
        if place.definition is TypeNameMetaFieldDef:
            yield from self._field(place)
        elif isinstance(place.read, Attribute) and place.read.name in part.entries:
            yield from self._leaf(place, self._entry(part.of, part.entries[place.read.name]))
        else:
            raise NotQuickError

    def _take(self, of: str, names: tuple[str, ...]) -> Iterator[str]:
        taken = ", ".join(self._entry(of, name) for name in names)
        if len(names) == 1:
            yield f"{taken} = source.{of}[{names[0]!r}]"
        else:
            take = self._name("take", self._takes.setdefault(names, Take(names)))
            yield f"{taken} = {take}[type(mapping := source.{of})](mapping)"

    def _entry(self, of: str, name: str) -> str:
        """The variable that holds it."""
        local = f"in_{of}_{name}"
        if not local.isidentifier() or local in self._locals.values():
            local = f"entry_{len(self._locals)}"
        return self._locals.setdefault((of, name), local)

    def _value(self, place: Place) -> str:
        return self._values.setdefault(id(place), f"value_{len(self._values)}")

    def _display(self, selection: Selection) -> str:
        return "{" + ", ".join(f"{place.key!r}: {self._value(place)}" for place in selection.places) + "}"


def _entries_of(selection: Selection) -> dict[str, tuple[str, ...]]:
    """By the attributes whose entries are read, their names, sorted."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for place in selection.places:
        if isinstance(place.read, Entry):
            found[place.read.of].add(place.read.name)
        elif isinstance(place.read, Part):
            found[place.read.of].update(place.read.entries.values())
    return {of: tuple(sorted(names)) for of, names in sorted(found.items())}
