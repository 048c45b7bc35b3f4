"""Input objects, made as Strawberry makes them of what graphql-core has coerced, without asking each type anew."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLNonNull, GraphQLScalarType
from strawberry.relay import GlobalID
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional

Make = Callable[[Any], Any]
Field = tuple[str, str, Make]
"""Its name in Python and in GraphQL, and what makes its value."""


def maker_of(type_: GraphQLInputType, within: tuple[GraphQLInputType, ...] = ()) -> Make | None:
    """Of an object of scalars and of such objects, none `within` itself. None: Strawberry has to make it."""
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    definition = inner.extensions.get("strawberry-definition") if isinstance(inner, GraphQLInputObjectType) else None
    if not isinstance(definition, StrawberryObjectDefinition) or definition.from_input is not None or inner in within:
        return None
    assert isinstance(inner, GraphQLInputObjectType)
    fields: list[Field] = []
    for name, field in inner.fields.items():
        about = field.extensions["strawberry-definition"]
        make = _as_it_is if _is_scalar(field.type) else maker_of(field.type, (*within, inner))
        if make is None or isinstance(about.type, StrawberryMaybe) or _is_decoded(about.type):
            return None
        fields.append((about.python_name, name, make))
    return _maker(definition, fields)


def _is_scalar(type_: GraphQLInputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLScalarType)


def _is_decoded(type_: object) -> bool:
    """The one scalar that Strawberry makes something of."""
    return (type_.of_type if isinstance(type_, StrawberryOptional) else type_) is GlobalID


def _as_it_is(value: Any) -> Any:
    return value


def _maker(definition: StrawberryObjectDefinition, fields: list[Field]) -> Make:
    absent = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }

    def make(given: Mapping[str, Any] | None) -> Any:
        if given is None:
            return None
        there = {python_name: make_value(given[name]) for python_name, name, make_value in fields if name in given}
        return definition.origin(**(absent | there))

    return make
