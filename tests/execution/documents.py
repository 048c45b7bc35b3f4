"""Queries made up from a schema, valid ones, with all that a query may have. The same `Random` gives the same query.

hypothesis-graphql makes no variables, directives or named fragments, which is where executors differ.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
    parse,
    validate,
)

from tests.execution.literals import Scalars, Variables, literal

MAX_DEPTH = 3
ATTEMPTS = 50
ALIKE = 0.1
"""How many of the queries are one field under several aliases."""


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    document: DocumentNode
    variables: Callable[[], dict[str, Any]]
    """Others with each call; mostly values that fit."""


def query(schema: GraphQLSchema, random: Random, scalars: Scalars, mutations: float = 0) -> Query:
    """`scalars`: the custom ones that arguments have; `mutations`: how often it is a mutation of one field."""
    for _ in range(ATTEMPTS):
        writer = _Writer(schema, random, Variables(random, scalars))
        text = writer.operation(mutations)
        document = parse(text)
        if not validate(schema, document):
            return Query(text, document, writer.variables.values)
    raise AssertionError("no valid query came up")


@dataclass
class _Writer:
    schema: GraphQLSchema
    random: Random
    variables: Variables
    fragments: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """Of each fragment, the type it is on."""
    keys: int = 0

    def operation(self, mutations: float) -> str:
        mutation = self.schema.mutation_type
        mutates = mutation is not None and self.chance(mutations)
        body = self.one_field(mutation) if mutation is not None and mutates else self.root()
        declared = self.variables.declarations()
        fragments = "\n".join(self.fragments.values())
        return f"{'mutation' if mutates else 'query'} Q{declared} {body}\n{fragments}"

    def root(self) -> str:
        assert self.schema.query_type is not None
        alike = self.chance(ALIKE)
        return self.aliases(self.schema.query_type) if alike else self.selections(self.schema.query_type, 0)

    def aliases(self, type_: GraphQLObjectType) -> str:
        """One field under several aliases that select the same."""
        objects = {name: one for name, one in type_.fields.items() if is_object_type(get_named_type(one.type))}
        name = self.random.choice(sorted(objects))
        body = self.selections(get_named_type(objects[name].type), 1)
        count = self.random.randint(2, 4)
        return f"{{ {' '.join(f'{self.alias()}{name}{self.arguments(objects[name])} {body}' for _ in range(count))} }}"

    def one_field(self, mutation: GraphQLObjectType) -> str:
        name = self.random.choice(sorted(mutation.fields))
        return f"{{ {self.field(name, mutation.fields[name], 0)} }}"

    def selections(self, type_: Any, depth: int) -> str:
        parts = [self.selection(type_, depth) for _ in range(self.random.randint(1, 4))]
        parts = [part for part in parts if part]
        if parts and self.chance(0.15):
            parts.append(self.random.choice(parts))
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def selection(self, type_: GraphQLCompositeType, depth: int) -> str:
        if self.chance(0.2) and depth < MAX_DEPTH:
            return self.fragment(type_, depth)
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) or self.chance(0.08):
            return f"{self.alias()}__typename{self.directives()}" if self.chance(0.5) else "__typename"
        name = self.random.choice(sorted(type_.fields))
        return self.field(name, type_.fields[name], depth)

    def field(self, name: str, definition: GraphQLField, depth: int) -> str:
        inner = get_named_type(definition.type)
        if not is_leaf_type(inner) and depth >= MAX_DEPTH:
            return ""
        arguments = self.arguments(definition)
        alias = self.alias() if arguments or self.chance(0.25) else ""
        body = "" if is_leaf_type(inner) else " " + self.selections(inner, depth + 1)
        return f"{alias}{name}{arguments}{self.directives()}{body}"

    def arguments(self, definition: GraphQLField) -> str:
        given = []
        for name, argument in definition.args.items():
            if not is_required_argument(argument) and self.chance(0.4):
                continue
            if self.chance(0.35):
                given.append(f"{name}: {self.variables.reference(argument.type, argument)}")
            else:
                given.append(f"{name}: {literal(argument.type, self.random, self.variables.scalars, self.variables)}")
        return f"({', '.join(given)})" if given else ""

    def fragment(self, type_: GraphQLCompositeType, depth: int) -> str:
        on = self.condition(type_)
        if self.chance(0.5):
            condition = "" if on is type_ and self.chance(0.5) else f" on {on.name}"
            return f"...{condition}{self.directives()} {self.selections(on, depth + 1)}"
        known = [name for name, of in self.types.items() if of == on.name]
        if known and self.chance(0.4):
            return f"...{self.random.choice(known)}{self.directives()}"
        name = f"F{len(self.fragments) + 1}"
        self.fragments[name] = ""
        self.fragments[name] = f"fragment {name} on {on.name} {self.selections(on, depth + 1)}"
        self.types[name] = on.name
        return f"...{name}{self.directives()}"

    def condition(self, type_: GraphQLCompositeType) -> GraphQLCompositeType:
        around = [one for one in self.schema.type_map.values() if is_abstract_type(one)]
        if is_object_type(type_):
            return self.random.choice([type_, *[one for one in around if self.schema.is_sub_type(one, type_)]])
        possible = list(self.schema.get_possible_types(type_))  # type: ignore[arg-type]
        return self.random.choice([type_, *possible])

    def directives(self) -> str:
        found = ""
        for name in ("skip", "include"):
            if self.chance(0.07):
                found += f" @{name}(if: {self.variables.condition()})"
        return found

    def alias(self) -> str:
        self.keys += 1
        return f"k{self.keys}: "

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability
