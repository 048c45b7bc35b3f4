"""What a query costs is known before it runs, and grows with its pages."""

from typing import Any

import pytest
from graphql import build_schema, get_introspection_query, parse

from execution.cost import LIST_LENGTH, cost_of

SCHEMA = build_schema("""
type Query {
  item(id: ID!): Item
  items(first: Int = 20, after: String): Page
  some(ids: [ID!]!): [Item!]!
  named: Named
}
interface Named { name: String }
type Page { nodes: [Item!]! edges: [Edge!]! total: Int }
type Edge { cursor: String node: Item }
type Item implements Named { id: ID name: String tags: [String] parts: [Item] children(first: Int!): Page }
""")


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ('{ item(id: "x") { id name } }', {}, 3),
        ("{ items { total } }", {}, 1 + 20),
        ("{ items(first: 3) { nodes { id name } total } }", {}, 1 + 3 * 4),
        ("query ($n: Int) { items(first: $n) { nodes { id } } }", {"n": 7}, 1 + 7 * 2),
        ("query ($n: Int) { items(first: $n) { nodes { id } } }", {}, 1 + 20 * 2),
        ("query ($n: Int) { items(first: $n) { nodes { id } } }", {"n": -5}, 1),
        ("query ($n: Int = 9) { items(first: $n) { nodes { id } } }", {}, 1 + 9 * 2),
        ("query ($n: Int) { items(first: $n) { nodes { id } } }", {"n": 4.0}, 1 + 4 * 2),
        ("query ($n: Int) { items(first: $n) { edges { node { children(first: $n) { nodes { id } } } } } }", {"n": 3},
         1 + 3 * (3 + 3 * 2)),
        ('query { a: some(ids: ["x", "y"]) { id } }', {}, 3),
        ("query ($ids: [ID!]!) { some(ids: $ids) { id parts { id } } }", {"ids": ["x"] * 4}, 1 + 4 * (2 + LIST_LENGTH)),
        ('{ item(id: "x") { tags parts { parts { id } } } }', {}, 3 + LIST_LENGTH * (1 + LIST_LENGTH)),
        ("{ named { ...F ...F name @skip(if: true) } } fragment F on Item { id }", {}, 4),
        ("mutation { none }", {}, 0),
        ("{ a: __typename } ", {}, 1),
    ],
)  # fmt: skip
def test_cost(text: str, variables: dict[str, Any], cost: int) -> None:
    assert cost_of(SCHEMA, parse(text)).total(variables) == cost


def test_reading_the_schema_is_as_dear_as_it_is_long() -> None:
    assert cost_of(SCHEMA, parse(get_introspection_query())).total({}) < 500
