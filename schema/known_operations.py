"""The short way for queries and mutations that came before: POST /graphql with JSON, straight to what is compiled.

Whatever is not plainly such a request, another method or media type, a stream, a text that nobody has sent before, bad
credentials, goes on to the endpoint, which has not missed a byte of it. What the endpoint would answer is what is
answered here. Once anything has been executed it is answered here, so that it is executed once.
"""

from collections.abc import Coroutine, Mapping
from functools import lru_cache
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.types import Scope

from resolvers.refusals import NotSignedInError
from schema.context import Context
from schema.credentials import NAMES
from schema.documents import Known
from schema.encoding import GRAPHQL_TYPE, JSON_TYPE, decode, encode, prefers_graphql_type, takes_json
from schema.endpoint import Authenticate, Open
from schema.errors import shown_and_counted
from schema.limits import MAX_COST, cost_errors, shown_cost, wants_cost
from schema.persisted import Persisted
from schema.schema import QuietSchema

PATH = "/graphql"
LINES = {
    newer: f"content-type: {GRAPHQL_TYPE if newer else JSON_TYPE}; charset=utf-8\r\nvary: Origin\r\n".encode()
    for newer in (False, True)
}
"""Of an answer's head; `vary` as CORS has it on every answer, and requests that name an origin are not answered here."""
CREDENTIALS = [(name.encode(), name) for name in NAMES]
ELSEWHERE = frozenset((b"origin", b"content-encoding", b"expect", b"transfer-encoding"))
"""Headers of requests that others look after."""
SCOPE: Scope = {"type": "http", "method": "POST"}
"""What contexts are told of ASGI's, of which there is none."""
TEXT_OR_NOTHING, OBJECT_OR_NOTHING = (str, type(None)), (dict, type(None))
MAX_SEEN = 100
"""Headers that were read already; most clients send the same."""


Question = tuple[str | None, Coroutine[Any, Any, tuple[int, bytes, bytes]]]
"""The operation's name, and what gives status, lines of the head and body."""


class KnownOperations:
    route = PATH
    """How requests answered here are counted."""

    def __init__(
        self, schema: QuietSchema, open_: Open, authenticate: Authenticate, persisted: Persisted, limit: int
    ) -> None:
        """`limit`: bytes of a request."""
        self._schema = schema
        self._open = open_
        self._authenticate = authenticate
        self._persisted = persisted
        self.limit = limit

    def takes(self, head: Mapping[bytes, bytes]) -> bool:
        """By its headers, each of which is there once."""
        return (
            ELSEWHERE.isdisjoint(head)
            and is_json(head.get(b"content-type", b""))
            and takes_plain_json(head.get(b"accept", b""))
        )

    def question(self, head: Mapping[bytes, bytes], body: bytes, request_id: str) -> Question | None:
        """None for what the endpoint has to answer."""
        try:
            given = decode(body)
        except orjson.JSONDecodeError:
            return None
        if type(given) is not dict:
            return None
        text, name, extensions = given.get("query"), given.get("operationName"), given.get("extensions")
        if type(text) is not str or type(name) not in TEXT_OR_NOTHING or not _are_plain(extensions):
            return None
        document = self._schema.documents.get(text)
        operation = document and document.known(self._schema._schema, name)
        variables = given.get("variables")
        if operation is None or type(variables) not in OBJECT_OR_NOTHING:
            return None
        if operation.asks_for_service and not self._schema.openness.service:
            return None
        try:
            caller = self._authenticate({name: head[key].decode("latin-1") for key, name in CREDENTIALS if key in head})
        except NotSignedInError:
            return None
        if not self._persisted.admits(text, caller):
            return None
        context = self._open(SCOPE, request_id)
        context.sign_in(caller)
        answer = self._answer(operation, variables or {}, context, head.get(b"accept", b""), extensions)
        return name, answer

    async def _answer(
        self,
        operation: Known,
        variables: dict[str, Any],
        context: Context,
        accept: bytes,
        extensions: dict[str, Any] | None,
    ) -> tuple[int, bytes, bytes]:
        """Status, lines of the head and body."""
        cost = operation.cost(variables)
        result: Any = (
            ExecutionResult(None, cost_errors(cost)) if cost > MAX_COST else operation.execute(variables, context)
        )
        if type(result) is not ExecutionResult:
            result = await result
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            self._add_errors(body, result.errors, context)
        if wants_cost(extensions):
            body["extensions"] = shown_cost(cost)
        newer = prefers_newer(accept)
        return 400 if newer and "data" not in body else 200, LINES[newer], encode(body)

    def _add_errors(self, body: dict[str, Any], errors: list[GraphQLError], context: Context) -> None:
        """As the endpoint has it: no `data` where nothing was executed."""
        shown = shown_and_counted(errors, context, suggestions=self._schema.openness.suggestions)
        if body["data"] is None and all(error.path is None for error in shown):
            body.clear()
        body["errors"] = [error.formatted for error in shown]


@lru_cache(MAX_SEEN)
def is_json(media: bytes) -> bool:
    return media.split(b";")[0].strip().lower() == JSON_TYPE.encode()


@lru_cache(MAX_SEEN)
def takes_plain_json(accept: bytes) -> bool:
    """And nothing that streams."""
    text = accept.decode("latin-1")
    return "event-stream" not in text and "multipart" not in text and takes_json(text)


@lru_cache(MAX_SEEN)
def prefers_newer(accept: bytes) -> bool:
    return prefers_graphql_type(accept.decode("latin-1"))


def _are_plain(extensions: Any) -> bool:
    return extensions is None or (type(extensions) is dict and "persistedQuery" not in extensions)
