"""Functions for what is unusual are made when they are first needed, once, and for good."""

from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from graphql import GraphQLField, GraphQLID, GraphQLList, GraphQLObjectType, GraphQLSchema, execute_sync, parse

from execution import CompiledOperation, on_demand
from execution.reads import READ, Attribute


@dataclass
class Payment:
    id: object


THING = GraphQLObjectType("Thing", {"id": GraphQLField(GraphQLID, extensions={READ: Attribute("id")})})
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "one": GraphQLField(THING, resolve=lambda root, _info: root[0]),
            "all": GraphQLField(GraphQLList(THING), resolve=lambda root, _info: root),
        },
    )
)
DOCUMENT = parse("{ one { id } all { id } }")


def made_by(compiled: CompiledOperation, *ids: object) -> int:
    """How many functions a run has made; it gives what graphql-core does."""
    root = [Payment(one) for one in ids]
    with patch.object(on_demand, "make", side_effect=on_demand.make) as make:
        found: Any = compiled(root=root)
    assert found == execute_sync(SCHEMA, DOCUMENT, root)
    return make.call_count


def test_they_are_made_when_they_are_needed_and_once() -> None:
    compiled = CompiledOperation(SCHEMA, DOCUMENT)
    assert made_by(compiled, "a", "b") == 0
    assert made_by(compiled, "a", 5, 6) == 1
    assert made_by(compiled, 5, 6, RuntimeError("wrong")) == 1
    assert made_by(compiled, 5, 6, 7) == 0
