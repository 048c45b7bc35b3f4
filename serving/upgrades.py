"""A protocol that a client offers to change to is ignored, as RFC 9110 (7.8) allows, but for a WebSocket's handshake.

The parser stops at every offer, and would take the body that follows for another request. Java's HttpClient offers
HTTP/2 with each request that it makes without TLS.
"""

from collections import deque
from typing import Any

import httptools

from serving.same_head import SameHeadConnection

UPGRADE = b"upgrade"


class UpgradesIgnored(SameHeadConnection):
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.parser = _Parser(self)

    def on_headers_complete(self) -> None:
        if not self.is_offered_another():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self.is_offered_another():
            super().on_message_complete()

    def is_offered_another(self) -> bool:
        """By the request whose head has been read: then it is read once more, without the offer."""
        parser = self.parser
        return parser.should_upgrade() and parser.get_method() != b"CONNECT" and not self._should_upgrade()

    def head_without_offer(self) -> bytes:
        first = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        lines = [b"%b: %b\r\n" % header for header in self.headers if header[0] != UPGRADE]
        return b"".join([first, *lines, b"\r\n"])

    def _should_upgrade(self) -> bool:
        """What uvicorn asks, which would shake hands over a POST."""
        return self.parser.get_method() == b"GET" and super()._should_upgrade()


class _Parser(httptools.HttpRequestParser):
    """Reads until there is an offer; another one goes on then, for whom the connection is not over."""

    def __init__(self, connection: UpgradesIgnored) -> None:
        super().__init__(connection)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's is
        self._connection = connection

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # which is all that uvicorn gives
        connection, left = self._connection, deque([memoryview(data)])
        while left and not connection.transport.is_closing():
            piece = left.popleft()
            try:
                httptools.HttpRequestParser.feed_data(connection.parser, piece)
            except httptools.HttpParserUpgrade as stopped:
                if not connection.is_offered_another():
                    raise
                left.extendleft((piece[stopped.args[0] :], memoryview(connection.head_without_offer())))
                connection.parser = _Parser(connection)
