"""From what a resolver gave to what is sent, step by step as graphql-core does it.

Compiled functions take the usual values themselves and leave all others to this file. What is not ready yet is always a
coroutine of ours here, and only then: `type(done) is CoroutineType` tells. (The root object may be Waiting, too.)
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from types import CoroutineType
from typing import Any

from graphql import GraphQLObjectType, Undefined, default_type_resolver, is_enum_type
from graphql.pyutils import Path, is_awaitable
from graphql.type import GraphQLAbstractType, GraphQLLeafType

from execution.errors import no_output_error, no_type_error, other_type_error
from execution.kind import At, Done, Execute, Nullable
from execution.run import Info, Run


@dataclass(slots=True, eq=False)
class Leaf(Nullable):
    type: GraphQLLeafType
    known: dict[int | str, str] = field(default_factory=dict)
    """Names of an enum's values: of text by itself, of members of Python enums by their `id`, since these live as long
    as the program.
    """

    def complete_value(self, value: Any, at: At, path: Path, info: Info | None, run: Run) -> Done:  # noqa: ARG002
        return self.written(value, self.type.coerce_output_value(value))

    def written(self, value: Any, coerced: Any) -> Done:
        if coerced is None or coerced is Undefined:
            raise no_output_error(self.type, value, coerced)
        if is_awaitable(coerced):
            return _passed_on(coerced)
        if is_enum_type(self.type):
            if type(value) is str:
                self.known[value] = coerced
            elif isinstance(value, Enum) and type(value).__members__.get(value.name) is value:
                self.known[id(value)] = coerced
        return coerced


@dataclass(slots=True, eq=False)
class Object(Nullable):
    type: GraphQLObjectType
    execute: Execute | None = None
    """Set once its selection set is compiled."""
    quick: Callable[[Any], dict[str, Any] | None] | None = None
    """The same for the usual sources, where there is such a way."""

    @property
    def needs_info(self) -> bool:
        return self.type.is_type_of is not None

    def complete_value(self, value: Any, at: At, path: Path, info: Info | None, run: Run) -> Done:
        assert self.execute is not None
        if self.type.is_type_of:
            assert info is not None
            fits = self.type.is_type_of(value, info)
            if is_awaitable(fits):
                return self._when_known(fits, value, at, path, run)
            if not fits:
                raise other_type_error(self.type, value, at.nodes)
        elif self.quick is not None and (done := self.quick(value)) is not None:
            return done
        return self.execute(value, path, run)

    async def _when_known(self, fits: Awaitable[bool], value: Any, at: At, path: Path, run: Run) -> Any:
        assert self.execute is not None
        if not await fits:
            raise other_type_error(self.type, value, at.nodes)
        done = self.execute(value, path, run)
        return await done if type(done) is CoroutineType else done


@dataclass(slots=True, eq=False)
class Abstract(Nullable):
    type: GraphQLAbstractType
    objects: dict[str, Object]
    """Its possible types, by name."""

    @property
    def needs_info(self) -> bool:
        return True

    def complete_value(self, value: Any, at: At, path: Path, info: Info | None, run: Run) -> Done:
        assert info is not None
        found = (self.type.resolve_type or default_type_resolver)(value, info, self.type)
        if is_awaitable(found):
            return self._when_known(found, value, at, path, info, run)
        return self._object(found, value, at, info).complete_value(value, at, path, info, run)

    def _object(self, found: Any, value: Any, at: At, info: Info) -> Object:
        object_ = self.objects.get(found) if isinstance(found, str) else None
        if object_ is None:
            raise no_type_error(info.schema, self.type, found, f"{at.parent}.{at.name}", value, at.nodes)
        return object_

    async def _when_known(self, found: Awaitable[Any], value: Any, at: At, path: Path, info: Info, run: Run) -> Any:
        done = self._object(await found, value, at, info).complete_value(value, at, path, info, run)
        return await done if type(done) is CoroutineType else done


async def _passed_on(value: Awaitable[Any]) -> Any:
    return await value
