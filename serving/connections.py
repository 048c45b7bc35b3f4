"""What is at the server's end of a connection, put together of what each file here looks after."""

from typing import Any

import structlog
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from serving.inbox import Inbox
from serving.slow_clients import ReadInTime
from serving.upgrades import UpgradesIgnored

MAX_FRAMES = 1000
"""Of one message: `ws_max_size` counts what is in them, and there may be nothing."""
NO_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

log = structlog.get_logger()


class HttpConnection(ReadInTime, UpgradesIgnored):
    """Of requests that arrive in time, and answers that are read in time."""


class WebSocketConnection(ReadInTime, WebSocketsSansIOProtocol):
    """Thousands of them stand idle: none keeps what only its handshake needed."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.queue = Inbox()  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """A whole head comes at once, and first. uvicorn would leave one that is no handshake without an answer."""
        super().data_received(data)
        if not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()) or NO_HANDSHAKE)
            self.transport.close()

    def handle_ping(self) -> None:
        """uvicorn would keep a pong for each, however long its client does not read."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Any) -> None:
        if len(self.frames) < MAX_FRAMES:
            super().handle_cont(event)
        elif not self.transport.is_closing():
            log.warning("dropped a client whose message has too many frames")
            self.transport.abort()

    def start_keepalive(self) -> None:
        """Called once the handshake is done."""
        super().start_keepalive()
        self.request.headers.clear()  # websockets' parser holds the request too
        del self.request, self.response
