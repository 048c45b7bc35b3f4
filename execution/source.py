"""A plan as Python source: one function for each selection set.

A function takes the usual values itself: text for a String, an object of its own for an object type. Whatever else may
come of a resolver, awaitables, errors, wrong types, goes to `finish`, which is graphql-core's way in full.
"""

from asyncio import Future
from collections.abc import Iterator, Mapping
from types import CoroutineType
from typing import Any

from graphql import is_enum_type
from graphql.pyutils import Path
from graphql.type import GraphQLResolveInfo, TypeNameMetaFieldDef

from execution.aliases import aliases_of
from execution.calls import Calls
from execution.completion import Leaf, Object
from execution.finish import arguments, fail, finish, finish_leaf
from execution.kind import Execute, nullable
from execution.late import Pending, gathered, later
from execution.leaf_tests import enum_key, sent_as_it_is
from execution.lists import ListOf
from execution.on_demand import OnDemand, make
from execution.place import Place, Selection
from execution.plan import Plan
from execution.quick import INDENT, Quick
from execution.ready import ready
from execution.run import settle
from execution.values import FromVariable
from execution.waiting import waiting

_COMMON: dict[str, Any] = {
    "Coroutine": CoroutineType,
    "Future": Future,
    "Info": GraphQLResolveInfo,
    "Mapping": Mapping,
    "Path": Path,
    "Pending": Pending,
    "arguments": arguments,
    "fail": fail,
    "finish": finish,
    "finish_leaf": finish_leaf,
    "gathered": gathered,
    "later": later,
    "new": tuple.__new__,
    "ready": ready,
    "settle": settle,
    "waiting": waiting,
}


class Source:
    """The text, and what its names stand for."""

    def __init__(self, plan: Plan) -> None:
        self.names: dict[str, Any] = dict(_COMMON)
        self._functions: dict[int, str] = {id(one.object): one.name for one in plan.selections}
        self._selections = plan.selections
        self._quick = Quick({id(one.object): one for one in plan.selections}, self._shared_name)
        self._quick_names: dict[int, str] = {}
        self._shared: dict[tuple[str, int], str] = {}
        self._bodies: dict[str, str] = {}
        """The quick functions' names, by what is in them: many an alias is asked for the same."""
        self._texts: dict[str, str] = {}
        self._calls = Calls(self._name)
        for selection in reversed(plan.selections):
            self._write(selection)
        self._together = self._write_aliases(plan.selections[0])
        """The function that asks for all aliases of the root at once, if there is one."""

    @property
    def text(self) -> str:
        return "\n\n\n".join(self._texts.values()) + "\n"

    def load(self) -> Execute:
        """Gives each object of the plan its functions, and returns that of the root."""
        root = self._together or self._function_name(self._selections[0].object)
        for name in (*self._bodies.values(), root):
            make(self._texts[name], self.names)
        for selection in self._selections:
            object_, name = selection.object, self._function_name(selection.object)
            if name != root:
                self.names[name] = OnDemand(name, self._texts[name], self.names, object_)
            object_.execute = self.names[name]
            object_.quick = self.names.get(self._quick_names.get(id(object_), ""))
        execute: Execute = self.names[root]
        return execute

    def _function_name(self, object_: Object) -> str:
        return f"execute_{self._functions[id(object_)]}"

    def _write(self, selection: Selection) -> None:
        body = self._quick.body(selection)
        if body is not None:
            name = self._bodies.setdefault(body, f"quick_{self._functions[id(selection.object)]}")
            self._texts.setdefault(name, f"def {name}(source):\n{body}")
            self._quick_names[id(selection.object)] = name
        self._texts[self._function_name(selection.object)] = "\n".join(self._function(selection))

    def _write_aliases(self, root: Selection) -> str | None:
        aliases = aliases_of(root)
        if aliases is None:
            return None
        one_by_one = self._function_name(root.object)
        name = f"all_of_{self._functions[id(root.object)]}"
        self._texts[name] = "\n".join(aliases.source(name, one_by_one, self._calls))
        self.names |= aliases.names
        return name

    def _function(self, selection: Selection) -> Iterator[str]:
        yield f"def {self._function_name(selection.object)}(source, path, run):"
        yield f'{INDENT}"""{selection.type.name}"""'
        yield f"{INDENT}data = {{}}"
        yield f"{INDENT}late = []"
        if any(_uses_variables(place) for place in selection.places):
            yield f"{INDENT}variables = run.variables"
        if any(place.is_default and place.read is None for place in selection.places):
            yield f"{INDENT}keyed = type(source) is dict or isinstance(source, Mapping)"
        yield f"{INDENT}try:"
        if not selection.places:
            yield f"{INDENT * 2}pass"
        for place in selection.places:
            yield from (INDENT * 2 + line for line in self._field(place))
        yield f"{INDENT}except Exception:"
        yield f"{INDENT * 2}if late:"
        yield f"{INDENT * 3}settle([data[key] for key in late])"
        yield f"{INDENT * 2}raise"
        late = "waiting(data, late, run)" if selection is self._selections[0] else "gathered(data, late)"
        yield f"{INDENT}return {late} if late else data"

    def _field(self, place: Place) -> Iterator[str]:
        key = repr(place.key)
        yield f"# {place.key}: {place.definition.type}"
        if place.definition is TypeNameMetaFieldDef:
            yield f"data[{key}] = {place.at.parent.name!r}"
            return
        self._name(place, "place", place)
        info = "None"
        if _needs_path(place):
            yield self._calls.here(place)
        if _needs_info(place):
            info = "info"
            yield self._calls.info(place)
        yield "try:"
        yield f"{INDENT}value = {self._calls.value(place)}"
        if place.call is not None and not place.kind.non_null:
            kind, at = self._name(place, "kind", place.kind), self._name(place, "at", place.at)
            quick = self._quick_names.get(id(place.kind), "None")
            yield f"{INDENT}if type(value) is Future:"
            yield f"{INDENT * 2}data[{key}] = Pending({kind}, value, {at}, here, info, run, {quick})"
            yield f"{INDENT * 2}late.append({key})"
            yield f"{INDENT}else:"
            yield from (INDENT * 2 + line for line in self._completion(place, key, info))
        else:
            yield from (INDENT + line for line in self._completion(place, key, info))
        yield "except Exception as error:"
        yield f"{INDENT}fail(place_{place.number}, error, path, run, data)"

    def _completion(self, place: Place, key: str, info: str) -> Iterator[str]:
        kind = nullable(place.kind)
        finish_ = f"finish(place_{place.number}, value, path, {info}, run, data, late)"
        if isinstance(kind, Leaf):
            yield from self._leaf(place, kind, key, finish_)
        elif kind.needs_info:
            yield finish_
        else:
            yield from _null(place, key)
            if isinstance(kind, Object):
                yield f"{_or(place)} ready[type(value)]:"
                yield from (INDENT + line for line in self._object(kind))
            else:
                assert isinstance(kind, ListOf)
                items, at = self._name(place, "items", kind.items), self._name(place, "at", place.at)
                yield f"{_or(place)} type(value) is list:"
                yield f"{INDENT}done = {items}(value, {at}, here, {info}, run)"
            yield from (INDENT + line for line in self._maybe_late(place, key))
            yield "else:"
            yield f"{INDENT}{finish_}"

    def _object(self, kind: Object) -> Iterator[str]:
        execute = f"{self._function_name(kind)}(value, here, run)"
        quick = self._quick_names.get(id(kind))
        if quick is None:
            yield f"done = {execute}"
        else:
            yield f"done = {quick}(value)"
            yield "if done is None:"
            yield f"{INDENT}done = {execute}"

    def _leaf(self, place: Place, kind: Leaf, key: str, finish_: str) -> Iterator[str]:
        usual = sent_as_it_is(kind.type, "value", lambda what, type_: self._name(place, what, type_))
        if usual is not None:
            nothing = "" if place.kind.non_null else " or value is None"
            yield f"if {usual}{nothing}:"
            yield f"{INDENT}data[{key}] = value"
        elif is_enum_type(kind.type):
            known = self._name(place, "known", kind.known)
            yield f"if (done := {known}.get({enum_key('value')})) is not None:"
            yield f"{INDENT}data[{key}] = done"
        else:
            yield from _null(place, key)
            yield f"{_or(place)} ready[type(value)]:"
            yield f"{INDENT}done = {self._name(place, 'write', kind.type.coerce_output_value)}(value)"
            yield f"{INDENT}if ready[type(done)]:"
            yield f"{INDENT * 2}data[{key}] = done"
            yield f"{INDENT}else:"
            yield f"{INDENT * 2}finish_leaf(place_{place.number}, value, done, path, run, data, late)"
        yield "else:"
        yield f"{INDENT}{finish_}"

    def _maybe_late(self, place: Place, key: str) -> Iterator[str]:
        kind = self._name(place, "kind", place.kind)
        yield "if type(done) is Coroutine:"
        yield f"{INDENT}done = later({kind}, done, {self._name(place, 'at', place.at)}, here, run)"
        yield f"{INDENT}late.append({key})"
        yield f"data[{key}] = done"

    def _name(self, place: Place, what: str, value: Any) -> str:
        name = f"{what}_{place.number}"
        self.names[name] = value
        return name

    def _shared_name(self, what: str, value: Any) -> str:
        """The same for the same object; no place has it."""
        name = self._shared.setdefault((what, id(value)), f"{what}_s{len(self._shared)}")
        self.names[name] = value
        return name


def _needs_info(place: Place) -> bool:
    return place.read is None and not place.is_default


def _needs_path(place: Place) -> bool:
    kind = nullable(place.kind)
    return _needs_info(place) or not (isinstance(kind, Leaf) or kind.needs_info)


def _uses_variables(place: Place) -> bool:
    return any(isinstance(given, FromVariable) for given in (place.arguments or {}).values())


def _null(place: Place, key: str) -> Iterator[str]:
    if not place.kind.non_null:
        yield "if value is None:"
        yield f"{INDENT}data[{key}] = None"


def _or(place: Place) -> str:
    return "if" if place.kind.non_null else "elif"
