"""Lists of everything, given in every way."""

from typing import Any

import pytest
from graphql import Undefined, build_schema

from tests.execution.compare import late, same


def stream(*values: Any) -> Any:
    async def items() -> Any:
        for value in values:
            if isinstance(value, KeyError):
                raise value
            yield value

    return items()


def makers() -> dict[str, Any]:
    """Ways to give a list; called anew for each executor."""
    return {
        "list": lambda _: [1, 2],
        "tuple": lambda _: (1, 2),
        "set": lambda _: {1},
        "range": lambda _: range(3),
        "generator": lambda _: (number for number in (1, None)),
        "null item": lambda _: [1, None, 2],
        "null": lambda _: None,
        "undefined": lambda _: Undefined,
        "late": lambda _: late([1, None]),
        "late items": lambda _: [late(1), late(None), 2],
        "late error": lambda _: late(ValueError("no")),
        "late error item": lambda _: [late(1), late(ValueError("no")), late(3)],
        "errors": lambda _: [1, ValueError("a"), late(ValueError("b")), ValueError("c")],
        "stream": lambda _: stream(1, 2),
        "stream with null": lambda _: stream(1, None, late(3)),
        "stream that fails": lambda _: stream(1, late(2), KeyError("no")),
        "text": lambda _: "Singular",
        "mapping": lambda _: {"a": 1},
        "number": lambda _: 5,
        "wrong items": lambda _: ["x", 2**40, 1.5, True],
        "nested": lambda _: [[1], [2]],
    }


@pytest.mark.parametrize("type_", ["[Int]", "[Int!]", "[Int]!", "[Int!]!", "[[Int!]]!", "[Float]", "[String!]"])
@pytest.mark.parametrize("how", makers())
async def test_lists(type_: str, how: str) -> None:
    schema = build_schema(f"type Query {{ outer: Outer }} type Outer {{ list: {type_} other: Int }}")
    await same(schema, "{ outer { other list } }", root={"outer": lambda _: {"other": late(1), "list": makers()[how]}})


@pytest.mark.parametrize("item", [None, Undefined, ValueError("no"), 7])
@pytest.mark.parametrize("type_", ["[Inner]", "[Inner!]", "[Inner!]!"])
@pytest.mark.parametrize("is_late", [False, True])
async def test_items_of_which_nothing_but_their_type_is_asked(type_: str, item: Any, *, is_late: bool) -> None:
    schema = build_schema(f"type Query {{ list: {type_} }} type Inner {{ value: Int }}")
    root = {"list": lambda _: [{"value": 1}, late(item) if is_late else item]}
    await same(schema, "{ list { __typename } }", root=root)
