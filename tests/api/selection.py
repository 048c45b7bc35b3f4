"""Operations that ask for everything there is under one root field, and what an answer says of each field."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_object_type,
)

KNOWN = ("Payment", "WebhookDelivery")
"""Types that queries walk through, and of which mutations are asked for the id alone."""
LETTERS = {"UNAUTHENTICATED": "U", "FORBIDDEN": "F", "NOT_FOUND": "N", "BAD_USER_INPUT": "B", "INTERNAL": "!"}
FEW = "(first: 3)"
"""Of each page, so that an operation with everything in it stays within what one may cost."""
SEEN, NULL, UNREACHED = "+", "0", "."
RANK = SEEN + "!BUFN" + NULL + UNREACHED
"""What is written of a field that was met several times: the first of these."""


def operation(schema: GraphQLSchema, root: str, **arguments: Any) -> str:
    """`root` is like `Query.payment`; the arguments are its variables."""
    type_name, field_name = root.split(".")
    root_type = schema.type_map[type_name]
    assert isinstance(root_type, GraphQLObjectType)
    field = root_type.fields[field_name]
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in arguments)
    few = ["first: 3"] if "first" in field.args else []
    passed = ", ".join([*few, *(f"{name}: ${name}" for name in arguments)])
    inner = get_named_type(field.type)
    known = KNOWN if type_name == "Mutation" else ()
    below = selection(schema, inner, known if is_object_type(inner) else (*known, "|"))
    heads = (f"({declared})" if declared else "", f"({passed})" if passed else "")
    return f"{type_name.lower()} {heads[0]} {{ {field_name}{heads[1]} {below} }}"


def selection(schema: GraphQLSchema, type_: GraphQLNamedType, path: tuple[str, ...]) -> str:
    """Every field of this type and of those under it; a type that is met again for its id alone."""
    if not is_composite_type(type_):
        return ""
    if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
        members = (f"... on {member.name} {_fields(schema, member, path)}" for member in _members(schema, type_))
        return f"{{ __typename {' '.join(members)} }}"
    assert isinstance(type_, GraphQLObjectType)
    if type_.name in path:
        return "{ __typename id }" if "id" in type_.fields else "{ __typename }"
    return _fields(schema, type_, path)


def _fields(schema: GraphQLSchema, type_: GraphQLObjectType, path: tuple[str, ...]) -> str:
    asked = ["__typename"]
    for name, field in type_.fields.items():
        # Members of one union may have a field of the same name and another type, so that each has its own.
        alias = f"{type_.name}__{name}: " if path[-1:] == ("|",) else ""
        inner = get_named_type(field.type)
        below = (*path, type_.name, *("|" if not is_object_type(inner) else ""))
        page = FEW if "first" in field.args else ""
        asked.append(f"{alias}{name}{page} {selection(schema, inner, below)}")
    return f"{{ {' '.join(asked)} }}"


def _members(schema: GraphQLSchema, type_: GraphQLUnionType | GraphQLInterfaceType) -> list[GraphQLObjectType]:
    return sorted(schema.get_possible_types(type_), key=lambda member: member.name)


def outcomes(schema: GraphQLSchema, root: str, answer: dict[str, Any]) -> dict[str, str]:
    """`Type.field` → one letter, for every field that the answer speaks of."""
    type_name, field_name = root.split(".")
    met: dict[str, str] = {}
    value = (answer.get("data") or {}).get(field_name)
    errors = [(_names(error.get("path") or [field_name]), error) for error in answer.get("errors", ())]
    for coordinate, letter in _spoken(type_name, field_name, value):
        met[coordinate] = _better(met.get(coordinate), letter)
    for path, error in errors:
        coordinate = _coordinate(schema, type_name, path)
        met[coordinate] = _better(met.get(coordinate), LETTERS[error["extensions"]["code"]])
    return met


def _spoken(type_name: str, key: str, value: Any) -> Iterator[tuple[str, str]]:
    field = key.rpartition("__")[2]
    if field != "typename":
        yield f"{type_name}.{field}", NULL if value is None or value == [] else SEEN
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and "__typename" in item:
            for inner_key, inner in item.items():
                yield from _spoken(item["__typename"], inner_key, inner)


def _names(path: list[str | int]) -> list[str]:
    return [step for step in path if isinstance(step, str)]


def _coordinate(schema: GraphQLSchema, type_name: str, path: list[str]) -> str:
    """Of the last step of the path of an error."""
    for key in path:
        owner, _, name = key.rpartition("__")
        holder = schema.type_map[owner or type_name]
        assert isinstance(holder, GraphQLObjectType)
        coordinate, type_name = f"{holder.name}.{name}", get_named_type(holder.fields[name].type).name
    return coordinate


def _better(known: str | None, letter: str) -> str:
    return letter if known is None else min(known, letter, key=RANK.index)
