"""A transport without a socket: its other end says what it is told to say, once that is read."""

import asyncio
from typing import Any


class Transport(asyncio.Transport):
    def __init__(self, connection: Any) -> None:
        super().__init__()
        self.written, self.closed = b"", False
        self.connection, self.paused, self._unread = connection, False, b""
        connection.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.closed:
            self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self.connection.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.connection = protocol

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False
        asyncio.get_running_loop().call_soon(self.say, b"")

    def say(self, data: bytes) -> None:
        self._unread += data
        if self._unread and not self.paused and not self.closed:
            data, self._unread = self._unread, b""
            self.connection.data_received(data)

    def do(self, step: str) -> None:
        """Anything else than these is nothing to do."""
        if step == "shutdown":
            self.connection.shutdown()
        elif step == "client stops reading":
            self.connection.pause_writing()
        elif step == "client reads":
            self.connection.resume_writing()
        elif step == "eof" and not self.closed and not self.paused:
            self.connection.eof_received()
            self.close()
