"""The short way for queries and mutations that came before: POST /graphql with JSON, straight to what is compiled.

Whatever is not plainly such a request, another method or media type, a stream, a text that nobody has sent before, bad
credentials, goes on to the endpoint, which has not missed a byte of it. What the endpoint would answer is what is
answered here. Once anything has been executed it is answered here, so that it is executed once.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from functools import lru_cache
from typing import Any, Protocol

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.types import Scope

from execution import Waiting
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
"""Of an answer's head; `vary` is there as CORS has it, and requests that name an origin are not answered here."""
CREDENTIALS = [(name.encode(), name) for name in NAMES]
ELSEWHERE = frozenset((b"origin", b"content-encoding", b"expect", b"transfer-encoding"))
"""Headers of requests that others look after."""
SCOPE: Scope = {"type": "http", "method": "POST"}
"""What contexts are told of ASGI's, of which there is none."""
TEXT_OR_NOTHING, OBJECT_OR_NOTHING = (str, type(None)), (dict, type(None))
MAX_SEEN = 100
"""Headers that were read already; most clients send the same."""


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

    def question(self, head: Mapping[bytes, bytes], body: bytes, request_id: str) -> "Asked | None":
        """None for what the endpoint has to answer."""
        given = _request(body)
        document = None if given is None else self._schema.documents.get(given["query"])
        if given is None or document is None:
            return None
        known = document.known(self._schema._schema, given.get("operationName"))
        if known is None or (known.asks_for_service and not self._schema.openness.service):
            return None
        try:
            caller = self._authenticate({name: head[key].decode("latin-1") for key, name in CREDENTIALS if key in head})
        except NotSignedInError:
            return None
        if not self._persisted.admits(given["query"], caller):
            return None
        context = self._open(SCOPE, request_id)
        context.sign_in(caller)
        newer = prefers_newer(head.get(b"accept", b""))
        return Asked(known, given, context, newer=newer, suggestions=self._schema.openness.suggestions)


class Ending(Protocol):
    """How a request ends: done or failed, one of the two and once."""

    def done(self, status: int, lines: bytes, body: bytes) -> None:
        """`lines` are of the head."""

    def failed(self, error: Exception) -> None: ...

    def is_done_by(self, task: asyncio.Task[None]) -> None:
        """Who is going to end it, where it takes a task."""


class Asked:
    """A known operation, asked for once."""

    __slots__ = ("_context", "_cost", "_ending", "_given", "_known", "_newer", "_suggestions", "operation")

    def __init__(
        self, known: Known, given: dict[str, Any], context: Context, *, newer: bool, suggestions: bool
    ) -> None:
        self._known = known
        self._given = given
        self._context = context
        self._newer = newer
        self._suggestions = suggestions
        self.operation: str | None = given.get("operationName")
        """The name it was asked for by."""

    def begin(self, ending: Ending) -> None:
        """It ends now or later. What is raised here is for the caller to end it with."""
        self._ending = ending
        variables = self._given.get("variables") or {}
        fixed = self._known.fixed_cost
        self._cost = self._known.cost(variables) if fixed is None else fixed
        if self._cost > MAX_COST:
            self._go_on(ExecutionResult(None, cost_errors(self._cost)))
            return
        result = self._known.execute(variables, self._context)
        if type(result) is Waiting:
            result.then(self._go_on)
        else:
            self._go_on(result)

    def _go_on(self, result: ExecutionResult | Awaitable[ExecutionResult]) -> None:
        if isinstance(result, ExecutionResult):
            self._end(result)
        else:
            self._ending.is_done_by(asyncio.create_task(self._later(result)))

    async def _later(self, result: Awaitable[ExecutionResult]) -> None:
        try:
            found = await result
        except Exception as error:
            self._ending.failed(error)
        except BaseException:
            self._ending.failed(ConnectionError("shutting down"))
            raise
        else:
            self._end(found)

    def _end(self, result: ExecutionResult) -> None:
        try:
            answer = self._answer(result)
        except Exception as error:
            self._ending.failed(error)
        else:
            self._ending.done(*answer)

    def _answer(self, result: ExecutionResult) -> tuple[int, bytes, bytes]:
        """Status, lines of the head and body."""
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            self._add_errors(body, result.errors)
        if wants_cost(self._given.get("extensions")):
            body["extensions"] = shown_cost(self._cost)
        newer = self._newer
        return 400 if newer and "data" not in body else 200, LINES[newer], encode(body)

    def _add_errors(self, body: dict[str, Any], errors: list[GraphQLError]) -> None:
        """As the endpoint has it: no `data` where nothing was executed."""
        shown = shown_and_counted(errors, self._context, suggestions=self._suggestions)
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


def _request(body: bytes) -> dict[str, Any] | None:
    """A request that is sound, with the text of its operation; None for another one."""
    try:
        given = decode(body)
    except orjson.JSONDecodeError:
        return None
    if type(given) is not dict or type(given.get("query")) is not str:
        return None
    extensions = given.get("extensions")
    is_sound = (
        type(given.get("operationName")) in TEXT_OR_NOTHING
        and type(given.get("variables")) in OBJECT_OR_NOTHING
        and (extensions is None or (type(extensions) is dict and "persistedQuery" not in extensions))
    )
    return given if is_sound else None
