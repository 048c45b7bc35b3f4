"""Values for fields of any type: what is right, null, late, of a wrong type, an error."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import date
from enum import Enum
from random import Random
from types import SimpleNamespace
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    is_abstract_type,
    is_leaf_type,
)

from tests.execution.compare import World


class Tint(Enum):
    RED = "r"
    GREEN = "g"
    BLUE = "b"


class Odd:
    """Nothing a type takes."""

    def __repr__(self) -> str:
        return "Odd()"


class Slow:
    """Awaitable, and no coroutine."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return self.value


class Dice(Random):
    """What is thrown at one place of one world."""

    def __init__(self, world: World, place: object) -> None:
        super().__init__(f"{world.seed} {place}")
        self.world = world


def value_of(type_: Any, random: Dice, schema: GraphQLSchema, *, item: bool = False) -> Any:
    """A value for this type, or what should not be one."""
    chance = random.random()
    if chance < 0.012:
        raise random.choice([ValueError("wrong"), GraphQLError("refused", extensions={"code": "NO"}), KeyError("k")])
    if chance < 0.02:
        return random.choice([TypeError("returned"), Undefined, Odd(), 5, "text", {}, [1]])
    if chance < 0.25 and not (item and chance < 0.2):
        return _late(lambda: value_of(type_, random, schema, item=item), random)
    return _value(type_, random, schema)


def _value(type_: Any, random: Dice, schema: GraphQLSchema) -> Any:
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
        if random.random() < 0.012:
            return None
    elif random.random() < 0.15:
        return None
    if isinstance(type_, GraphQLList):
        return _list(type_, random, schema)
    if is_leaf_type(type_):
        return leaf(type_.name, random)
    if is_abstract_type(type_):
        type_ = random.choice(schema.get_possible_types(type_))
        if random.random() < 0.03:
            type_ = schema.type_map["Stone"]
    return _object(type_, random)


def _list(type_: Any, random: Dice, schema: GraphQLSchema) -> Any:
    items = []
    for _ in range(random.randint(0, 4)):
        try:
            items.append(value_of(type_.of_type, random, schema, item=True))
        except Exception as error:
            items.append(error)
    form = random.random()
    if form < 0.7:
        return items
    if form < 0.8:
        return tuple(items)
    if form < 0.88:
        return _generated(items, random.random() < 0.2)
    if form < 0.96:
        return _streamed(items, random.random() < 0.2)
    return random.choice(["no list", {"no": "list"}, 3])


def _generated(items: list[Any], breaks: bool) -> Any:
    yield from items
    if breaks:
        raise RuntimeError("broke off")


async def _streamed(items: list[Any], breaks: bool) -> AsyncIterator[Any]:
    for item in items:
        await asyncio.sleep(0)
        yield item
    if breaks:
        raise RuntimeError("ran dry")


def leaf(name: str, random: Dice) -> Any:
    usual: dict[str, Callable[[], Any]] = {
        "Int": lambda: random.choice([1, -5, 2**31 - 1, 2**31, 3.0, "6", "six", True, 1.5]),
        "Float": lambda: random.choice([1.5, -0.0, 7, "2.5", float("nan"), float("inf"), True]),
        "String": lambda: random.choice(["a", "ü", "", 5, 1.5, True, Odd(), ["a"], b"raw"]),
        "Boolean": lambda: random.choice([True, False, 0, 1.0, "yes"]),
        "ID": lambda: random.choice(["a", 5, "", 1.5, True, Odd(), {}]),
        "Color": lambda: random.choice([*Tint, "r", "RED", 3, [], None]),
        "Day": lambda: random.choice([date(2026, 1, 31), date(1, 1, 1), "never", None, "later", "nothing"]),
    }
    if random.random() < 0.94:
        sound = {"Int": 4, "Float": 2.5, "String": "text", "Boolean": True, "ID": "7", "Color": Tint.BLUE}
        return sound.get(name, date(2026, 2, 1))
    return usual[name]()


def _object(type_: Any, random: Dice) -> Any:
    fields: dict[str, Any] = {"kind": type_.name}
    for name, field in type_.fields.items():
        inner = named(field.type)
        if is_leaf_type(inner) and field.resolve is None:
            fields[name] = _attribute(field.type, inner.name, random)
    if random.random() < 0.5:
        if type_.name == "Stone" or random.random() < 0.1:
            fields["__typename"] = type_.name
        return fields
    fields[f"_{SimpleNamespace.__name__}__typename"] = type_.name
    return SimpleNamespace(**fields)


def _attribute(type_: Any, name: str, random: Dice) -> Any:
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    value: Any = leaf(name, random)
    if isinstance(type_, GraphQLList):
        value = [leaf(name, random) for _ in range(random.randint(0, 3))]
    form = random.random()
    if form < 0.02:
        return None
    if form < 0.05:
        return lambda _info: value
    if form < 0.08:
        return lambda info: _kept(info.context, soon(value))
    if form < 0.1:
        return Slow(value)
    if form < 0.11:
        return _raising
    return value


def _raising(info: Any) -> Any:
    raise ArithmeticError(f"at {info.path.as_list()}")


async def soon(value: Any) -> Any:
    return value


def _late(value: Callable[[], Any], random: Dice) -> Awaitable[Any]:
    turns = random.randint(0, 3)

    async def wait() -> Any:
        for _ in range(turns):
            await asyncio.sleep(0)
        return value()

    if random.random() < 0.8:
        return _kept(random.world, wait())
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_result(5)
    return future


def _kept(world: World, coroutine: Coroutine[Any, Any, Any]) -> Awaitable[Any]:
    world.left.append(coroutine)
    return coroutine


def kind_of(value: Any) -> Any:
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)


def named(type_: Any) -> Any:
    while hasattr(type_, "of_type"):
        type_ = type_.of_type
    return type_
