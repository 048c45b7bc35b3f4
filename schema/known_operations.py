"""The short way for queries and mutations that came before: POST /graphql with JSON, straight to what is compiled.

Whatever is not plainly such a request, another method or media type, a stream, a text that nobody has sent before, bad
credentials, goes on to the endpoint, which has not missed a byte of it. What the endpoint would answer is what is
answered here. Once anything has been executed it is answered here, so that it is executed once.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from resolvers.caller import Caller
from resolvers.refusals import NotSignedInError
from schema.asked import Asked
from schema.credentials import NAMES
from schema.documents import Prepared
from schema.encoding import decode, is_json, prefers_graphql_type, prefers_json
from schema.endpoint import Authenticate, Open
from schema.persisted import Persisted
from schema.schema import QuietSchema
from schema.sockets import PATH

CREDENTIALS = [(name.encode(), name) for name in NAMES]
SCOPE: Any = MappingProxyType({"type": "http", "method": "POST"})
"""What a context asks of ASGI's: that of all who are answered here, and nobody's to write in."""
ELSEWHERE = frozenset((b"origin", b"content-encoding", b"expect", b"transfer-encoding"))
"""Headers of requests that others look after."""
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

    def takes(self, head: Mapping[bytes, bytes]) -> Caller | None:
        """Who asks for what may be known, by headers each of which is there once. Who is refused is so at once."""
        is_plain = (
            ELSEWHERE.isdisjoint(head)
            and says_json(head.get(b"content-type", b""))
            and wants_json(head.get(b"accept", b""))
        )
        if not is_plain:
            return None
        try:
            return self._authenticate({name: head[key].decode("latin-1") for key, name in CREDENTIALS if key in head})
        except NotSignedInError:
            return None

    def asked(self, caller: Caller, head: Mapping[bytes, bytes], body: bytes, request_id: str) -> Asked | None:
        """None for what the endpoint has to answer."""
        given = _request(body)
        prepared = None if given is None else self._prepared(given)
        if given is None or prepared is None:
            return None
        if not self._persisted.admits(given["query"], caller):
            return None
        context = self._open(SCOPE, request_id)
        context.sign_in(caller)
        newer = prefers_newer(head.get(b"accept", b""))
        return Asked(prepared, given, context, newer=newer, suggestions=self._schema.openness.suggestions)

    def _prepared(self, given: dict[str, Any]) -> Prepared | None:
        """Where everybody may ask for it."""
        document = self._schema.documents.get(given["query"])
        if document is None:
            return None
        prepared = document.prepared(self._schema._schema, given.get("operationName"))
        if prepared is None or (prepared.asks_for_service and not self._schema.openness.service):
            return None
        return prepared


@lru_cache(MAX_SEEN)
def says_json(content_type: bytes) -> bool:
    return is_json(content_type.decode("latin-1"))


@lru_cache(MAX_SEEN)
def wants_json(accept: bytes) -> bool:
    return prefers_json(accept.decode("latin-1"))


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
