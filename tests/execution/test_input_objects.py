"""Input objects in one step: what Strawberry makes of the same values, whatever is left out or null."""

from typing import Any

import pytest
import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    coerce_input_value,
)
from hypothesis import given
from hypothesis import strategies as st
from strawberry.types.arguments import convert_argument

from schema.input_objects import maker_of
from schema.schema import build_schema

SCHEMA = build_schema()
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.integers(-(2**31), 2**31 - 1),
    "Decimal": st.just("1.50"),
    "Currency": st.just("USD"),
    "JSON": st.dictionaries(st.text(), st.integers() | st.none()),
}


def mutations() -> dict[str, GraphQLArgument]:
    assert SCHEMA._schema.mutation_type is not None
    return {name: field.args["input"] for name, field in SCHEMA._schema.mutation_type.fields.items()}


MADE = {name: argument for name, argument in mutations().items() if maker_of(argument.type) is not None}


def test_all_but_lists_are_made_here() -> None:
    assert mutations().keys() - MADE.keys() == {"replayWebhooks"}


def values_of(type_: Any) -> st.SearchStrategy[Any]:
    if isinstance(type_, GraphQLNonNull):
        inner = type_.of_type
        if isinstance(inner, GraphQLScalarType):
            return VALUES.get(inner.name, st.text())
        assert isinstance(inner, GraphQLInputObjectType)
        sure = {name: values_of(field.type) for name, field in inner.fields.items() if needed(field)}
        rest = {name: values_of(field.type) for name, field in inner.fields.items() if not needed(field)}
        return st.fixed_dictionaries(sure, optional=rest)
    return st.none() | values_of(GraphQLNonNull(type_))


def needed(field: Any) -> bool:
    return isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined


@pytest.mark.parametrize("name", MADE)
@given(data=st.data())
def test_as_strawberry_makes_them(name: str, data: st.DataObject) -> None:
    argument = MADE[name]
    coerced = coerce_input_value(data.draw(values_of(argument.type)), argument.type)
    make = maker_of(argument.type)
    assert make is not None
    converter = SCHEMA.schema_converter
    assert SCHEMA._schema.mutation_type is not None
    (taken,) = SCHEMA._schema.mutation_type.fields[name].extensions["strawberry-definition"].arguments
    theirs = convert_argument(coerced, taken.type, converter.scalar_registry, converter.config)
    assert make(coerced) == theirs


@strawberry.input
class Odd:
    maybe: strawberry.Maybe[str]


@strawberry.input
class Listed:
    names: list[str]


@strawberry.type
class Query:
    @strawberry.field
    def odd(self, odd: Odd, listed: Listed, plain: str) -> str:
        return f"{odd} {listed} {plain}"


@pytest.mark.parametrize("argument", ["odd", "listed", "plain"])
def test_what_is_not_made_here(argument: str) -> None:
    """`Maybe` wraps its values, items are converted one by one, and a scalar is no object."""
    query = strawberry.Schema(Query)._schema.query_type
    assert query is not None and maker_of(query.fields["odd"].args[argument].type) is None
