"""Events of a subscription, completed by a compiled function and by graphql-core: what comes of them must agree."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from copy import deepcopy
from inspect import isawaitable
from random import Random
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    extend_schema,
    parse,
    print_ast,
    subscribe,
    validate,
)

from execution import CompiledSubscription, UnsupportedError
from tests.execution import zoo
from tests.execution.compare import World, describe, outcome
from tests.execution.documents import query

MORE = """
extend schema { subscription: Subscription }
type Subscription {
  told: Query  numbers(upTo: Int! = 2): Int!  sooner: Int  refused: Int  nothing: Int  breaks: Int  cat: Cat
}
"""
CASES = 100


def make_schema() -> GraphQLSchema:
    schema = extend_schema(zoo.make_schema(), parse(MORE))
    assert schema.subscription_type is not None
    for name, field in schema.subscription_type.fields.items():
        field.subscribe = SOURCES[name]
        field.resolve = lambda event, _info, **_arguments: event
    return schema


async def told(_source: Any, info: Any) -> AsyncIterator[str]:
    """The world is another one at each event."""
    for _ in range(2):
        info.context.seed += 1
        await asyncio.sleep(0)
        yield "a root"


async def numbers(_source: Any, info: Any, upTo: int) -> AsyncIterator[Any]:
    try:
        for number in range(upTo):
            yield number
        yield "no number"
        yield None
    finally:
        info.context.log.append("ended")


async def sooner(source: Any, info: Any) -> AsyncIterator[int]:
    await asyncio.sleep(0)
    return numbers(source, info, 1)


def refused(_source: Any, _info: Any) -> AsyncIterator[int]:
    raise LookupError("not for you")


async def breaks(_source: Any, _info: Any) -> AsyncIterator[int]:
    yield 1
    raise LookupError("broken")


async def cat(_source: Any, _info: Any) -> AsyncIterator[Any]:
    yield "no cat"


SOURCES: dict[str, Any] = {
    "told": told,
    "numbers": numbers,
    "sooner": sooner,
    "refused": refused,
    "nothing": lambda _source, _info: 5,
    "breaks": breaks,
    "cat": cat,
}


async def by_graphql_core(schema: GraphQLSchema, document: DocumentNode, variables: Any, world: World) -> list[Any]:
    found = subscribe(schema, document, None, world, variables)
    source = await found if isawaitable(found) else found
    return [describe(source)] if isinstance(source, ExecutionResult) else await _all(source, lambda result: result)


async def by_us(schema: GraphQLSchema, document: DocumentNode, variables: Any, world: World) -> list[Any]:
    subscription = CompiledSubscription(schema, document)
    source = await subscription.subscribe(variables, world)
    if isinstance(source, ExecutionResult):
        return [describe(source)]
    return await _all(source, lambda event: subscription(variables, world, event))


async def _all(source: AsyncIterable[Any], result_of: Any) -> list[Any]:
    found: list[Any] = []
    try:
        async for event in source:
            result = result_of(event)
            found.append(describe(await result if isawaitable(result) else result))
    except Exception as error:
        found.append(repr(error))
    return found


async def same(schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any], seed: int = 0) -> list[Any]:
    assert not validate(schema, document)
    theirs, ours = World(seed), World(seed)
    reference: list[Any] = []
    found: list[Any] = []

    async def keep(into: list[Any], way: Any, world: World) -> None:
        into.extend(await way(schema, document, deepcopy(variables), world))

    later = await outcome(lambda: keep(reference, by_graphql_core, theirs), theirs)
    assert await outcome(lambda: keep(found, by_us, ours), ours) == later
    assert found == reference, print_ast(document)
    return reference


@pytest.mark.parametrize(
    ("text", "variables", "results"),
    [
        ("subscription { numbers }", {}, 4),
        ("subscription ($n: Int!) { some: numbers(upTo: $n) }", {"n": 1}, 3),
        ("subscription ($n: Int!) { numbers(upTo: $n) }", {"n": "x"}, 1),
        ("subscription ($n: Int) { numbers(upTo: $n) }", {}, 4),
        ("subscription ($n: Int) { numbers(upTo: $n) }", {"n": None}, 1),
        ("subscription { ...on Subscription { sooner } }", {}, 3),
        ("subscription S { ...F } fragment F on Subscription { refused }", {}, 1),
        ("subscription { nothing }", {}, 1),
        ("subscription { breaks }", {}, 2),
        ("subscription { cat { name mother { name } } }", {}, 1),
    ],
)
async def test_events_and_what_goes_wrong(text: str, variables: dict[str, Any], results: int) -> None:
    assert len(await same(make_schema(), parse(text), variables)) == results


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_made_up_selections_of_an_event() -> None:
    schema, with_errors = make_schema(), 0
    for number in range(CASES):
        made = query(schema, Random(number), {"Day": zoo.DAYS})
        results = await same(schema, _within_told(made.document), made.variables(), number)
        with_errors += any(isinstance(one, dict) and one.get("errors") != b"[]" for one in results)
    assert CASES / 5 < with_errors < CASES


@pytest.mark.parametrize("text", ["{ stone { size } }", "subscription A { sooner } subscription B { sooner }"])
def test_what_is_no_subscription_is_not_compiled_as_one(text: str) -> None:
    with pytest.raises(UnsupportedError):
        CompiledSubscription(make_schema(), parse(text))


def _within_told(document: DocumentNode) -> DocumentNode:
    """A query's fields, selected of the event `told` instead."""
    return parse("\n\n".join(print_ast(_told(node)) for node in document.definitions))


def _told(node: Any) -> Any:
    if not isinstance(node, OperationDefinitionNode):
        return node
    field = FieldNode(name=NameNode(value="told"), selection_set=node.selection_set)
    return OperationDefinitionNode(
        operation=OperationType.SUBSCRIPTION,
        name=node.name,
        variable_definitions=node.variable_definitions,
        selection_set=SelectionSetNode(selections=(field,)),
    )
