"""Messages are told whole and in order, however their frames arrive."""

import asyncio
from typing import Any, cast

import pytest

from benchmarks.watchers import Watcher

NEXT = b'{"id":"1","type":"next","payload":{"data":%s}}'


class Deaf:
    """Whatever is written to it is gone."""

    def write(self, _data: bytes) -> None: ...


def frame(body: bytes) -> bytes:
    size = bytes([len(body)]) if len(body) < 126 else b"\x7e" + len(body).to_bytes(2, "big")
    return b"\x81" + size + body


@pytest.mark.parametrize("at_once", [1, 3, 1000])
async def test_frames_may_come_in_any_pieces(at_once: int) -> None:
    heard: list[bytes] = []
    watcher = Watcher(0, ["one", "two"], "host", "/graphql", lambda _number, message, _at: heard.append(message))
    watcher.connection_made(cast(asyncio.BaseTransport, cast(Any, Deaf())))
    later = [NEXT % b'"short"', NEXT % (b'"' + b"x" * 300 + b'"')]
    messages = [b'{"type":"connection_ack"}', NEXT % b"{}", NEXT % b"{}", *later]
    sent = b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + b"".join(map(frame, messages))
    for start in range(0, len(sent), at_once):
        watcher.data_received(sent[start : start + at_once])
    assert watcher.begun.done() and heard == later
