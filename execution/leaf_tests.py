"""Which values of a leaf are sent as they are, as a condition in Python."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString
from graphql.type import GraphQLLeafType

from execution.reads import sent_as

_TEXT = "type({value}) is str"
_USUAL: dict[GraphQLLeafType, str] = {
    GraphQLString: _TEXT,
    GraphQLID: _TEXT,
    GraphQLBoolean: "type({value}) is bool",
    GraphQLInt: "type({value}) is int and -2147483648 <= {value} <= 2147483647",
    GraphQLFloat: "type({value}) is float and {value} - {value} == 0",
}


def sent_as_it_is(type_: GraphQLLeafType, value: str, name: Callable[[str, Any], str]) -> str | None:
    """Of what the expression `value` gives. `name` gives an object a name. None: each value has to be coerced."""
    usual = _USUAL.get(type_)
    if usual is not None:
        return usual.format(value=value)
    types = [f"type({value}) is {name(f'type{number}', one)}" for number, one in enumerate(sent_as(type_))]
    return " or ".join(types) or None


def enum_key(value: str) -> str:
    """By which `Leaf.known` has the name of an enum's value."""
    return f"{value} if {_TEXT.format(value=value)} else id({value})"
