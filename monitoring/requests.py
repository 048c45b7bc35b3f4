"""Every request has an id, a line in the log and a place in the metrics."""

import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from itertools import count
from random import Random
from time import perf_counter
from typing import Any, Protocol

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitoring.metrics import Metrics
from monitoring.trace import NO_TRACE, TRACEPARENT, carry, trace_of

HEADER = b"x-request-id"
TRACE_HEADER = TRACEPARENT.encode()
MAX_OPERATION = 100
"""Characters of an operation's name that are logged."""

TEXT = b"content-type: text/plain; charset=utf-8\r\n"
Answer = tuple[int, bytes, bytes]
"""Status, lines of the head and body."""
Question = tuple[str | None, Coroutine[Any, Any, Answer]]
"""The name its operation was asked for by, and what answers it."""
Respond = Callable[[int, bytes, bytes], None]
"""Takes status, lines of the head and body."""

_GIVEN = re.compile(rb"[A-Za-z0-9._:-]{1,128}")

log = structlog.get_logger()


class RequestIds:
    """Each another one, in all processes: 64 random bits for this one, and a count."""

    def __init__(self, random: Random) -> None:
        self._process = f"{random.getrandbits(64):016x}"
        self._count = count(1)

    def __call__(self) -> str:
        return f"{self._process}-{next(self._count)}"


class Known(Protocol):
    """What knows requests."""

    route: str
    limit: int

    def takes(self, head: Mapping[bytes, bytes]) -> bool: ...

    def question(self, head: Mapping[bytes, bytes], body: bytes, request_id: str) -> Question | None: ...


class Requests:
    """Takes the id that a gateway sends with `X-Request-Id`, or makes one, and sends it back."""

    def __init__(self, app: ASGIApp, known: Known, metrics: Metrics, new_id: Callable[[], str]) -> None:
        """`known` answers what it knows, `app` all else."""
        self.app = app
        self._known = known
        self.metrics = metrics
        self.new_id = new_id
        self.path, self.limit = known.route.encode(), known.limit
        self._log = log.bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        given, is_traced = _told(scope["headers"])
        request_id = given or self.new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        carry(request_id, trace_of(Headers(scope=scope)) if is_traced else {})
        answer = _Answer(send, request_id)
        began = perf_counter()
        try:
            await self.app(scope, receive, answer.send)
        except Exception as error:
            if scope["type"] != "http" or (answer.begun and not answer.ended):
                raise
            log.exception("request failed", error=type(error).__name__)
            if not answer.begun:
                await went_wrong(Request(scope), error)(scope, receive, answer.send)
        finally:
            self._tell(scope, answer.status, perf_counter() - began)

    def takes(self, head: Mapping[bytes, bytes]) -> bool:
        return self._known.takes(head)

    def question(
        self, head: Mapping[bytes, bytes], body: bytes, respond: Respond
    ) -> Coroutine[Any, Any, None] | None:
        """What answers a request that is known, as one by ASGI: with its id, its line and its place in the metrics."""
        given = head.get(HEADER)
        request_id = given.decode() if given is not None and _GIVEN.fullmatch(given) else self.new_id()
        question = self._known.question(head, body, request_id)
        if question is None:
            return None
        trace = trace_of(Headers(raw=[*head.items()])) if TRACE_HEADER in head else NO_TRACE
        return self._answer(*question, request_id, trace, respond)

    async def _answer(
        self,
        operation: str | None,
        answer: Coroutine[Any, Any, Answer],
        request_id: str,
        trace: Mapping[str, str],
        respond: Respond,
    ) -> None:
        carry(request_id, trace)
        began = perf_counter()
        status, lines, body = 500, TEXT, b""
        try:
            status, lines, body = await answer
        except Exception as error:
            log.exception("request failed", error=type(error).__name__)
            body = _wrong(request_id).encode()
        finally:
            respond(status, b"%bx-request-id: %b\r\n" % (lines, request_id.encode()), body)
            self._told("POST", self._known.route, status, perf_counter() - began, operation)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope.get("method", "WEBSOCKET")
        route = getattr(scope.get("route"), "path", "unknown")
        self._told(method, route, status, seconds, scope["state"].get("operation"))

    def _told(self, method: str, route: str, status: int, seconds: float, operation: object) -> None:
        self.metrics.count_request(method, route, status, seconds)
        said = {"operation": str(operation)[:MAX_OPERATION]} if operation else {}
        self._log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), **said)


def went_wrong(request: Request, _error: Exception) -> Response:
    """What a client is told of an exception that nobody expected."""
    return PlainTextResponse(_wrong(request.state.request_id), 500)


def _wrong(request_id: str) -> str:
    return f"Something went wrong here; ask about request {request_id}"


class _Answer:
    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.begun = self.ended = False
        self.status = 500
        """Until the application says otherwise; 101 for a WebSocket that was taken."""

    def send(self, message: Message) -> Awaitable[None]:
        kind = message["type"]
        if kind == "http.response.body":
            self.ended = not message.get("more_body")
        elif kind in ("http.response.start", "websocket.accept", "websocket.http.response.start"):
            self.status = message.get("status", 101)
            message = {**message, "headers": [*message.get("headers", ()), (HEADER, self.request_id.encode())]}
            self.begun = True
        elif kind == "websocket.close" and self.status == 500:
            self.status = 403
        return self._send(message)


def _told(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str | None, bool]:
    """The id that was given, and whether anything is said of a trace."""
    given, is_traced = None, False
    for name, value in headers:
        if name == HEADER and given is None and _GIVEN.fullmatch(value):
            given = value.decode()
        elif name == TRACE_HEADER:
            is_traced = True
    return given, is_traced
