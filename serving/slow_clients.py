"""A client that stops reading is dropped, not buffered for."""

import asyncio
from typing import Any

import structlog

SEND_SECONDS = 20.0
"""How long what is sent may wait for its client to read; what is on its way is bounded by the transport, at 64 KiB."""

log = structlog.get_logger()


class ReadInTime(asyncio.Protocol):
    """A server's end of a connection, told by its transport when what it sends is not taken."""

    seconds_to_read = SEND_SECONDS
    loop: asyncio.AbstractEventLoop
    transport: Any
    _stuck: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.call_later(self.seconds_to_read, self._too_slow)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        self._read()
        super().connection_lost(exc)

    def _read(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _too_slow(self) -> None:
        """Closing politely would wait for the client to read as well."""
        log.warning("dropped a client that does not read")
        self.transport.abort()
