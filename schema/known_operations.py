"""The short way for queries and mutations that came before: POST /graphql with JSON, straight to what is compiled.

Whatever is not plainly such a request, another method or media type, a stream, a text that nobody has sent before, bad
credentials, goes on to the endpoint, which has not missed a byte of it. What the endpoint would answer is what is
answered here. Once anything has been executed it is answered here, so that it is executed once.
"""

from functools import lru_cache
from typing import Any

import orjson
from graphql import ExecutionResult
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resolvers.refusals import NotSignedInError
from schema.context import Context
from schema.credentials import NAMES
from schema.documents import Document
from schema.encoding import GRAPHQL_TYPE, JSON_TYPE, decode, encode, prefers_graphql_type, takes_json
from schema.endpoint import Authenticate, Open
from schema.errors import shown_and_counted
from schema.limits import cost_errors, shown_cost, wants_cost
from schema.persisted import Persisted
from schema.schema import QuietSchema

PATH = "/graphql"
MEDIA_TYPES = {newer: f"{GRAPHQL_TYPE if newer else JSON_TYPE}; charset=utf-8".encode() for newer in (False, True)}
VARY = (b"vary", b"Origin")
"""As CORS has it on every answer; requests that name an origin are not answered here."""
CREDENTIALS = {name.encode(): name for name in NAMES}
ELSEWHERE = frozenset((b"origin", b"content-encoding", b"expect"))
"""Headers of requests that others look after."""
LOOKED_AT = ELSEWHERE | CREDENTIALS.keys() | {b"accept", b"content-type"}
MAX_SEEN = 100
"""Headers that were read already; most clients send the same."""


class KnownOperations:
    """In front of CORS and the router."""

    path = PATH
    """How requests answered here are counted."""

    def __init__(
        self,
        app: ASGIApp,
        schema: QuietSchema,
        open_: Open,
        authenticate: Authenticate,
        persisted: Persisted,
        limit: int,
    ) -> None:
        """`limit`: bytes of a request."""
        self.app = app
        self._schema = schema
        self._open = open_
        self._authenticate = authenticate
        self._persisted = persisted
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        if headers is None:
            await self.app(scope, receive, send)
            return
        first = await receive()
        asked = self._asked(first)
        body = None if asked is None else await self._answer(scope, headers, *asked)
        if body is None:
            await self.app(scope, _again(first, receive), send)
            return
        scope["route"] = self
        await _send(send, body, newer=prefers_newer(headers.get(b"accept", b"")))

    def _asked(self, message: Message) -> tuple[Document, dict[str, Any]] | None:
        """The document that is known, and the request it came in."""
        text = message.get("body", b"")
        if message["type"] != "http.request" or message.get("more_body") or len(text) > self._limit:
            return None
        try:
            given = decode(text)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(given, dict) or not _is_sound(given):
            return None
        if "persistedQuery" in (given.get("extensions") or ()):
            return None
        document = self._schema.documents.get(given["query"])
        return None if document is None or document.errors != () else (document, given)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], document: Document, given: dict[str, Any]
    ) -> dict[str, Any] | None:
        name, variables = given.get("operationName"), given.get("variables") or {}
        query = document.compiled(self._schema._schema, name)
        if query is None or (document.asks_for_service and not self._schema.openness.service):
            return None
        context = self._open(scope)
        shown = {CREDENTIALS[name]: value.decode("latin-1") for name, value in headers.items() if name in CREDENTIALS}
        try:
            caller = self._authenticate(shown)
        except NotSignedInError:
            return None
        if not self._persisted.admits(given["query"], caller):
            return None
        context.sign_in(caller)
        scope["state"]["operation"] = name
        cost = document.cost(self._schema._schema, name, variables)
        result: Any = ExecutionResult(None, errors) if (errors := cost_errors(cost)) else query(variables, context)
        if type(result) is not ExecutionResult:
            result = await result
        return self._body(result, context, cost if wants_cost(given.get("extensions")) else None)

    def _body(self, result: ExecutionResult, context: Context, cost: int | None) -> dict[str, Any]:
        """As the endpoint has it: no `data` where nothing was executed."""
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            errors = shown_and_counted(result.errors, context, suggestions=self._schema.openness.suggestions)
            if result.data is None and all(error.path is None for error in errors):
                body.clear()
            body["errors"] = [error.formatted for error in errors]
        if cost is not None:
            body["extensions"] = shown_cost(cost)
        return body


def _headers(scope: Scope) -> dict[bytes, bytes] | None:
    """Those that matter, of a request that may be answered here."""
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != PATH:
        return None
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in LOOKED_AT:
            if name in found or name in ELSEWHERE:
                return None
            found[name] = value
    plain = is_json(found.get(b"content-type", b"")) and takes_plain_json(found.get(b"accept", b""))
    return found if plain else None


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


def _is_sound(given: dict[str, Any]) -> bool:
    return (
        isinstance(given.get("query"), str)
        and isinstance(given.get("operationName"), str | None)
        and isinstance(given.get("variables"), dict | None)
        and isinstance(given.get("extensions"), dict | None)
    )


def _again(first: Message, receive: Receive) -> Receive:
    """What was received already, and then the rest."""
    kept: list[Message] = [first]

    async def receive_again() -> Message:
        return kept.pop() if kept else await receive()

    return receive_again


async def _send(send: Send, body: dict[str, Any], *, newer: bool) -> None:
    encoded = encode(body)
    headers = [(b"content-length", b"%d" % len(encoded)), (b"content-type", MEDIA_TYPES[newer]), VARY]
    status = 400 if newer and "data" not in body else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": encoded})
