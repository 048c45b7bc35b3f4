"""A request arrives in time and with a head that ends, or its connection is gone: uvicorn itself waits for ever."""

import asyncio
from contextvars import Context
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

ARRIVAL_SECONDS = 30.0
"""For a whole request, from the connection or from its first byte on."""
MAX_HEAD_BYTES = 64 * 1024
"""Of its first line and headers, but for what came together with its first byte."""
MAX_WAITING = 100
"""Requests that were sent while one is being answered."""
MAX_WAITING_BYTES = 64 * 1024
"""Of their bodies: more is read once the one before is answered."""

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
    _running: RequestResponseCycle | None = None
    """That the application began last."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """uvicorn tells the request that came last, which may be one that waits."""
        self._forget_timer()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._is_new = False
        super().data_received(data)
        if self._in_head and not self._is_new:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._drop("its head is too long")
        elif self.parser is not None and self._deadline is None and not self._is_answering():
            self._rest()  # a blank line between two requests, over which uvicorn forgets its own timer

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()
        if self.pipeline and self._waits_little():
            self.flow.resume_reading()  # uvicorn stops, and would not notice that the client has gone

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self.pipeline and not self._waits_little():
            self.flow.pause_reading()

    def on_message_complete(self) -> None:
        self._deadline = None
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is another protocol's, and neither a timer nor its own parser keeps this one."""
        if self._is_answering():
            self._drop("a handshake does not wait for other answers")
            return
        super().handle_websocket_upgrade()
        self._forget_timer()
        self.parser = None  # type: ignore[assignment]

    def shutdown(self) -> None:
        """A stream, which has no end of its own, is cut: its client comes back, and goes on after its cursor."""
        super().shutdown()
        running = self._running
        if running is None or running.response_complete:
            return
        if running.response_started and running.chunked_encoding:
            self.transport.close()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _waits_little(self) -> bool:
        return sum(len(cycle.body) for cycle, _ in self.pipeline) <= MAX_WAITING_BYTES

    def _expect(self) -> None:
        if len(self.pipeline) >= MAX_WAITING:
            self._drop("too many others wait before it")
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
        """In the context of nobody: what is said when it rings is of no request that was answered before."""
        self._timer = self.loop.call_later(min(seconds, self.timeout_keep_alive), self._ring, context=Context())

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
