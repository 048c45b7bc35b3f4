"""A client that stops reading loses its connection, on either event loop, and one that reads late keeps it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from serving.connections import HttpConnection, WebSocketConnection
from serving.server import SERVING
from tests.serving import serving

CHUNK = bytes(1 << 20)
CHUNKS = 64
"""More than all buffers between the two take."""


class Impatient(HttpConnection):
    seconds_to_read = 0.05


class Patient(HttpConnection):
    seconds_to_read = 60


class Answers:
    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.sent = 0

    async def answer(self, _request: Request) -> StreamingResponse:
        return StreamingResponse(self._chunks())

    async def _chunks(self) -> Any:
        try:
            for _ in range(CHUNKS):
                yield CHUNK
                self.sent += 1
                await asyncio.sleep(0)
        finally:
            self.ended.set()


async def asked(http: type[HttpConnection], *, reads: bool) -> tuple[int, int]:
    """How many chunks were sent and how many bytes came."""
    answers, took = Answers(), 0
    async with serving(Starlette(routes=[Route("/", answers.answer)]), http=http) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        while reads and (some := await reader.read(1 << 16)):
            took += len(some)
        async with asyncio.timeout(20):
            await answers.ended.wait()
        writer.close()
    return answers.sent, took


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
async def test_is_dropped(run: Callable[[Any], tuple[int, int]]) -> None:
    sent, _ = await asyncio.to_thread(run, asked(Impatient, reads=False))
    assert sent < CHUNKS


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
async def test_one_that_reads_gets_all(run: Callable[[Any], tuple[int, int]]) -> None:
    sent, took = await asyncio.to_thread(run, asked(Patient, reads=True))
    assert sent == CHUNKS and took > CHUNKS * len(CHUNK)


def test_the_service_serves_so() -> None:
    assert issubclass(SERVING["http"], HttpConnection) and issubclass(SERVING["ws"], WebSocketConnection)
