"""Documents that were parsed and validated before: the same text is not looked at twice."""

from collections import OrderedDict
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError

MAX_DOCUMENTS = 1000
MAX_TEXT = 16 * 1024
"""Characters of a text that is kept; clients that are apps send the same short ones again and again."""


@dataclass(slots=True)
class Document:
    tree: DocumentNode
    errors: tuple[GraphQLError, ...] | None = None
    """Why it is refused; empty when it is valid, None before anybody has looked."""


class Documents:
    """The last used ones. Syntax errors are not kept."""

    def __init__(self, size: int = MAX_DOCUMENTS) -> None:
        self._size = size
        self._known: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document | None:
        document = self._known.get(text)
        if document is not None:
            self._known.move_to_end(text)
        return document

    def keep(self, text: str, document: Document) -> None:
        if len(text) > MAX_TEXT:
            return
        self._known[text] = document
        if len(self._known) > self._size:
            self._known.popitem(last=False)
