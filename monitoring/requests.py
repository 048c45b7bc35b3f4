"""Every request has an id, a line in the log and a place in the metrics."""

from collections.abc import Awaitable, Callable, Iterable
from time import perf_counter

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.database import AWAY, RETRY_SECONDS
from monitoring.metrics import Metrics
from monitoring.request_log import (
    REQUEST_ID_HEADER,
    TAKEN_OVER,
    TRACE_HEADER,
    told_of_request,
    went_wrong_text,
)
from monitoring.trace import NO_TRACE, carry, trace_of

CLIENT_LEFT = 499
"""As proxies write down a request whose client went before it was read: nobody is answered."""

log = structlog.get_logger()


class Requests:
    """Takes the id that a gateway sends with `X-Request-Id`, or makes one, and sends it back."""

    def __init__(self, app: ASGIApp, metrics: Metrics, new_id: Callable[[], str], *, straight: object) -> None:
        """`straight` answers what it knows without ASGI, to a server that asks it (`serving/straight.py`)."""
        self.app = app
        self.straight = straight
        self.metrics = metrics
        self.new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        given, is_traced = _given(scope["headers"])
        request_id = given or self.new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        carry(request_id, trace_of(Headers(scope=scope)) if is_traced else NO_TRACE)
        answer = _Answer(send, request_id)
        began = perf_counter()
        try:
            await self.app(scope, receive, answer.send)
        except Exception as error:
            if scope["type"] != "http" or (answer.begun and not answer.ended):
                raise
            if isinstance(error, ClientDisconnect):
                answer.status = CLIENT_LEFT
                return
            if isinstance(error, AWAY):
                log.error("request failed, the database is away", error=type(error).__name__)
            else:
                log.exception("request failed", error=type(error).__name__)
            if not answer.begun:
                await went_wrong(Request(scope), error)(scope, receive, answer.send)
        finally:
            self._tell(scope, answer.status, perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope.get("method", "WEBSOCKET")
        route = getattr(scope.get("route"), "path", "unknown")
        self.metrics.count_requests(method, route, status, seconds)
        log.info(**told_of_request(method, route, status, seconds, scope["state"].get("operation")))


def went_wrong(request: Request, error: Exception) -> Response:
    """What a client is told of an exception that nobody expected."""
    if isinstance(error, AWAY):
        again = {"retry-after": str(RETRY_SECONDS)}
        return PlainTextResponse("Not available at this moment; try again", 503, again)
    return PlainTextResponse(went_wrong_text(request.state.request_id), 500)


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
            message = {
                **message,
                "headers": [*message.get("headers", ()), (REQUEST_ID_HEADER, self.request_id.encode())],
            }
            self.begun = True
        elif kind == "websocket.close" and self.status == 500:
            self.status = 403
        return self._send(message)


def _given(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str | None, bool]:
    """The id that was given, and whether anything is said of a trace."""
    given, is_traced = None, False
    for name, value in headers:
        if name == REQUEST_ID_HEADER and given is None and TAKEN_OVER.fullmatch(value):
            given = value.decode()
        elif name == TRACE_HEADER:
            is_traced = True
    return given, is_traced
