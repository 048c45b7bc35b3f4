"""An operation that is compiled, and run as graphql-core would run it."""

from collections.abc import Awaitable, Mapping, Sequence
from types import CoroutineType
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    assert_valid_schema,
    execute,
)
from graphql.execution.values import VariableValues
from graphql.language import VariableNode, Visitor, visit

from execution.errors import UnsupportedError
from execution.kind import Execute
from execution.plan import Planner
from execution.run import Run
from execution.source import Source
from execution.values import Variables
from execution.waiting import Waiting, ended

MAX_VARIANTS = 16
"""Combinations of what `@skip` and `@include` say that are compiled; graphql-core executes further ones."""

Result = ExecutionResult | Awaitable[ExecutionResult]


class CompiledOperation:
    """What a validated document's query, or mutation of one field, has become. Calls may run at the same time."""

    operation_types: tuple[OperationType, ...] = (OperationType.QUERY, OperationType.MUTATION)

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation_name: str | None = None,
        *,
        hide_suggestions: bool = False,
    ) -> None:
        """Raises UnsupportedError, and from then on never: what a run cannot do compiled goes to graphql-core whole."""
        self._schema = schema
        self._document = document
        self._operation_name = operation_name
        self._hide_suggestions = hide_suggestions
        assert_valid_schema(schema)
        self._operation = _operation_of(document, operation_name, self.operation_types)
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._variables = Variables(schema, self._operation, hide_suggestions=hide_suggestions)
        self._conditions = _conditions_of(document)
        self._variants: dict[tuple[Any, ...], Execute | None] = {}
        self._only = None if self._conditions else self._compile({})

    def __call__(self, variables: Mapping[str, Any] | None = None, context: Any = None, root: Any = None) -> Result:
        """Data and errors, or an awaitable of them, as `graphql.execute` gives them; it may be Waiting."""
        values = self._variables.coerce(variables or {})
        if isinstance(values, list):
            return ExecutionResult(None, values)
        execute_root = self._only or self._variant_of(values.coerced)
        if execute_root is None:
            return self._by_graphql_core(variables, context, root)
        run = self._run(values, context, root)
        try:
            data = execute_root(root, None, run)
        except GraphQLError as error:
            run.add(error, None)
            data = None
        if type(data) is Waiting:
            return data
        if type(data) is CoroutineType:
            return ended(data, run)
        return run.result(data)

    def source(self, conditions: Mapping[str, bool] | None = None) -> str:
        """The Python it is compiled to. `conditions` are the variables of `@skip` and `@include`; unnamed, true."""
        given = {name: (conditions or {}).get(name, True) for name in self._conditions}
        return self._source(given).text

    def _variant_of(self, variables: Mapping[str, Any]) -> Execute | None:
        key = tuple([variables.get(name) for name in self._conditions])
        if key not in self._variants:
            if len(self._variants) >= MAX_VARIANTS or not all(type(value) is bool for value in key):
                return None
            self._variants[key] = self._compile(dict(zip(self._conditions, key, strict=True)))
        return self._variants[key]

    def _compile(self, conditions: dict[str, Any]) -> Execute | None:
        try:
            source = self._source(conditions)
        except UnsupportedError:
            if not self._conditions:
                raise
            return None
        return source.load()

    def _source(self, conditions: Mapping[str, bool]) -> Source:
        planner = Planner(
            self._schema,
            self._operation,
            self._fragments,
            self._variables,
            conditions,
            hide_suggestions=self._hide_suggestions,
        )
        return Source(planner.plan())

    def _run(self, values: VariableValues, context: Any, root: Any) -> Run:
        return Run(
            self._schema,
            self._fragments,
            self._operation,
            values,
            context,
            root,
            hide_suggestions=self._hide_suggestions,
        )

    def _by_graphql_core(self, variables: Mapping[str, Any] | None, context: Any, root: Any) -> Result:
        return execute(
            self._schema,
            self._document,
            root,
            context,
            None if variables is None else dict(variables),
            self._operation_name,
            hide_suggestions=self._hide_suggestions,
        )


def _operation_of(document: DocumentNode, name: str | None, types: Sequence[OperationType]) -> OperationDefinitionNode:
    found = [
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode) and (name is None or (node.name and node.name.value == name))
    ]
    if len(found) != 1:
        raise UnsupportedError("no operation, or more than one, of that name")
    if found[0].operation not in types:
        raise UnsupportedError(f"a {found[0].operation.value} is not compiled as a {types[0].value}")
    if found[0].directives:
        raise UnsupportedError("directives on the operation")
    return found[0]


class _Directives(Visitor):
    """Looks for what decides which fields there are."""

    def __init__(self) -> None:
        super().__init__()
        self.conditions: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in ("defer", "stream"):
            raise UnsupportedError(f"@{node.name.value}")
        if node.name.value in ("skip", "include"):
            values = [argument.value for argument in node.arguments or ()]
            self.conditions.update(value.name.value for value in values if isinstance(value, VariableNode))

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        if node.variable_definitions:
            raise UnsupportedError("variables of fragments")

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        if node.arguments:
            raise UnsupportedError("arguments of fragments")


def _conditions_of(document: DocumentNode) -> list[str]:
    directives = _Directives()
    visit(document, directives)
    return sorted(directives.conditions)
