"""Literals and variables for made-up queries: such that fit their type, and values that sometimes do not."""

from collections.abc import Mapping
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    is_non_null_type,
    is_required_input_field,
)

Scalars = Mapping[str, Mapping[str, Any]]
"""Custom scalars, by name: literals, and what a variable has for each."""
_NATIVE: dict[str, list[str]] = {
    "Int": ["0", "1", "7", "-3"],
    "Float": ["1.5", "0", "-2e3"],
    "String": ['"a"', '""', '"ü\\n"'],
    "Boolean": ["true", "false"],
    "ID": ['"x"', "12", '"0b6f3c2e-0000-4000-8000-000000000001"'],
}
_VALUES: dict[str, tuple[Any, ...]] = {
    "Int": (0, 3, 2**31, "4", 1.0, True),
    "Float": (1.5, 2, "x", float("inf")),
    "String": ("a", "", 5, ["a"]),
    "Boolean": (True, False, 1),
    "ID": ("x", 12, "0b6f3c2e-0000-4000-8000-000000000001", 1.5),
}
WRONG = 0.04
"""How often a variable's value is not looked after."""


class Variables:
    def __init__(self, random: Random, scalars: Scalars) -> None:
        self.random = random
        self.scalars = scalars
        self._declared: list[tuple[str, str, GraphQLInputType, str | None]] = []

    def reference(self, type_: GraphQLInputType, argument: GraphQLArgument | None = None) -> str:
        """A variable that may stand where a value of this type is wanted."""
        name = f"v{len(self._declared) + 1}"
        has_default = argument is not None and argument.default_value is not Undefined
        declared: GraphQLInputType = type_
        if isinstance(type_, GraphQLNonNull):
            if has_default and self.random.random() < 0.5:
                declared = type_.of_type
        elif self.random.random() < 0.3:
            declared = GraphQLNonNull(type_)
        default = None
        if self.random.random() < 0.3:
            default = literal(declared, self.random, self.scalars, None)
        self._declared.append((name, str(declared), declared, default))
        return f"${name}"

    def condition(self) -> str:
        kind = self.random.random()
        if kind < 0.4:
            return self.random.choice(["true", "false"])
        name = f"b{self.random.randint(1, 3)}"
        if name not in [declared for declared, *_ in self._declared]:
            type_, default = ("Boolean!", None) if self.random.random() < 0.7 else ("Boolean", "true")
            declared: GraphQLInputType = GraphQLNonNull(GraphQLBoolean) if default is None else GraphQLBoolean
            self._declared.append((name, type_, declared, default))
        return f"${name}"

    def declarations(self) -> str:
        if not self._declared:
            return ""
        return "(" + ", ".join(f"${name}: {text}{f' = {d}' if d else ''}" for name, text, _, d in self._declared) + ")"

    def values(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, _, type_, default in self._declared:
            optional = default is not None or not is_non_null_type(type_)
            if self.random.random() < (0.3 if optional else WRONG / 2):
                continue
            values[name] = self._value(type_)
        return values

    def _value(self, type_: GraphQLInputType) -> Any:  # noqa: PLR0911
        random = self.random
        if random.random() < WRONG:
            return random.choice([None, "wrong", 2**40, {}, [None], {"a": 1}])
        if isinstance(type_, GraphQLNonNull):
            return self._value(type_.of_type)
        if random.random() < 0.1:
            return None
        if isinstance(type_, GraphQLList):
            return [self._value(type_.of_type) for _ in range(random.randint(0, 3))]
        if isinstance(type_, GraphQLEnumType):
            return random.choice(sorted(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return {
                name: self._value(field.type)
                for name, field in type_.fields.items()
                if is_required_input_field(field) or random.random() < 0.3
            }
        if type_.name in _VALUES:
            values = _VALUES[type_.name]
            return random.choice(values if random.random() < WRONG else values[:2])
        return random.choice(list(self.scalars[type_.name].values()))


def literal(type_: GraphQLInputType, random: Random, scalars: Scalars, variables: Variables | None) -> str:
    """With variables inside, where they may be."""
    if isinstance(type_, GraphQLNonNull):
        return _literal(type_.of_type, random, scalars, variables)
    if random.random() < 0.1:
        return "null"
    return _literal(type_, random, scalars, variables)


def _literal(type_: Any, random: Random, scalars: Scalars, variables: Variables | None) -> str:
    if isinstance(type_, GraphQLList):
        items = [_inner(type_.of_type, random, scalars, variables) for _ in range(random.randint(0, 3))]
        return "[" + ", ".join(items) + "]"
    if isinstance(type_, GraphQLInputObjectType):
        fields = [
            f"{name}: {_inner(field.type, random, scalars, variables)}"
            for name, field in type_.fields.items()
            if is_required_input_field(field) or random.random() < 0.3
        ]
        return "{" + ", ".join(fields) + "}"
    if isinstance(type_, GraphQLEnumType):
        names: list[str] = sorted(type_.values)
        return random.choice(names)
    texts: list[str] = _NATIVE.get(type_.name) or list(scalars[type_.name])
    return random.choice(texts)


def _inner(type_: GraphQLInputType, random: Random, scalars: Scalars, variables: Variables | None) -> str:
    if variables is not None and random.random() < 0.2:
        return variables.reference(type_)
    return literal(type_, random, scalars, variables)
