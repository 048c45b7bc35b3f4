"""Interfaces and unions: how their values tell their type, rightly and wrongly."""

from typing import Any

import pytest
from graphql import build_schema

from tests.execution.compare import late, same

PETS = """
interface Pet { name: String }
type Dog implements Pet { name: String woofs: Boolean }
type Cat implements Pet { name: String meows: Boolean }
type Stone { name: String }
enum Colour { RED }
union Any_ = Dog | Cat
type Query { pet: Pet pets: [Pet!] any: Any_ anys: [Any_]! }
"""
PETS_QUERY = """{ pet { __typename ...N ... on Dog { woofs } } pets { name ... on Cat { meows } }
  any { __typename ... on Pet { name } } anys { ... on Dog { woofs } ... { __typename } } }
fragment N on Pet { name }"""
RESOLVERS: dict[str, Any] = {
    "by name": lambda value, _info, _type: value["kind"],
    "late": lambda value, _info, _type: late(value["kind"]),
    "missing": lambda _value, _info, _type: "Missing",
    "no object": lambda _value, _info, _type: "Colour",
    "not possible": lambda _value, _info, _type: "Stone",
    "none": lambda _value, _info, _type: None,
    "a type": lambda _value, info, _type: info.schema.type_map["Dog"],
    "raises": lambda _value, info, _type: late(ValueError("late")),
}


@pytest.mark.parametrize("how", RESOLVERS)
async def test_abstract_types_are_resolved(how: str) -> None:
    schema = build_schema(PETS)
    for name in ("Pet", "Any_"):
        schema.type_map[name].resolve_type = RESOLVERS[how]  # type: ignore[attr-defined]
    await same(schema, PETS_QUERY, root=_pets())


@pytest.mark.parametrize("dog_is_late", [True, False])
@pytest.mark.parametrize("verdict", ["right", "never", "raises"])
async def test_types_tell_what_is_theirs(*, dog_is_late: bool, verdict: str) -> None:
    schema = build_schema(PETS)

    def is_(kind: str) -> Any:
        def told(value: Any, _info: Any) -> Any:
            if verdict == "raises":
                raise ValueError(f"{kind}?")
            right = verdict == "right" and value["kind"] == kind
            return late(right) if dog_is_late and kind == "Dog" else right

        return told

    for kind in ("Dog", "Cat"):
        schema.type_map[kind].is_type_of = is_(kind)  # type: ignore[attr-defined]
    await same(schema, PETS_QUERY, root=_pets())


async def test_values_name_their_type() -> None:
    pets = {key: value for key, value in _pets().items() if key != "anys"}
    pets["anys"] = [{"__typename": "Cat", "meows": True}, {"name": "?"}, None]
    pets["pet"] = {"__typename": "Dog", "woofs": False}
    result = await same(build_schema(PETS), PETS_QUERY, root=pets)
    assert b'"woofs":false' in result["data"]


def _pets() -> dict[str, Any]:
    dog, cat = {"kind": "Dog", "name": "Odie", "woofs": True}, {"kind": "Cat", "name": "Garfield", "meows": False}
    return {"pet": dog, "pets": [cat, dog], "any": cat, "anys": [dog, None, cat]}
