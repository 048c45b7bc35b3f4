"""What is at the server's end of a connection, put together of what each file here looks after."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from serving.inbox import Inbox
from serving.same_head import SameHeadConnection
from serving.slow_clients import ReadInTime


class HttpConnection(ReadInTime, SameHeadConnection):
    """Of requests that arrive in time, and answers that are read in time."""


class WebSocketConnection(ReadInTime, WebSocketsSansIOProtocol):
    """Thousands of them stand idle: none keeps what only its handshake needed."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.queue = Inbox()  # type: ignore[assignment]

    def start_keepalive(self) -> None:
        """Called once the handshake is done."""
        super().start_keepalive()
        self.request.headers.clear()  # websockets' parser holds the request too
        del self.request, self.response
