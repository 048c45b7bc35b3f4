"""One field under several aliases is asked for at once, and each alias is what it would be by itself."""

import asyncio
import traceback
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, parse, validate

from execution import CompiledOperation
from execution.reads import CALL, Call, TakesInfo, Together
from tests.execution.compare import compared, late
from tests.execution.payments import PaymentWorld, make_schema

SCHEMA = """
type Query { part(id: ID!, or: Int): Part  sure(id: ID!): Part! }
type Part { name: String! more: String }
"""
ALIKE = 'query Q($b: ID!) { a: part(id: "A") { name more } b: part(id: $b) { name more } }'
CASES, MANY = 60, 40
IDS = ("0b6f3c2e-0000-4000-8000-00000000000%x", "none")

Asked = list[tuple[str, Any]]


def future(value: Any) -> "asyncio.Future[Any]":
    found: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    if isinstance(value, Exception):
        found.set_exception(value)
    else:
        found.set_result(value)
    return found


def schema_of(asked: Asked, together: Callable[[list[Any]], Any]) -> GraphQLSchema:
    """Its `part` notes how it is asked; `together` makes what is asked for at once."""
    schema = build_schema(SCHEMA)

    def one(info: Any, id: str, **_more: Any) -> Any:
        asked.append(("one", id))
        return future({"name": id})

    def several(_info: Any, ids: list[Any]) -> Any:
        asked.append(("several", ids))
        return together(ids)

    call = Call(one, takes_source=False, info=TakesInfo("info", lambda info: info), together=Together("id", several))
    for field in schema.query_type.fields.values():  # type: ignore[union-attr]
        field.extensions = {CALL: lambda _needs: call}
    return schema


async def run(
    together: Callable[[list[Any]], Any], text: str = ALIKE, variables: dict[str, Any] | None = None
) -> tuple[ExecutionResult, Asked]:
    asked: Asked = []
    given = {"b": "B"} if variables is None else variables
    result: Any = CompiledOperation(schema_of(asked, together), parse(text))(given)
    return await result, asked


def named(ids: list[Any]) -> Any:
    return future([{"name": id_} for id_ in ids])


async def test_aliases_are_asked_for_at_once() -> None:
    result, asked = await run(named)
    assert result == ExecutionResult({"a": {"name": "A", "more": None}, "b": {"name": "B", "more": None}}, None)
    assert asked == [("several", ["A", "B"])]


async def test_each_selects_what_it_likes() -> None:
    result, asked = await run(named, "{ a: part(id: 1) { name } b: part(id: 2) { more again: name } }", {})
    assert result == ExecutionResult({"a": {"name": "1"}, "b": {"more": None, "again": "2"}}, None)
    assert asked == [("several", ["1", "2"])]


async def test_nothing_an_error_and_what_is_late_stay_with_their_aliases() -> None:
    def mixed(_ids: list[Any]) -> Any:
        return future([None, ValueError("broken"), {"name": "C", "more": late("more")}, {"name": late("D")}])

    text = " ".join(f'{key}: part(id: "{key}") {{ name more }}' for key in "abcd")
    result, _ = await run(mixed, f"{{ {text} }}", {})
    nothing = {"a": None, "b": None}
    assert result.data == {**nothing, "c": {"name": "C", "more": "more"}, "d": {"name": "D", "more": None}}
    assert [(error.message, error.path) for error in result.errors or ()] == [("broken", ["b"])]


def raises(_ids: list[Any]) -> Any:
    raise ValueError("away")


@pytest.mark.parametrize("together", [raises, lambda _ids: future(ValueError("away"))])
async def test_what_fails_for_all_fails_for_each(together: Callable[[list[Any]], Any]) -> None:
    asked: Asked = []
    result: Any = CompiledOperation(schema_of(asked, together), parse(ALIKE))({"b": "B"})
    result = result if isinstance(result, ExecutionResult) else await result
    assert (result.data, asked) == ({"a": None, "b": None}, [("several", ["A", "B"])])
    assert [(error.message, error.path) for error in result.errors] == [("away", ["a"]), ("away", ["b"])]


async def test_the_trace_of_what_fails_for_all_does_not_grow_with_each() -> None:
    text = " ".join(f'p{number}: part(id: "A") {{ name }}' for number in range(MANY))
    result, _ = await run(lambda _ids: future(ValueError("away")), f"{{ {text} }}", {})
    assert result.errors is not None and len(result.errors) == MANY
    cause = result.errors[0].original_error
    assert cause is not None and len(traceback.extract_tb(cause.__traceback__)) < MANY


@pytest.mark.parametrize("value", [[{"name": "A"}], [{"name": "A"}] * 3, None, 5])
async def test_a_wrong_answer_fails_whoever_waits(value: Any) -> None:
    """And whoever is told: nobody would hear of what is raised in a callback."""
    with pytest.raises((TypeError, ValueError)):
        await run(lambda _ids: future(value))
    asked: Asked = []
    waiting: Any = CompiledOperation(schema_of(asked, lambda _ids: future(value)), parse(ALIKE))({"b": "B"})
    rest: list[Any] = []
    waiting.then(rest.append)
    with pytest.raises((TypeError, ValueError)):
        await rest[0]


async def test_where_they_cannot_be_asked_for_together_each_is_by_itself() -> None:
    result, asked = await run(lambda _ids: None)
    assert result == ExecutionResult({"a": {"name": "A", "more": None}, "b": {"name": "B", "more": None}}, None)
    assert asked == [("several", ["A", "B"]), ("one", "A"), ("one", "B")]


@pytest.mark.parametrize("alias", ["together", "aliases", "values", "query", "all_of_query", "execute_query"])
async def test_an_alias_may_be_called_anything(alias: str) -> None:
    result, asked = await run(named, f'{{ {alias}: part(id: "A") {{ name }} b: part(id: "B") {{ name }} }}', {})
    assert result == ExecutionResult({alias: {"name": "A"}, "b": {"name": "B"}}, None)
    assert asked == [("several", ["A", "B"])]


OTHERS = {
    "one alone": "{ a: part(id: 1) { name } }",
    "another argument": "{ a: part(id: 1, or: 2) { name } b: part(id: 2) { name } }",
    "another field": "{ a: part(id: 1) { name } b: part(id: 2) { name } __typename }",
    "never null": "{ a: sure(id: 1) { name } b: sure(id: 2) { name } }",
}


@pytest.mark.parametrize("what", OTHERS)
async def test_others_are_not(what: str) -> None:
    result, asked = await run(named, OTHERS[what], {})
    assert result.errors is None
    assert {how for how, _ in asked} == {"one"}


async def test_a_future_that_was_cancelled_ends_whoever_awaits_it() -> None:
    never: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    asked: Asked = []
    waiting: Any = CompiledOperation(schema_of(asked, lambda _ids: never), parse(ALIKE))({"b": "B"})
    rest: list[Any] = []
    waiting.then(rest.append)
    never.cancel()
    await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await rest[0]


async def test_payments_are_what_graphql_core_makes_of_each() -> None:
    """With errors, nulls and wrong types among them, loaded in the same batches."""
    schema, together = make_schema(), 0
    selected = (
        "id status amount { amount currency } failure { code } payer { name } metadata events { nodes { sequence } }"
    )
    for seed in range(CASES):
        random = Random(seed)
        ids = [random.choice(IDS[:1] if seed % 3 else IDS).replace("%x", f"{random.randrange(16):x}") for _ in range(4)]
        fields = " ".join(f"p{number}: payment(id: $p{number}) {{ {selected} }}" for number in range(len(ids)))
        text = f"query Q({', '.join(f'$p{number}: ID!' for number in range(len(ids)))}) {{ {fields} }}"
        worlds: list[PaymentWorld] = []

        def world(seed: int = seed, worlds: list[PaymentWorld] = worlds) -> PaymentWorld:
            worlds.append(PaymentWorld(seed))
            return worlds[-1]

        variables = {f"p{number}": id_ for number, id_ in enumerate(ids)}
        assert not validate(schema, parse(text))
        reference, ours = await compared(schema, parse(text), variables, world)
        assert ours == reference
        together += worlds[1].load.together
    assert together > CASES / 2
