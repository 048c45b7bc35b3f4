"""The fields of an operation, each at its place."""

from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLFieldResolver,
    GraphQLObjectType,
    GraphQLOutputType,
    default_field_resolver,
)
from graphql.pyutils import Path

from execution.completion import Object
from execution.kind import At, Kind
from execution.reads import Call, Read, names_of
from execution.run import Info, Run
from execution.values import Given


@dataclass(slots=True, eq=False)
class Place:
    """A field of a selection set."""

    number: int
    key: str
    definition: GraphQLField
    at: At
    kind: Kind
    read: Read | None
    arguments: dict[str, Given] | None
    """None: coerced in each run."""
    call: Call | None = None
    """Instead of the field's own resolver."""

    @property
    def is_default(self) -> bool:
        """The value is an attribute or an entry of the source, or what it gives when it is called."""
        return self.definition.resolve is None and not self.definition.args and self.call is None

    @property
    def resolve(self) -> GraphQLFieldResolver:
        return self.definition.resolve or default_field_resolver

    def taken_as(self, argument: str) -> str:
        """The name under which the resolver takes it."""
        return argument if self.call is None else names_of(self.definition).get(argument, argument)

    def info(self, path: Path, run: Run) -> Info:
        return Info(*self.fixed, path, *run.shared)

    @property
    def fixed(self) -> tuple[str, list[FieldNode], GraphQLOutputType, GraphQLObjectType]:
        """The beginning of every GraphQLResolveInfo of this field."""
        return (self.at.name, self.at.nodes, self.definition.type, self.at.parent)


@dataclass(slots=True, eq=False)
class Selection:
    """The fields of one object type at one place."""

    name: str
    """Of its function."""
    type: GraphQLObjectType
    object: Object
    places: list[Place] = field(default_factory=list)
