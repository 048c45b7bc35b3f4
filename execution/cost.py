"""What an operation may cost at most: its fields, each as often as the pages it stands in are long.

Known when the document is: a sum of products, of counts and of those variables that say how long a page is. Fields that
`@skip` or `@include` may leave out count, and so do those of every possible type.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.language import InlineFragmentNode, VariableNode

PAGE_ARGUMENTS = ("first", "last", "limit")
"""Their number is how many of what is below a field there may be."""
KEY_ARGUMENTS = ("ids", "representations")
"""So is the length of these lists."""
LIST_LENGTH = 10
"""Taken for a list of objects that nothing says the length of."""
MAX_DIGITS = 18
"""Read of a literal: any longer one is too long, and Python refuses to read thousands."""


@dataclass(frozen=True, slots=True)
class Length:
    """Of a page, as a variable gives it."""

    variable: str
    otherwise: int
    """When it was not sent."""

    def value(self, variables: Mapping[str, Any]) -> int:
        given = variables.get(self.variable)
        if isinstance(given, list):
            return len(given)
        return max(int(given), 0) if isinstance(given, int | float) and isfinite(given) else self.otherwise


Terms = Counter[tuple[Length, ...]]
"""How many fields, for each product of lengths."""


@dataclass(frozen=True, slots=True)
class Cost:
    terms: Mapping[tuple[Length, ...], int]

    @property
    def fixed(self) -> int | None:
        """Where no variable says how long a page is."""
        return None if any(self.terms) else self.terms.get((), 0)

    def total(self, variables: Mapping[str, Any]) -> int:
        """`variables` are those that were sent; they need not be coerced yet."""
        total = 0
        for lengths, fields in self.terms.items():
            for length in lengths:
                fields *= length.value(variables)  # noqa: PLW2901
            total += fields
        return total


def cost_of(schema: GraphQLSchema, document: DocumentNode, operation_name: str | None = None) -> Cost:
    """Of a valid document, of a size that is bounded already: every spread of a fragment is walked."""
    nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = [node for node in nodes if operation_name is None or (node.name and node.name.value == operation_name)]
    if len(named) != 1:
        return Cost({})
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    root = schema.get_root_type(named[0].operation)
    if root is None:
        return Cost({})
    return Cost(_Walk(schema, fragments, named[0]).selections(named[0].selection_set, root, paged=False))


class _Walk:
    def __init__(
        self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], operation: OperationDefinitionNode
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._defaults = {
            node.variable.name.value: _written(node.default_value) for node in operation.variable_definitions or ()
        }

    def selections(self, node: SelectionSetNode, type_: GraphQLNamedType, *, paged: bool) -> Terms:
        """`paged`: the field above has said how long the lists here are."""
        terms: Terms = Counter()
        for field, parent in self._fields(node, type_):
            terms.update(self._field(field, parent, paged=paged))
        return terms

    def _fields(self, node: SelectionSetNode, type_: GraphQLNamedType) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                yield selection, type_
                continue
            if isinstance(selection, FragmentSpreadNode):
                fragment = self._fragments[selection.name.value]
            else:
                assert isinstance(selection, InlineFragmentNode)
                fragment = selection  # type: ignore[assignment]
            on = fragment.type_condition
            inner = self._schema.type_map[on.name.value] if on else type_
            yield from self._fields(fragment.selection_set, inner)

    def _field(self, node: FieldNode, parent: Any, *, paged: bool) -> Terms:
        name = node.name.value
        terms: Terms = Counter({(): 1})
        definition = self._schema.get_field(parent, name) if is_composite_type(parent) else None
        if definition is None or node.selection_set is None:
            return terms
        length = self._length(definition, node)
        is_list = _is_list_of_objects(definition)
        introspects = name.startswith("__") or _within(parent)
        pages = introspects or (length is not None and not is_list)
        inner = self.selections(node.selection_set, get_named_type(definition.type), paged=pages)
        if length is None and is_list and not paged and not introspects:
            length = LIST_LENGTH
        terms.update(inner if length is None else _times(inner, length))
        return terms

    def _length(self, definition: GraphQLField, node: FieldNode) -> int | Length | None:
        """How many of what is below, if an argument says so."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for name in (*PAGE_ARGUMENTS, *KEY_ARGUMENTS):
            argument = definition.args.get(name)
            if argument is None:
                continue
            value = given.get(name)
            default = _default(argument)
            if isinstance(value, VariableNode):
                known = (self._defaults.get(value.name.value), default, LIST_LENGTH)
                return Length(value.name.value, next(length for length in known if length is not None))
            length = _written(value)
            if length is not None or default is not None:
                return length if length is not None else default
        return None


def _written(value: ValueNode | None) -> int | None:
    """The length that a literal gives."""
    if isinstance(value, IntValueNode):
        return max(int(value.value[:MAX_DIGITS]), 0)
    return len(value.values) if isinstance(value, ListValueNode) else None


def _default(argument: GraphQLArgument) -> int | None:
    if argument.default is not None and argument.default.literal is not None:
        return _written(argument.default.literal)
    value = argument.default_value if argument.default is None else argument.default.value
    return value if isinstance(value, int) else None


def _times(terms: Terms, length: int | Length) -> Terms:
    if isinstance(length, int):
        return Counter({lengths: fields * length for lengths, fields in terms.items()})
    return Counter({(*lengths, length): fields for lengths, fields in terms.items()})


def _is_list_of_objects(definition: GraphQLField) -> bool:
    type_ = definition.type.of_type if is_non_null_type(definition.type) else definition.type
    return is_list_type(type_) and not is_leaf_type(get_named_type(type_))


def _within(type_: GraphQLNamedType) -> bool:
    """Of the schema itself, whose lists are as long as the schema makes them."""
    return type_.name.startswith("__")
