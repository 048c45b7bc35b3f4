"""A schema of graphql-core's own, whose resolvers give anything: what is right, null, late, of a wrong type, an error.

What a field gives depends on the seed and on its path alone, so that two executors see the same.
"""

import asyncio
from datetime import date
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
    build_schema,
    is_leaf_type,
)
from strawberry.dataloader import DataLoader

from tests.execution.chaos import Dice, Tint, kind_of, named, soon, value_of
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
type Mutation {
  adopt(filter: Filter!, name: String = "x"): Cat  release(id: ID!): Thing  rename(color: Color): Named!  count: Int!
}
"""
DAYS = {'"2026-01-31"': "2026-01-31", '"2024-02-29"': "2024-02-29"}


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
                if (
                    type_.name in ("Query", "Mutation")
                    or not is_leaf_type(named(field.type))
                    or name in ("toys", "emails")
                ):
                    field.resolve = loaded if name == "loaded" else anything
    schema.type_map["Cat"].is_type_of = lambda value, _info: kind_of(value) == "Cat"  # type: ignore[attr-defined]
    schema.type_map["Dog"].is_type_of = _is_dog  # type: ignore[attr-defined]
    schema.type_map["Named"].resolve_type = _name_of  # type: ignore[attr-defined]
    schema.type_map["Aged"].resolve_type = _late_name_of  # type: ignore[attr-defined]
    return schema


def anything(source: Any, info: Any, **arguments: Any) -> Any:
    path = info.path.as_list()
    info.context.log.append(("called", path, repr(sorted(arguments.items())), kind_of(source)))
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


def _write_day(value: Any) -> Any:
    if value == "later":
        return soon("late day")
    if value == "nothing":
        return Undefined
    return value.isoformat()


async def _is_dog(value: Any, _info: Any) -> bool:
    await asyncio.sleep(0)
    return bool(kind_of(value) == "Dog")


def _name_of(value: Any, _info: Any, _type: Any) -> Any:
    kind = kind_of(value)
    return {"Stone": "Missing", None: 5}.get(kind, kind)


async def _late_name_of(value: Any, _info: Any, _type: Any) -> Any:
    kind = kind_of(value)
    return "Color" if kind == "Stone" else kind
