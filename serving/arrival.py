"""A request arrives in time and with a head that ends, or its connection is gone: uvicorn itself waits for ever."""

import asyncio
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ARRIVAL_SECONDS = 30.0
"""For a whole request, from the connection or from its first byte on."""
MAX_HEAD_BYTES = 64 * 1024
"""Of its first line and headers, but for what came together with its first byte."""
MAX_WAITING = 100
"""Requests that were sent while one is being answered."""

log = structlog.get_logger()


class Arrival(HttpToolsProtocol):
    """One connection. Once it is a WebSocket, that has limits of its own."""

    seconds = ARRIVAL_SECONDS
    _deadline: float | None = None
    _resting = False
    """Between two requests; then the deadline ends the connection without a word."""
    _timer: asyncio.TimerHandle | None = None
    """One for many requests: it looks at the deadline that there is when it rings, no later than any may end."""
    _in_head = True
    _is_new = True
    """The request that is expected, or has begun with what has just come."""
    _head_bytes = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._is_new = False
        super().data_received(data)
        if self._in_head and not self._is_new:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._drop("its head is too long")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect()
        self._bound_waiting()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._deadline = None
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is another protocol's, and neither a timer nor its own parser keeps this one."""
        super().handle_websocket_upgrade()
        self._forget_timer()
        self.parser = None  # type: ignore[assignment]

    def shutdown(self) -> None:
        """A stream, which has no end of its own, is cut: its client comes back, and goes on after its cursor."""
        super().shutdown()
        if self._is_streaming():
            self.transport.close()

    def _is_streaming(self) -> bool:
        under_way = self.cycle
        return under_way is not None and under_way.response_started and bool(under_way.chunked_encoding)

    def _bound_waiting(self) -> None:
        """Nothing more is read until those that wait are answered, and nobody would notice that the client has gone."""
        if self.pipeline and (len(self.pipeline) >= MAX_WAITING or self._is_streaming()):
            self._drop("too many others wait before it")

    def _expect(self) -> None:
        self._in_head, self._is_new, self._head_bytes, self._resting = True, True, 0, False
        self._deadline = self.loop.time() + self.seconds
        if self._timer is None:
            self._ring_in(self.seconds)

    def _rest(self) -> None:
        """The next request has as long to begin as uvicorn keeps connections, without a timer for each."""
        self._resting = True
        self._deadline = self.loop.time() + self.timeout_keep_alive
        if self._timer is None:
            self._ring_in(self.timeout_keep_alive)

    def _ring_in(self, seconds: float) -> None:
        self._timer = self.loop.call_later(min(seconds, self.timeout_keep_alive), self._ring)

    def _forget_timer(self) -> None:
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        left = self._deadline - self.loop.time()
        if left > 0:
            self._ring_in(left)
        elif self._resting:
            self.transport.close()
        else:
            self._drop("it did not arrive in time")

    def _drop(self, because: str) -> None:
        if not self.transport.is_closing():
            log.warning("dropped a request", because=because)
            self.transport.abort()
