"""A schema of graphql-core's own, whose resolvers give anything: what is right, null, late, of a wrong type, an error.

What a field gives depends on the seed and on its path alone, so that two executors see the same.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import date
from enum import Enum
from random import Random
from types import SimpleNamespace
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
    build_schema,
    is_abstract_type,
    is_leaf_type,
)
from strawberry.dataloader import DataLoader

from tests.execution.compare import World

SDL = """
scalar Day
enum Color { RED GREEN BLUE }
interface Named { name: String! note: String friend: Named }
interface Aged implements Named { name: String! note: String friend: Named age: Int! }
type Cat implements Named & Aged {
  name: String! note: String friend: Named age: Int! weight: Float color: Color! day: Day flag: Boolean! id: ID!
  mother: Cat father: Cat! kittens(first: Int = 2, color: Color, colors: [Color!]): [Cat!]! rivals: [Named!] loaded: Cat
  toys: [[String!]]! days: [Day!] moods: [Color]
}
type Dog implements Named & Aged {
  name: String! note: String friend: Named age: Int! owner: Person! loaded: Dog! id: ID color: Color
  puppies: [Dog] trophies: [Thing!]!
}
type Person implements Named { name: String! note: String friend: Named pets: [Aged!] emails: [String!]! }
type Stone { weight: Float! size: Int }
union Thing = Cat | Dog | Stone
input Filter { color: Color = RED tags: [String!] deep: Filter day: Day first: Int! = 3 id: ID }
type Query {
  cat(id: ID!): Cat  dog(id: ID = "d", filter: Filter): Dog!  named: Named  aged: Aged!
  things(first: Int!, filter: Filter = {first: 4}): [Thing!]  persons: [Person!]!  matrix: [[Int!]!]  cube: [[[Color]]]
  echo(int: Int! = 3, float: Float, text: String = "t", id: ID, flag: Boolean, color: Color! = GREEN, day: Day,
       filter: Filter, filters: [Filter], many: [[Int]]): String
  stone: Stone!
}
"""
DAYS = {'"2026-01-31"': "2026-01-31", '"2024-02-29"': "2024-02-29"}


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


def make_schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    day = schema.type_map["Day"]
    assert isinstance(day, GraphQLScalarType)
    day.coerce_output_value = _write_day
    day.coerce_input_value = date.fromisoformat
    color = schema.type_map["Color"]
    assert isinstance(color, GraphQLEnumType)
    for tint in Tint:
        color.values[tint.name].value = tint
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                if type_.name == "Query" or not is_leaf_type(_named(field.type)) or name in ("toys", "emails"):
                    field.resolve = loaded if name == "loaded" else anything
    schema.type_map["Cat"].is_type_of = lambda value, _info: _kind(value) == "Cat"  # type: ignore[attr-defined]
    schema.type_map["Dog"].is_type_of = _is_dog  # type: ignore[attr-defined]
    schema.type_map["Named"].resolve_type = _name_of  # type: ignore[attr-defined]
    schema.type_map["Aged"].resolve_type = _late_name_of  # type: ignore[attr-defined]
    return schema


class Dice(Random):
    """What is thrown at one place of one world."""

    def __init__(self, world: World, place: object) -> None:
        super().__init__(f"{world.seed} {place}")
        self.world = world


def anything(source: Any, info: Any, **arguments: Any) -> Any:
    path = info.path.as_list()
    info.context.log.append(("called", path, repr(sorted(arguments.items())), _kind(source)))
    random = Dice(info.context, path)
    return value_of(info.return_type, random, info.schema)


async def loaded(source: Any, info: Any) -> Any:
    random = Random(f"{info.context.seed} {info.path.as_list()}")
    loader = info.context.loaders.get("cat") or info.context.loaders.setdefault("cat", _loader(info.context))
    found = await loader.load(random.randint(1, 12))
    if found == 7:
        raise LookupError("no seven")
    return value_of(info.return_type, Dice(info.context, found), info.schema)


def _loader(world: World) -> DataLoader[int, int]:
    async def load(keys: list[int]) -> list[int]:
        world.log.append(("batch", list(keys)))
        await asyncio.sleep(0)
        return keys

    return DataLoader(load_fn=load, cache=False)


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
        named = _named(field.type)
        if is_leaf_type(named) and field.resolve is None:
            fields[name] = _attribute(field.type, named.name, random)
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
        return lambda info: _kept(info.context, _soon(value))
    if form < 0.1:
        return Slow(value)
    if form < 0.11:
        return _raising
    return value


def _raising(info: Any) -> Any:
    raise ArithmeticError(f"at {info.path.as_list()}")


async def _soon(value: Any) -> Any:
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


def _write_day(value: Any) -> Any:
    if value == "later":
        return _soon("late day")
    if value == "nothing":
        return Undefined
    return value.isoformat()


def _kind(value: Any) -> Any:
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)


async def _is_dog(value: Any, _info: Any) -> bool:
    await asyncio.sleep(0)
    return bool(_kind(value) == "Dog")


def _name_of(value: Any, _info: Any, _type: Any) -> Any:
    kind = _kind(value)
    return {"Stone": "Missing", None: 5}.get(kind, kind)


async def _late_name_of(value: Any, _info: Any, _type: Any) -> Any:
    kind = _kind(value)
    return "Color" if kind == "Stone" else kind


def _named(type_: Any) -> Any:
    while hasattr(type_, "of_type"):
        type_ = type_.of_type
    return type_
