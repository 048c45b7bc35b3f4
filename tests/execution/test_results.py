"""What a result is made of: order, places of errors, what resolvers are told."""

import asyncio
from typing import Any

from graphql import build_schema, parse

from execution import CompiledOperation
from tests.execution.compare import same


async def test_merged_fields_tell_all_their_places() -> None:
    schema = build_schema("type Query { n: Query a: String! b: String }")
    text = "{ n { a } ...F n { b a } } fragment F on Query { n { c: b a } }"
    result = await same(schema, text, root={"n": {"b": "b", "a": None}})
    assert result["errors"].count(b'"line"') == 3


async def test_errors_come_in_the_order_they_happen() -> None:
    def after(turns: int) -> Any:
        async def fail() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            raise ValueError(str(turns))

        return lambda _: fail()

    schema = build_schema("type Query { a: Int b: Int c: Int d: Int! n: N } type N { x: Int! y: Int! z: Int }")
    root = {
        "a": after(5),
        "b": after(1),
        "c": lambda _: ValueError("c"),
        "d": 1,
        "n": {"x": after(3), "y": after(2), "z": after(1)},
    }
    await same(schema, "{ a b c n { z y x } d }", root=root)
    await same(schema, "{ a b c n { z y x } d }", root={**root, "d": None})
    await same(schema, "{ a b c n { z y x } d }", root={**root, "d": after(2)})


async def test_info_is_that_of_graphql_core() -> None:
    def tell(_source: Any, info: Any) -> str:
        info.context.log.append([*info[:6], info.fragments.keys(), *info[7:9], info.variable_values, info[11:13]])
        return "told"

    schema = build_schema("type Query { a(x: Int): String n: Query }")
    schema.type_map["Query"].fields["a"].resolve = lambda s, i, **_: tell(s, i)  # type: ignore[attr-defined]
    text = "query Q($x: Int = 3) { n { k: a(x: $x) ...F } } fragment F on Query { a }"
    result = await same(schema, text, {}, {"n": {}})
    assert len(result["log"]) == 2


async def test_without_a_loop_there_is_a_result_at_once() -> None:
    schema = build_schema("type Query { a: String b: String! }")
    result = CompiledOperation(schema, parse("{ a b }"))(root={"a": "x", "b": "y"})
    assert result.data == {"a": "x", "b": "y"}  # type: ignore[union-attr]
