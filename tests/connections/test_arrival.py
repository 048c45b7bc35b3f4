"""Clients that send nothing, little, or without end are dropped; others are served, however often they ask."""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from serving.arrival import ARRIVAL_SECONDS, MAX_HEAD_BYTES, Arrival
from serving.connections import HttpConnection
from serving.server import SERVING
from tests.connections.test_straight_differs_in_nothing import TURNS
from tests.connections.transport import Transport

KEEP_ALIVE_SECONDS = uvicorn.Config(None, **SERVING).timeout_keep_alive  # type: ignore[arg-type]
HEAD = b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 9\r\n"


class Loop(asyncio.SelectorEventLoop):
    """Its time is moved on by hand, and moves by itself too, as little as a test takes."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


class Client:
    def __init__(self) -> None:
        self.transport = Transport(HttpConnection(uvicorn.Config(echo, **SERVING), ServerState(), {}))

    async def says(self, sent: bytes, after: float = 0) -> None:
        """This much time passes first."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        loop.ahead += after
        await self._settle()
        self.transport.say(sent)
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(await Request(scope, receive).body())(scope, receive, send)


def run(test: Coroutine[object, object, None]) -> None:
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(test)


@pytest.mark.parametrize("sent", [b"", HEAD, HEAD + b"\r\nhalf"], ids=["nothing", "half a head", "half a body"])
def test_what_does_not_arrive_in_time_is_dropped(sent: bytes) -> None:
    async def test() -> None:
        client = Client()
        await client.says(sent)
        await client.says(b"", after=ARRIVAL_SECONDS * 0.9)
        assert not client.transport.closed
        await client.says(b"", after=ARRIVAL_SECONDS * 0.2)
        assert client.transport.closed and client.transport.written == b""

    run(test())


def test_a_head_without_end_is_dropped() -> None:
    async def test() -> None:
        client = Client()
        await client.says(HEAD + b"x: ")
        await client.says(b"a" * (MAX_HEAD_BYTES // 2))
        assert not client.transport.closed
        await client.says(b"a" * (MAX_HEAD_BYTES // 2 + 1))
        assert client.transport.closed and client.transport.written == b""

    run(test())


def test_others_are_served_for_longer_than_that() -> None:
    """Whether they ask in pauses that are short enough to keep the connection, or are slow within a request."""

    async def test() -> None:
        client = Client()
        for _ in range(5):
            await client.says(HEAD + b"\r\nhalf", after=KEEP_ALIVE_SECONDS * 0.9)
            await client.says(b"-half", after=ARRIVAL_SECONDS * 0.9)
        assert not client.transport.closed
        assert client.transport.written.count(b"half-half") == 5

    run(test())


def test_the_service_is_served_so() -> None:
    assert issubclass(SERVING["http"], Arrival)


@pytest.mark.parametrize("path", [b"/", b"/graphql"])
def test_a_blank_line_keeps_no_connection(path: bytes) -> None:
    async def test() -> None:
        client = Client()
        await client.says(b"POST %b HTTP/1.1\r\nhost: here\r\ncontent-length: 1\r\n\r\na" % path)
        assert client.transport.written.endswith(b"\r\n\r\na") and not client.transport.closed
        await client.says(b"\r\n", after=KEEP_ALIVE_SECONDS * 0.9)
        await client.says(b"", after=KEEP_ALIVE_SECONDS * 1.1)
        assert client.transport.closed

    run(test())


def test_what_is_said_when_time_is_up_is_of_no_request_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway's connection carries many users: a line about one is not under the id of another."""
    request: ContextVar[str] = ContextVar("request", default="nobody's")
    of: list[str] = []

    def drop(self: Arrival, because: str) -> None:
        of.append(request.get())
        self.transport.abort()

    monkeypatch.setattr(Arrival, "_drop", drop)

    async def test() -> None:
        request.set("the first one's")
        client = Client()
        await client.says(HEAD + b"\r\n123456789")
        await client.says(HEAD)
        await client.says(b"", after=ARRIVAL_SECONDS * 1.1)
        assert of == ["nobody's"]

    run(test())
