"""One query, by graphql-core and compiled, each in a world of its own: what comes and what is called must agree."""

import asyncio
import inspect
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute, parse, validate

from execution import CompiledOperation

TURNS = 40
"""Of the event loop, after which everything in the background has ended."""


@dataclass
class World:
    """What resolvers see; told all they do."""

    seed: int
    log: list[Any] = field(default_factory=list)
    loaders: dict[str, Any] = field(default_factory=dict)
    left: list[Any] = field(default_factory=list)
    """Coroutines that resolvers made, to be closed when an error has overtaken them."""


async def outcome(run: Callable[[], Any], world: World) -> dict[str, Any]:
    try:
        result = run()
        if inspect.isawaitable(result):
            result = await result
    except (Exception, asyncio.CancelledError) as error:  # a sibling that failed has cancelled what a loader shares
        result = error
    shown = describe(result)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    for coroutine in world.left:
        coroutine.close()
    return {**shown, "later": describe(result), "log": world.log}


def describe(result: Any) -> dict[str, Any]:
    if not isinstance(result, ExecutionResult):
        return {"raised": repr(result)}
    errors = result.errors or []
    return {
        "data": dumped(result.data),
        "errors": dumped([error.formatted for error in errors]),
        "none": result.errors is None,
        "causes": [type(error.original_error).__name__ for error in errors],
    }


def dumped(value: Any) -> bytes:
    return orjson.dumps(value, default=repr, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_NAIVE_UTC)


async def compared(
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: dict[str, Any],
    world: Callable[[], World],
    root: Any = None,
    compiled: CompiledOperation | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    theirs, ours = world(), world()
    query = compiled or CompiledOperation(schema, document)
    reference = await outcome(lambda: execute(schema, document, root, theirs, deepcopy(variables)), theirs)
    return reference, await outcome(lambda: query(deepcopy(variables), ours, root), ours)


async def same(schema: GraphQLSchema, text: str, variables: dict[str, Any] | None = None, root: Any = None) -> Any:
    document = parse(text)
    assert not validate(schema, document)
    reference, ours = await compared(schema, document, variables or {}, lambda: World(0), root)
    assert ours == reference
    return reference


async def late(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value
