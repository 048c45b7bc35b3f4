"""Variables and arguments: looked at when an operation is compiled, so that little is left to do when it runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    FieldNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    get_named_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    coerce_argument,
    get_variable_values,
)
from graphql.language import ArgumentNode, VariableNode, Visitor, visit

from execution.errors import UnsupportedError

MAX_COERCION_ERRORS = 50
"""As many as graphql-core reports unless told otherwise."""
NO_VALUES = VariableValues({}, {})
_PLAIN: dict[Any, type] = {GraphQLString: str, GraphQLID: str, GraphQLInt: int, GraphQLBoolean: bool}
"""Scalars whose values of this very type stay as they are, integers within bounds."""


@dataclass(slots=True, eq=False)
class Variable:
    signature: GraphQLVariableSignature
    non_null: bool
    plain: type | None
    """Values of this very type need no coercion."""
    default: Any
    """What stands for a value that was not sent; Undefined where there is none, or none that is the same each time."""
    has_default: bool

    @property
    def always_there(self) -> bool:
        return self.non_null or self.has_default

    def fits(self, value: Any) -> bool:
        """Whether it was sent and stays as it is."""
        if value is None:
            return not self.non_null
        if type(value) is not self.plain:
            return False
        return type(value) is not int or GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT


class Sources(Mapping[str, VariableValueSource]):
    """Where each value came from, for the few who ask."""

    __slots__ = ("_given", "_known")

    def __init__(self, known: Mapping[str, Variable], given: Mapping[str, Any]) -> None:
        self._known = known
        self._given = given

    def __getitem__(self, name: str) -> VariableValueSource:
        return VariableValueSource(self._known[name].signature, self._given.get(name, Undefined))

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class Variables:
    """Those of an operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode, *, hide_suggestions: bool) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        self._hide_suggestions = hide_suggestions
        self.known: dict[str, Variable] = {}
        for node in self._nodes:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError):
                raise UnsupportedError(signature.message)
            self.known[signature.name] = self._variable(signature)

    def coerce(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """Exactly what graphql-core makes of them, the simple ones on a shorter way."""
        coerced: dict[str, Any] = {}
        for name, variable in self.known.items():
            value = given.get(name, Undefined)
            if type(value) is variable.plain is str or variable.fits(value):
                coerced[name] = value
            elif value is not Undefined:
                return self._coerce_all(given)
            elif variable.has_default and variable.default is not Undefined:
                coerced[name] = variable.default
            elif variable.has_default or variable.non_null:
                return self._coerce_all(given)
        return tuple.__new__(VariableValues, (Sources(self.known, given), coerced))

    def _coerce_all(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        return get_variable_values(
            self._schema,
            self._nodes,
            dict(given),
            max_errors=MAX_COERCION_ERRORS,
            hide_suggestions=self._hide_suggestions,
        )

    def _variable(self, signature: GraphQLVariableSignature) -> Variable:
        non_null = is_non_null_type(signature.type)
        inner = signature.type.of_type if is_non_null_type(signature.type) else signature.type
        default: Any = Undefined
        if signature.default is not None and stays_same(signature.type):
            node = next(node for node in self._nodes if node.variable.name.value == signature.name)
            values = get_variable_values(self._schema, [node], {})
            if not isinstance(values, list):
                default = values.coerced.get(signature.name, Undefined)
        return Variable(signature, non_null, _PLAIN.get(inner), default, signature.default is not None)


def stays_same(type_: GraphQLInputType) -> bool:
    """Whether a literal of this type gives the same value each time, which nobody can change."""
    inner = type_.of_type if is_non_null_type(type_) else type_
    named = get_named_type(type_)
    return not is_list_type(inner) and (is_specified_scalar_type(named) or is_enum_type(named))


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


@dataclass(frozen=True, slots=True)
class FromVariable:
    variable: str
    always_there: bool
    """Otherwise the argument is left out when the variable was not sent."""


Given = Constant | FromVariable
"""How an argument gets its value."""


def arguments_of(
    definition: GraphQLField, node: FieldNode, variables: Variables, *, hide_suggestions: bool
) -> dict[str, Given] | None:
    """By the name the resolver takes it under. None: they have to be coerced in each run, by graphql-core."""
    if not definition.args:
        return {}
    nodes = {argument.name.value: argument for argument in node.arguments or ()}
    found: dict[str, Given] = {}
    for name, argument in definition.args.items():
        out_name = argument.out_name or name
        given = nodes.get(name)
        if given is not None and isinstance(given.value, VariableNode):
            from_variable = _from_variable(argument, given.value.name.value, variables)
            if from_variable is None:
                return None
            found[out_name] = from_variable
            continue
        constant = _constant(definition, node, name, given, hide_suggestions=hide_suggestions)
        if constant is None:
            return None
        if constant.value is not Undefined:
            found[out_name] = constant
    return found


def _from_variable(argument: GraphQLArgument, name: str, variables: Variables) -> FromVariable | None:
    variable = variables.known.get(name)
    if variable is None or (is_non_null_type(argument.type) and not variable.non_null):
        return None
    if variable.always_there:
        return FromVariable(name, always_there=True)
    if argument.default is None and argument.default_value is Undefined:
        return FromVariable(name, always_there=False)
    return None


def _constant(
    definition: GraphQLField, node: FieldNode, name: str, given: ArgumentNode | None, *, hide_suggestions: bool
) -> Constant | None:
    """Constant(Undefined): the argument is left out."""
    argument = definition.args[name]
    if given is None and argument.default is None and argument.default_value is Undefined:
        return None if is_non_null_type(argument.type) else Constant(Undefined)
    if not stays_same(argument.type) or (given is not None and _has_variable(given)):
        return None
    coerced: dict[str, Any] = {}
    try:
        coerce_argument(coerced, node, name, argument, given, NO_VALUES, None, hide_suggestions)
    except GraphQLError:
        return None
    return Constant(next(iter(coerced.values()), Undefined))


class _Variables(Visitor):
    found = False

    def enter_variable(self, *_: Any) -> None:
        self.found = True


def _has_variable(node: ArgumentNode) -> bool:
    visitor = _Variables()
    visit(node, visitor)
    return visitor.found
