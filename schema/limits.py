"""How large an operation may be. Counted once through all fragments, so that no document takes long to refuse."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    validate,
)
from strawberry.extensions import SchemaExtension

from resolvers.caller import Caller
from schema.documents import Document, Documents, untie, without_frames
from schema.errors import limit_error
from schema.selections import fields_of, most_repeated

MAX_TOKENS = 4000
MAX_DEPTH = 16
"""Levels of selections; the introspection that GraphiQL sends has 15."""
MAX_ALIASES = 50
MAX_DIRECTIVES = 50
MAX_FIELDS = 1000
"""Fields once every fragment is spread."""
MAX_REPEATS = 20
"""Of one response name in one place: validation compares each of them with each other."""
MAX_NESTING = 60
"""Selections within selections, those of fragments too: what walks an operation has to come back from it."""
MAX_MUTATION_FIELDS = 1
"""Of one request: the second might be refused after the first was done."""
MAX_COST = 30_000
"""Fields, each as often as the pages that it stands in are long."""
MAX_ERRORS = 20
"""Validation stops at so many."""


@dataclass(frozen=True, slots=True)
class Size:
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    nesting: int = 0

    def beside(self, other: "Size") -> "Size":
        return Size(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            max(self.nesting, other.nesting),
        )


_NOTHING = Size()


class _SpreadsItselfError(Exception):
    """Its name is the fragment's."""


class Checks(SchemaExtension):
    """Parses within bounds, refuses what is too large before validation looks at it, and does both once a text."""

    def __init__(self, documents: Documents, *, open_service: bool) -> None:
        """`open_service`: whether everybody may read the subgraph's SDL."""
        self._documents = documents
        self._open_service = open_service
        self._document: Document | None = None
        self._cost: int | None = None

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        context.parse_options["max_tokens"] = MAX_TOKENS
        self._document = self._documents.get(context.query or "")
        if self._document is not None:
            context.graphql_document = self._document.tree
        yield
        if self._document is None and context.graphql_document is not None:
            untie(context.graphql_document)

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        assert context.graphql_document is not None
        document = self._document or Document(context.graphql_document)
        if document.errors is None:
            too_large = refusal(document.tree)
            document.errors = self._errors(document.tree) if too_large is None else (too_large,)
            document.asks_for_service = not document.errors and "_service" in _root_fields(document.tree)
            if too_large is None:
                document.fields = _fields(document.tree)
                self._documents.keep(context.query or "", document)
        errors = [*document.errors, *self._forbidden(document), *self._ambiguous(document)]
        context.pre_execution_errors = errors or self._too_dear(document)
        yield

    def get_results(self) -> dict[str, Any]:
        asked = wants_cost(self.execution_context.operation_extensions)
        return {} if self._cost is None or not asked else shown_cost(self._cost)

    def _too_dear(self, document: Document) -> list[GraphQLError]:
        context = self.execution_context
        schema, name = context.schema._schema, context.operation_name
        self._cost = document.cost(schema, name, context.variables or {})
        return cost_errors(self._cost)

    def _errors(self, tree: DocumentNode) -> tuple[GraphQLError, ...]:
        schema = self.execution_context.schema._schema
        errors = validate(schema, tree, self.execution_context.validation_rules, max_errors=MAX_ERRORS)
        return tuple(map(without_frames, errors))

    def _forbidden(self, document: Document) -> list[GraphQLError]:
        if self._open_service or not document.asks_for_service:
            return []
        caller: Caller = self.execution_context.context.caller
        if caller.is_service:
            return []
        return [GraphQLError("_service is for services", extensions={"code": "FORBIDDEN"})]

    def _ambiguous(self, document: Document) -> list[GraphQLError]:
        """Strawberry would take the first operation; by the specification one of several has to be named."""
        name = self.execution_context._provided_operation_name
        if name is not None or document.names(None):
            return []
        return [GraphQLError("Name one of the operations with `operationName`")]


def cost_errors(cost: int) -> list[GraphQLError]:
    return [limit_error(f"An operation costs at most {MAX_COST}; this one costs {cost}")] if cost > MAX_COST else []


def wants_cost(extensions: dict[str, Any] | None) -> bool:
    """A request asks for it with `"extensions": {"cost": true}`."""
    return extensions is not None and extensions.get("cost") is True


def shown_cost(cost: int) -> dict[str, Any]:
    return {"cost": {"operation": cost, "limit": MAX_COST}}


def refusal(document: DocumentNode) -> GraphQLError | None:
    """Why this document is too large, if it is."""
    try:
        return _refusal(document)
    except _SpreadsItselfError as error:
        return GraphQLError(f'Cannot spread fragment "{error}" within itself.')
    except RecursionError:
        return limit_error(f"An operation has at most {MAX_NESTING} nested selections")


def _refusal(document: DocumentNode) -> GraphQLError | None:
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    counted: dict[str, Size | None] = {}
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            continue
        size = _size(definition.selection_set, fragments, counted).beside(_directives(definition))
        limits = {
            "levels": (size.depth, MAX_DEPTH),
            "fields": (size.fields, MAX_FIELDS),
            "aliases": (size.aliases, MAX_ALIASES),
            "directives": (size.directives, MAX_DIRECTIVES),
            "nested selections": (size.nesting, MAX_NESTING),
        }
        for name, (found, limit) in limits.items():
            if found > limit:
                return limit_error(f"An operation has at most {limit} {name}")
        if most_repeated([definition.selection_set], fragments) > MAX_REPEATS:
            return limit_error(f"An operation selects one field at most {MAX_REPEATS} times in one place")
        if isinstance(definition, OperationDefinitionNode) and definition.operation is OperationType.MUTATION:
            fields = len(fields_of(definition.selection_set, fragments))
            if fields > MAX_MUTATION_FIELDS:
                return limit_error(f"A request has at most {MAX_MUTATION_FIELDS} mutation field")
    return None


def _fields(document: DocumentNode) -> int:
    """Of all operations together, fragments spread."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    counted: dict[str, Size | None] = {}
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return sum(_size(operation.selection_set, fragments, counted).fields for operation in operations)


def _size(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], counted: dict[str, Size | None]
) -> Size:
    size = Size()
    for node in selections.selections:
        own = _directives(node)
        if isinstance(node, FieldNode):
            inner = _size(node.selection_set, fragments, counted) if node.selection_set else Size()
            aliases = inner.aliases + bool(node.alias)
            own = own.beside(Size(inner.depth + 1, inner.fields + 1, aliases, inner.directives, inner.nesting))
        elif isinstance(node, InlineFragmentNode):
            own = own.beside(_size(node.selection_set, fragments, counted))
        elif isinstance(node, FragmentSpreadNode):
            own = own.beside(_fragment_size(node.name.value, fragments, counted))
        size = size.beside(own)
    return replace(size, nesting=size.nesting + 1)


def _fragment_size(name: str, fragments: dict[str, FragmentDefinitionNode], counted: dict[str, Size | None]) -> Size:
    """Each fragment once. Raises _SpreadsItselfError: what has no end cannot be walked."""
    if counted.get(name, _NOTHING) is None and name in fragments:
        raise _SpreadsItselfError(name)
    if name not in counted:
        counted[name] = None
        if name in fragments:
            counted[name] = _size(fragments[name].selection_set, fragments, counted)
    return counted[name] or Size()


def _directives(node: Any) -> Size:
    return Size(directives=len(node.directives or ()))


def _root_fields(document: DocumentNode) -> set[str]:
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return {field.name.value for node in operations for field in fields_of(node.selection_set, fragments)}
