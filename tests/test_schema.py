"""The schema that is served is the one that is written down, and keeps the contract: docs/decisions/0005."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    InputValueDefinitionNode,
    build_schema,
    print_ast,
)

from schema.schema import sdl

ROOT = Path(__file__).parents[1]
CONTRACT = build_schema((ROOT / "tests" / "contract.graphql").read_text()).type_map
SERVED = build_schema(sdl(), assume_valid_sdl=True).type_map
DECIDED = sorted(name for name in CONTRACT if not name.startswith("__"))
ADDED = {"Query": {"_service", "_entities"}, "PaymentEvent": {"detail"}, "PartnerConnection": {"stale"}}
"""Fields that the contract does not have, each with its reason in docs/decisions/0005."""


def test_the_printed_schema_is_reviewed_in_every_change() -> None:
    printed = (ROOT / "schema" / "schema.graphql").read_text()
    assert printed == sdl(), "python -m schema > schema/schema.graphql"


@pytest.mark.parametrize("name", DECIDED)
def test_a_type_is_as_it_was_decided(name: str) -> None:
    assert name in SERVED
    assert dict(facts(SERVED[name])) == dict(facts(CONTRACT[name]))


def facts(type_: GraphQLNamedType) -> Iterator[tuple[str, Any]]:
    yield "kind", type(type_).__name__
    if isinstance(type_, GraphQLEnumType):
        yield "values", set(type_.values)
    if isinstance(type_, GraphQLUnionType):
        yield "members", {member.name for member in type_.types}
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        yield "interfaces", {interface.name for interface in type_.interfaces}
        for name, field in type_.fields.items():
            if name in ADDED.get(type_.name, ()):
                continue
            yield name, str(field.type)
            for argument, taken in field.args.items():
                yield f"{name}({argument})", (str(taken.type), default(taken.ast_node))
    if isinstance(type_, GraphQLInputObjectType):
        for name, given in type_.fields.items():
            yield name, (str(given.type), default(given.ast_node))


def default(node: InputValueDefinitionNode | None) -> str | None:
    return print_ast(node.default_value) if node and node.default_value else None
