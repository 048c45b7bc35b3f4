"""Documents that were parsed and validated before: no text is looked at twice, and its operations are compiled."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode

from execution import CompiledOperation, CompiledSubscription, Result, UnsupportedError
from execution.cost import Cost, cost_of

MAX_DOCUMENTS = 1000
MAX_TEXT = 16 * 1024
"""Characters of a text that is kept; clients that are apps send the same short ones again and again."""
MAX_TEXTS = 256 * 1024
"""Characters of all that are kept. What is made of one takes up to 400 bytes."""
CHARACTERS_OF_FIELD = 5
"""What is made of a field, wherever a fragment puts it, takes as much as of so many characters."""

Compiled = TypeVar("Compiled", bound=CompiledOperation)


@dataclass(slots=True)
class Document:
    tree: DocumentNode
    errors: tuple[GraphQLError, ...] | None = None
    """Why it is refused; empty when it is valid, None before anybody has looked."""
    asks_for_service: bool = False
    """For the subgraph's SDL."""
    fields: int = 0
    """Of all its operations together, fragments spread."""
    _costs: dict[str | None, Cost] = field(default_factory=dict)
    _prepared: "dict[str | None, Prepared | None]" = field(default_factory=dict)
    _subscriptions: dict[str | None, CompiledSubscription | None] = field(default_factory=dict)

    def names(self, operation: str | None) -> bool:
        """Whether a request may ask for it; without a name, for the only one there is."""
        operations = [node for node in self.tree.definitions if isinstance(node, OperationDefinitionNode)]
        named = [node.name and node.name.value for node in operations]
        return len(named) == 1 if operation is None else operation in named

    def cost(self, schema: GraphQLSchema, operation: str | None, variables: dict[str, Any]) -> int:
        """Of an operation of a valid document; nothing for one that is not there."""
        return self._cost(schema, operation).total(variables) if self.names(operation) else 0

    def _cost(self, schema: GraphQLSchema, operation: str | None) -> Cost:
        if operation not in self._costs:
            self._costs[operation] = cost_of(schema, self.tree, operation)
        return self._costs[operation]

    def prepared(self, schema: GraphQLSchema, operation: str | None) -> "Prepared | None":
        """None for what the endpoint has to look at, be it to refuse it."""
        known = self._prepared.get(operation)
        if known is not None or operation in self._prepared:
            return known
        if self.errors != () or not self.names(operation):
            return None
        compiled = _compile(CompiledOperation, schema, self.tree, operation)
        cost = self._cost(schema, operation)
        prepared = None
        if compiled is not None:
            prepared = Prepared(compiled.__call__, cost.fixed, cost.total, self.asks_for_service)
        self._prepared[operation] = prepared
        return prepared

    def subscription(self, schema: GraphQLSchema, operation: str | None) -> CompiledSubscription | None:
        """The same for a subscription."""
        if operation not in self._subscriptions:
            if not self.names(operation):
                return None
            self._subscriptions[operation] = _compile(CompiledSubscription, schema, self.tree, operation)
        return self._subscriptions[operation]


class Prepared(NamedTuple):
    """An operation of a valid document, with what has to be asked of it each time."""

    execute: Callable[[dict[str, Any], Any], Result]
    fixed_cost: int | None
    """Where it does not depend on variables."""
    cost: Callable[[dict[str, Any]], int]
    """Told them."""
    asks_for_service: bool


class Documents:
    """The last used ones. Syntax errors and what is too large are not kept."""

    def __init__(self, size: int = MAX_DOCUMENTS) -> None:
        self._size = size
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def get(self, text: str) -> Document | None:
        document = self._known.get(text)
        if document is not None:
            self._known.move_to_end(text)
        return document

    def keep(self, text: str, document: Document) -> None:
        length = _length(text, document)
        if length > MAX_TEXT:
            return
        if text not in self._known:
            self._characters += length
        self._known[text] = document
        while len(self._known) > self._size or self._characters > MAX_TEXTS:
            self._characters -= _length(*self._known.popitem(last=False))


def _length(text: str, document: Document) -> int:
    return max(len(text), CHARACTERS_OF_FIELD * document.fields)


def untie(tree: DocumentNode) -> None:
    """Its tokens know each other in both directions: what is forgotten would wait for the garbage collector."""
    token = tree.loc.start_token if tree.loc else None
    while token is not None:
        token.prev = None
        token = token.next


def without_frames(error: GraphQLError) -> GraphQLError:
    """The same: where it was raised holds what was looked at there, the error itself among it."""
    for one in (error, error.original_error):
        if one is not None:
            one.__traceback__ = one.__context__ = one.__cause__ = None
    return error


def _compile(
    make: Callable[[GraphQLSchema, DocumentNode, str | None], Compiled],
    schema: GraphQLSchema,
    tree: DocumentNode,
    operation: str | None,
) -> Compiled | None:
    try:
        return make(schema, tree, operation)
    except UnsupportedError:
        return None
