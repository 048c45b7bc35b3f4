"""Many subscriptions by graphql-transport-ws, read with as little work as can be."""

import asyncio
import json
import struct
import time
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import urlsplit

from benchmarks.ours import TOKEN

WATCH = """subscription Watch($id: ID!) { paymentStatusChanged(paymentId: $id, keepOpen: true) {
  cursor event { sequence status } payment { id status } } }"""
AT_ONCE = 50
"""Handshakes under way."""
PATIENCE_SECONDS = 60.0
MASK = b"\0\0\0\0"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

Told = Callable[[int, bytes, float], None]
"""The watcher's number, a message after the first ones, and when it came."""


class Watcher(asyncio.Protocol):
    """A connection, with a subscription to each of these payments. Their first messages are the statuses of now."""

    def __init__(self, number: int, payment_ids: Sequence[str], host: str, path: str, told: Told) -> None:
        self.number = number
        self.payment_ids = payment_ids
        self.missing = len(payment_ids)
        self.opening = "\r\n".join([
            f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Protocol: graphql-transport-ws", "", "",
        ])  # fmt: skip
        self.told = told
        self.begun = asyncio.get_running_loop().create_future()
        self.rest = b""
        self.greeted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.opening.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.begun.done():
            self.begun.set_exception(ConnectionError(f"closed: {exc or self.rest[:200]!r}"))

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self.rest += data
        if not self.greeted:
            _, end, rest = self.rest.partition(b"\r\n\r\n")
            if not end:
                return
            self.greeted, self.rest = True, rest
            self._say({"type": "connection_init", "payload": {"Authorization": f"Bearer {TOKEN}"}})
        while (frame := self._frame()) is not None:
            self._heard(*frame, now)

    def _frame(self) -> tuple[int, bytes] | None:
        """What is there of the next one stays, until it is whole. Servers do not mask."""
        rest = self.rest
        if len(rest) < 4:
            return None if len(rest) < 2 or rest[1] else self._cut(2, 2)
        if rest[1] < 126:
            return self._cut(2, 2 + rest[1])
        return self._cut(4, 4 + int.from_bytes(rest[2:4], "big"))

    def _cut(self, start: int, end: int) -> tuple[int, bytes] | None:
        if len(self.rest) < end:
            return None
        frame = self.rest[0] & 15, self.rest[start:end]
        self.rest = self.rest[end:]
        return frame

    def _heard(self, kind: int, body: bytes, now: float) -> None:
        if kind == PING:
            self._send(PONG, body)
        elif kind == TEXT and b'"connection_ack"' in body:
            for number, id_ in enumerate(self.payment_ids):
                payload = {"query": WATCH, "variables": {"id": id_}}
                self._say({"id": str(number), "type": "subscribe", "payload": payload})
        elif kind == TEXT and b'"next"' in body:
            if self.begun.done():
                self.told(self.number, body, now)
                return
            self.missing -= 1
            if not self.missing:
                self.begun.set_result(None)
        elif kind in (TEXT, CLOSE) and b'"ping"' not in body:
            self.transport.close()
            raise ConnectionError(f"watcher {self.number} was told {body!r}")

    def _say(self, message: object) -> None:
        self._send(TEXT, json.dumps(message).encode())

    def _send(self, kind: int, body: bytes) -> None:
        size = bytes([128 + len(body)]) if len(body) < 126 else struct.pack("!BH", 128 + 126, len(body))
        self.transport.write(bytes([128 + kind]) + size + MASK + body)


def nothing(_number: int, _message: bytes, _at: float) -> None:
    """For whoever does not want to know."""


async def watching(
    url: str, ids: Sequence[str], numbers: range, told: Told = nothing, together: int = 1
) -> list[Watcher]:
    """Watchers of the payments of these numbers, `together` to a connection, once all heard what is now.

    Raises ConnectionError.
    """
    parts, loop, turn = urlsplit(url), asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)
    host, port = str(parts.hostname), parts.port or 80

    async def one(number: int) -> Watcher:
        async with turn:
            watcher = Watcher(number, ids[number : number + together], parts.netloc, parts.path, told)
            await loop.create_connection(lambda: watcher, host, port)
            await asyncio.wait_for(watcher.begun, PATIENCE_SECONDS)
            return watcher

    return await asyncio.gather(*(one(number) for number in numbers[::together]))
