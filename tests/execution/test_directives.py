"""`@skip` and `@include`, on everything, by literals and by variables."""

import pytest
from graphql import build_schema

from tests.execution.compare import late, same

DECLARED = "query ($s: Boolean!, $i: Boolean!)"


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        DECLARED + " { a b @skip(if: $s) b @include(if: $i) }",
        DECLARED + " { ...F @skip(if: $s) @include(if: $i) a } fragment F on Query { b a }",
        DECLARED + " { ... on Query @include(if: $i) { b } ... @skip(if: $s) { n { a } } n { b } }",
        DECLARED + " { n @skip(if: $s) { a } ...F @include(if: $i) } fragment F on Query { n { b } }",
        "query ($s: Boolean!, $i: Boolean = true) { a @include(if: true) @skip(if: $s) b @include(if: $i) }",
    ],
)
async def test_directives(text: str, *, skip: bool, include: bool) -> None:
    schema = build_schema("type Query { a: String b: String n: Query }")
    root = {"a": "a", "b": late, "n": {"a": "x", "b": "y"}}
    await same(schema, text, {"s": skip, "i": include}, {**root, "b": lambda _: late("b")})
    await same(schema, text, {"s": skip, "i": None}, root)
