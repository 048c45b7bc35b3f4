"""Operations that wait for futures alone: awaited, or told what comes then, with the same result."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, parse

from execution import CompiledOperation, Waiting
from execution.reads import CALL, Call, TakesInfo

SCHEMA = "type Query { a: Part b: Part } type Part { name: String! more: String }"
TEXT = "{ a { name } b { name more } }"


def waiting(given: dict[str, Any], text: str = TEXT) -> Any:
    """What the operation gives where `a` and `b` are what is given."""
    return CompiledOperation(schema_of(given), parse(text))()


def schema_of(given: dict[str, Any]) -> GraphQLSchema:
    schema = build_schema(SCHEMA)
    for name, field in schema.query_type.fields.items():  # type: ignore[union-attr]
        take = TakesInfo("info", lambda info, name: given[name], (name,))
        field.extensions = {CALL: lambda _needs, take=take: Call(lambda info: info, takes_source=False, info=take)}
    return schema


def future(value: Any = None) -> "asyncio.Future[Any]":
    found: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    if value is not None:
        found.set_result(value)
    return found


async def told(one: Any) -> list[Any]:
    heard: list[Any] = []
    one.then(heard.append)
    for _ in range(5):
        await asyncio.sleep(0)
    return heard


async def test_it_goes_on_once_the_last_future_is_there() -> None:
    a, b = future(), future()
    one = waiting({"a": a, "b": b})
    assert type(one) is Waiting
    heard: list[Any] = []
    one.then(heard.append)
    b.set_result({"name": "B", "more": None})
    await asyncio.sleep(0)
    assert heard == []
    a.set_result({"name": "A"})
    await asyncio.sleep(0)
    (result,) = heard
    assert result == ExecutionResult({"a": {"name": "A"}, "b": {"name": "B", "more": None}}, None)


async def test_what_is_there_already_is_not_waited_for() -> None:
    heard: list[Any] = []
    waiting({"a": future({"name": "A"}), "b": future({"name": "B"})}).then(heard.append)
    assert heard[0].data == {"a": {"name": "A"}, "b": {"name": "B", "more": None}}


async def test_an_error_stays_with_its_field() -> None:
    a = future()
    a.set_exception(ValueError("broken"))
    (result,) = await told(waiting({"a": a, "b": future({"name": "B"})}))
    assert result.data == {"a": None, "b": {"name": "B", "more": None}}
    assert [error.path for error in result.errors] == [["a"]]


async def test_what_is_late_even_then_is_left_to_be_awaited() -> None:
    async def later() -> str:
        return "more"

    (rest,) = await told(waiting({"a": future({"name": "A"}), "b": future({"name": "B", "more": later()})}))
    assert isinstance(rest, Awaitable)
    assert (await rest).data == {"a": {"name": "A"}, "b": {"name": "B", "more": "more"}}


async def test_a_future_that_was_cancelled_ends_whoever_awaits_it() -> None:
    a = future()
    a.cancel()
    (rest,) = await told(waiting({"a": a, "b": future({"name": "B"})}))
    with pytest.raises(asyncio.CancelledError):
        await rest


async def test_awaited_it_gives_the_same() -> None:
    given = {"a": {"name": "A"}, "b": {"name": "B", "more": "more"}}
    assert await waiting({name: future(value) for name, value in given.items()}) == ExecutionResult(given, None)
