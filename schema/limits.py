"""How large an operation may be. Counted once through all fragments, so that no document takes long to refuse."""

from collections.abc import Iterator
from dataclasses import dataclass
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
)
from strawberry.extensions import SchemaExtension

from resolvers.caller import Caller
from schema.errors import limit_error

MAX_TOKENS = 4000
MAX_DEPTH = 16
"""Levels of selections; the introspection that GraphiQL sends has 15."""
MAX_ALIASES = 50
MAX_DIRECTIVES = 50
MAX_FIELDS = 1000
"""Fields once every fragment is spread."""
MAX_MUTATION_FIELDS = 1
"""Of one request: the second might be refused after the first was done."""


@dataclass(frozen=True, slots=True)
class Size:
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Size") -> "Size":
        return Size(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
        )


class Limits(SchemaExtension):
    """Before validation, which is the expensive part of a large document."""

    def on_operation(self) -> Iterator[None]:
        self.execution_context.parse_options["max_tokens"] = MAX_TOKENS
        yield

    def on_validate(self) -> Iterator[None]:
        document = self.execution_context.graphql_document
        assert document is not None
        error = refusal(document) or self._guarded(document)
        if error is not None:
            self.execution_context.pre_execution_errors = [error]
        yield

    def _guarded(self, document: DocumentNode) -> GraphQLError | None:  # noqa: ARG002 - ProductionLimits looks at it
        return None


class ProductionLimits(Limits):
    """The subgraph's SDL is for services alone."""

    def _guarded(self, document: DocumentNode) -> GraphQLError | None:
        caller: Caller = self.execution_context.context.caller
        if caller.is_service or "_service" not in _root_fields(document):
            return None
        return GraphQLError("_service is for services", extensions={"code": "FORBIDDEN"})


def refusal(document: DocumentNode) -> GraphQLError | None:
    """Why this document is too large, if it is."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    counted: dict[str, Size | None] = {}
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        size = _size(operation.selection_set, fragments, counted).beside(_directives(operation))
        found = {"levels": size.depth, "fields": size.fields, "aliases": size.aliases, "directives": size.directives}
        limits = {"levels": MAX_DEPTH, "fields": MAX_FIELDS, "aliases": MAX_ALIASES, "directives": MAX_DIRECTIVES}
        for name, limit in limits.items():
            if found[name] > limit:
                return limit_error(f"An operation has at most {limit} {name}")
        if operation.operation is OperationType.MUTATION and len(_fields(operation.selection_set, fragments)) > 1:
            return limit_error("A request has at most 1 mutation field")
    return None


def _size(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], counted: dict[str, Size | None]
) -> Size:
    size = Size()
    for node in selections.selections:
        own = _directives(node)
        if isinstance(node, FieldNode):
            inner = _size(node.selection_set, fragments, counted) if node.selection_set else Size()
            aliases = inner.aliases + bool(node.alias)
            own = own.beside(Size(inner.depth + 1, inner.fields + 1, aliases, inner.directives))
        elif isinstance(node, InlineFragmentNode):
            own = own.beside(_size(node.selection_set, fragments, counted))
        elif isinstance(node, FragmentSpreadNode):
            own = own.beside(_fragment_size(node.name.value, fragments, counted))
        size = size.beside(own)
    return size


def _fragment_size(name: str, fragments: dict[str, FragmentDefinitionNode], counted: dict[str, Size | None]) -> Size:
    """Each fragment once; one that spreads itself counts as nothing, and validation refuses it."""
    if name not in counted:
        counted[name] = None
        if name in fragments:
            counted[name] = _size(fragments[name].selection_set, fragments, counted)
    return counted[name] or Size()


def _directives(node: Any) -> Size:
    return Size(directives=len(node.directives or ()))


def _fields(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: frozenset[str] = frozenset()
) -> list[FieldNode]:
    """The fields of one level, those in fragments too."""
    found: list[FieldNode] = []
    for node in selections.selections:
        if isinstance(node, FieldNode):
            found.append(node)
        elif isinstance(node, InlineFragmentNode):
            found += _fields(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments and node.name.value not in seen:
            name = node.name.value
            found += _fields(fragments[name].selection_set, fragments, seen | {name})
    return found


def _root_fields(document: DocumentNode) -> set[str]:
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return {field.name.value for node in operations for field in _fields(node.selection_set, fragments)}
