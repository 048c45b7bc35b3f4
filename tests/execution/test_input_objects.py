"""Input objects in one step: what Strawberry makes of the same values, whatever is left out or null."""

from typing import Annotated, Any, Optional

import pytest
import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    coerce_input_value,
    execute,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st
from strawberry.relay import GlobalID
from strawberry.types.arguments import convert_argument

from execution import CompiledOperation
from execution.reads import CALL
from schema.input_objects import maker_of
from schema.reads import mark_reads
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


@strawberry.input
class Inner:
    number: int = 3
    text: str | None = None


@strawberry.input
class Outer:
    inner: Inner
    more_of_it: Inner | None = None


@strawberry.input
class Endless:
    within: Optional["Endless"] = None


@strawberry.input
class Named:
    id: GlobalID


@strawberry.type
class Told:
    @strawberry.field
    def told(
        self,
        first: Outer,
        second: Annotated[Outer | None, strawberry.argument(name="zweite")] = None,
        number: int = 1,
    ) -> str:
        return f"{first} {second} {number}"

    @strawberry.field
    def endless(self, endless: Endless, named: Named) -> str:
        return f"{endless} {named}"


DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("{ told(first: {inner: {}}) }", {}),
    ("{ told(first: {inner: {number: 5, text: null}, moreOfIt: null}, zweite: null, number: 2) }", {}),
    ("query ($o: Outer!) { told(first: $o, zweite: $o) }", {"o": {"inner": {"text": "x"}, "moreOfIt": {"number": 1}}}),
    ("query ($o: Outer!, $z: Outer) { told(first: $o, zweite: $z) }", {"o": {"inner": {}}}),
    ("query ($o: Outer!, $z: Outer) { told(first: $o, zweite: $z) }", {"o": {"inner": {}}, "z": None}),
    ("query ($n: Int = 7, $t: String) { told(first: {inner: {number: $n, text: $t}}, number: $n) }", {}),
    ("query ($o: Outer!) { told(first: $o) }", {"o": {"inner": {"number": "no number"}}}),
]


@pytest.mark.parametrize(("text", "variables"), DOCUMENTS)
def test_resolvers_get_what_they_get_of_strawberry(text: str, variables: dict[str, Any]) -> None:
    schema = strawberry.Schema(Told)
    mark_reads(schema)
    document = parse(text)
    assert schema._schema.query_type is not None and CALL in schema._schema.query_type.fields["told"].extensions
    theirs = execute(schema._schema, document, variable_values=variables, root_value=Told())
    assert CompiledOperation(schema._schema, document)(variables, None, Told()) == theirs


def test_what_has_no_end_and_what_is_decoded_is_left_to_strawberry() -> None:
    query = strawberry.Schema(Told)._schema.query_type
    assert query is not None
    assert [maker_of(argument.type) for argument in query.fields["endless"].args.values()] == [None, None]
