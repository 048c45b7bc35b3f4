"""What an operation has to do: for each object type at each place, which fields in which order, and how they are read.

Fields are collected by graphql-core's own functions, once instead of in each run: that depends on nothing but types and
on the variables of `@skip` and `@include`, so that there is a plan for each combination of their values.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from graphql.type import GraphQLLeafType

from execution.completion import Abstract, Leaf, Object
from execution.errors import UnsupportedError
from execution.kind import At, Kind, NonNull
from execution.lists import ListOf
from execution.look_ahead import look_ahead
from execution.place import Place, Selection
from execution.reads import read_of
from execution.values import Variables, arguments_of

MAX_PLACES = 5000
"""Fields of a plan, those of each possible type of an interface or a union counted; more are not compiled."""
MAX_DEPTH = 60
"""Levels of objects; graphql-core's own limit, Python's stack, comes much later."""


@dataclass(slots=True, eq=False)
class Plan:
    selections: list[Selection]
    """The root is the first; every other comes after the one it belongs to."""


class Planner:
    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Variables,
        conditions: Mapping[str, bool],
        *,
        hide_suggestions: bool,
    ) -> None:
        """`conditions`: the values of the variables that `@skip` and `@include` name."""
        self._schema = schema
        self._operation = operation
        self._fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._variables = variables
        self._conditions = VariableValues({}, dict(conditions))
        self._hide_suggestions = hide_suggestions
        self._selections: list[Selection] = []
        self._leaves: dict[GraphQLLeafType, Leaf] = {}
        """One for all fields of a type."""
        self._names: set[str] = set()
        self._count = 0

    def plan(self) -> Plan:
        """Raises UnsupportedError."""
        root = self._schema.get_root_type(self._operation.operation)
        if root is None:
            raise UnsupportedError("no such root type")
        grouped = self._collected(root, None)
        if self._operation.operation is OperationType.MUTATION and len(grouped) > 1:
            raise UnsupportedError("mutations of several fields, one after another, are graphql-core's")
        self._select(Object(root), self._operation.operation.value, grouped, 1)
        look_ahead(self._selections)
        return Plan(self._selections)

    def _collected(self, type_: GraphQLObjectType, details: FieldDetailsList | None) -> GroupedFieldSet:
        common = (self._schema, self._fragments, self._conditions)
        try:
            if details is None:
                return collect_fields(*common, type_, self._operation, self._hide_suggestions).grouped_field_set
            return collect_subfields(*common, self._operation, type_, details, self._hide_suggestions).grouped_field_set
        except (GraphQLError, RecursionError) as error:
            raise UnsupportedError("fields that cannot be collected") from error

    def _select(self, object_: Object, name: str, grouped: GroupedFieldSet, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise UnsupportedError(f"more than {MAX_DEPTH} levels")
        selection = Selection(self._unique(name), object_.type, object_)
        self._selections.append(selection)
        for key, details in grouped.items():
            place = self._place(selection, key, details, depth)
            if place is not None:
                selection.places.append(place)

    def _place(self, selection: Selection, key: str, details: FieldDetailsList, depth: int) -> Place | None:
        self._count += 1
        if self._count > MAX_PLACES:
            raise UnsupportedError(f"more than {MAX_PLACES} fields")
        node = details[0].node
        name = node.name.value
        definition = self._schema.get_field(selection.type, name)
        if definition is None:
            return None
        return Place(
            number=self._count,
            key=key,
            definition=definition,
            at=At(selection.type, name, [detail.node for detail in details]),
            kind=self._kind(definition.type, f"{selection.name}_{key}", details, depth),
            read=None if definition.args else read_of(definition),
            arguments=arguments_of(definition, node, self._variables, hide_suggestions=self._hide_suggestions),
        )

    def _kind(self, type_: GraphQLOutputType, name: str, details: FieldDetailsList, depth: int) -> Kind:
        if is_non_null_type(type_):
            return NonNull(self._kind(type_.of_type, name, details, depth))
        if is_list_type(type_):
            return ListOf(self._kind(type_.of_type, name, details, depth))
        if is_leaf_type(type_):
            return self._leaves.setdefault(type_, Leaf(type_))
        if is_abstract_type(type_):
            possible = self._schema.get_possible_types(type_)
            objects = {one.name: self._object(one, f"{name}_as_{one.name}", details, depth) for one in possible}
            return Abstract(type_, objects)
        if is_object_type(type_):
            return self._object(type_, name, details, depth)
        raise UnsupportedError(f"type {type_}")

    def _object(self, type_: GraphQLObjectType, name: str, details: FieldDetailsList, depth: int) -> Object:
        object_ = Object(type_)
        self._select(object_, name, self._collected(type_, details), depth + 1)
        return object_

    def _unique(self, name: str) -> str:
        unique, number = name, 1
        while unique in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names.add(unique)
        return unique
