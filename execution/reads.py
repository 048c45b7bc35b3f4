"""What a schema may say of its fields and scalars, so that less is done for them.

The field's own resolver has to give the same: graphql-core goes on using it, and the two must not differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField
from graphql.type import GraphQLLeafType

READ = "execution.read"
"""`field.extensions[READ]` is for a field whose resolver needs neither `info` nor arguments: it is not called."""
NEEDS = "execution.needs"
"""`field.extensions[NEEDS]`: names of what a field reads of its source, where a source may be there in part."""
CALL = "execution.call"
"""`field.extensions[CALL]` makes a Call, with its arguments by NAMES.

It is told the names that are needed below the field, wherever the operation has it; those of further fields with a CALL
are not among them.
"""
NAMES = "execution.names"
"""`field.extensions[NAMES]`: under which names what a CALL makes takes the arguments."""
SENT_AS = "execution.sent_as"
"""`scalar.extensions[SENT_AS]`: types whose values need no coercion, since the encoder writes them the same."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """The field is this attribute of its source."""

    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The field is this entry of a mapping, which is an attribute of its source.

    A class of mappings that has `_fields`, names in an order, promises to give the same values by their places.
    """

    of: str
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """The field is an object of such entries: by the names of its own attributes, those of the entries."""

    of: str
    entries: Mapping[str, str]
    or_null: bool
    """It is null when all of them are."""
    read: Callable[[Any], Any]
    """Makes that object of the source."""


Read = Attribute | Entry | Part | Callable[[Any], Any]
"""A function takes the source alone."""
Needs = frozenset[str]


@dataclass(frozen=True, slots=True)
class Call:
    """What is called instead of a field's resolver, with the arguments by their names."""

    function: Callable[..., Any]
    takes_source: bool
    """First, and without a name."""
    info: "TakesInfo | None" = None
    together: "Together | None" = None
    """For an operation that is nothing but this field under several aliases."""


@dataclass(frozen=True, slots=True)
class TakesInfo:
    """Under this name, what is made of a GraphQLResolveInfo and of what else there is to say."""

    name: str
    make: Callable[..., object]
    about: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Together:
    """Asks at once for what aliases ask for that only this argument tells apart."""

    argument: str
    function: Callable[[Any, list[Any]], Any]
    """Takes what TakesInfo makes for the first alias, and the argument's values: gives a future of what each is.

    An exception among what they are is that alias' error, one that is raised or is the future's that of each. Where it
    gives anything but a future, the field is called for each alias after all: it has done nothing yet.
    """


MakeCall = Callable[[Needs], Call]


def read_of(field: GraphQLField) -> Read | None:
    read: Read | None = (field.extensions or {}).get(READ)
    return read


def needs_of(field: GraphQLField) -> Needs:
    needs: Needs = (field.extensions or {}).get(NEEDS, frozenset())
    return needs


def make_call_of(field: GraphQLField) -> MakeCall | None:
    make_call: MakeCall | None = (field.extensions or {}).get(CALL)
    return make_call


def names_of(field: GraphQLField) -> Mapping[str, str]:
    names: Mapping[str, str] = (field.extensions or {}).get(NAMES, {})
    return names


def sent_as(type_: GraphQLLeafType) -> tuple[type, ...]:
    types: tuple[type, ...] = (type_.extensions or {}).get(SENT_AS, ())
    return types
