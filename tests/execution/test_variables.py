"""Variables and arguments: missing, null, of defaults, wrong."""

from typing import Any

import pytest
from graphql import build_schema

from tests.execution.compare import same

INPUTS = """
enum Colour { RED BLUE }
input Inner { a: String! b: [String] c: Int = 5 }
input One @oneOf { x: Int y: String }
type Query {
  echo(text: String = "d", inner: Inner, list: [Int!], nested: [[Int]], colour: Colour = RED, one: One): String
  need(a: Int!, b: Float! = 1.5, id: ID): String }
"""


def echo(_source: Any, _info: Any, **arguments: Any) -> str:
    return repr(arguments)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("query ($t: String) { echo(text: $t) }", {}),
        ("query ($t: String) { echo(text: $t) }", {"t": None}),
        ("query ($t: String) { echo(text: $t) }", {"t": 5}),
        ('query ($t: String = "x") { echo(text: $t) }', {}),
        ('query ($t: String! = "x") { echo(text: $t) }', {}),
        ("query ($t: String!) { echo(text: $t) }", {}),
        ("query ($t: String!) { echo(text: $t) }", {"t": None}),
        ("query ($i: Inner) { echo(inner: $i) }", {"i": {"a": "x", "b": ["y", None], "d": 1}}),
        ("query ($i: Inner) { echo(inner: $i) }", {"i": {"b": "single"}}),
        ("query ($i: Inner) { echo(inner: $i) }", {"i": {"a": "x", "b": "single"}}),
        ("query ($a: String!, $c: Int) { echo(inner: {a: $a, c: $c}) }", {"a": "x"}),
        ("query ($l: [Int!]) { echo(list: $l) }", {"l": [1, None, "x"]}),
        ("query ($l: [Int!]) { echo(list: $l) }", {"l": 3}),
        ("query ($n: Int) { echo(nested: [[$n], [1, $n]]) }", {}),
        ("query ($c: Colour) { echo(colour: $c) }", {"c": "GREEN"}),
        ("query ($c: Colour = BLUE) { echo(colour: $c) }", {}),
        ("query ($x: Int!) { echo(one: {x: $x}) }", {"x": 1}),
        ("query ($o: One) { echo(one: $o) }", {"o": {"x": 1, "y": "2"}}),
        ("query ($a: Int = 1) { need(a: $a) }", {}),
        ("query ($a: Int = 1) { need(a: $a) }", {"a": None}),
        ("query ($a: Int!, $b: Float) { need(a: $a, b: $b) }", {"a": 1}),
        ("query ($a: Int!, $b: Float = 2) { need(a: $a, b: $b) }", {"a": 1, "b": None}),
        ("query ($a: Int!) { need(a: $a) }", {"a": 2**31}),
        ("query ($a: Int!) { need(a: $a) }", {"a": True}),
        ("query ($a: Int!, $id: ID) { need(a: $a, id: $id) }", {"a": 1.0, "id": 7}),
        ("query ($l: [Int!]) { echo(list: $l) }", {"l": ["x"] * 60}),
        ("{ echo echo2: echo(list: [], inner: {a: \"\"}) need(a: 1, id: 5) }", {}),
        ("{ echo(list: null, colour: null) }", {}),
    ],
)  # fmt: skip
async def test_variables_and_arguments(text: str, variables: dict[str, Any]) -> None:
    schema = build_schema(INPUTS)
    for field in schema.type_map["Query"].fields.values():  # type: ignore[attr-defined]
        field.resolve = echo
    await same(schema, text, variables)
