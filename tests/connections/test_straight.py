"""Known requests are answered without ASGI, all others as if nobody had looked at them; and all in their order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from serving.server import SERVING
from serving.straight import Answering
from tests.serving import serving

LIMIT = 100
SECONDS = 10
"""Longer than anything here takes."""


class App:
    """Knows bodies that begin with `known`, and answers them when it is told to; ASGI says what it was given."""

    path = b"/here"
    limit = LIMIT

    def __init__(self) -> None:
        self.straight = self
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked: list[bytes] = []
        self.to: Answering | None = None

    async def was_asked(self) -> None:
        await until(lambda: bool(self.asked))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await Request(scope, receive).body()
        headers = b",".join(sorted(name for name, _ in scope["headers"]))
        said = b"asgi %b %b %d %b" % (scope["method"].encode(), scope["path"].encode(), len(body), headers)
        await PlainTextResponse(said)(scope, receive, send)

    def takes(self, head: Mapping[bytes, bytes]) -> bool:
        return b"expect" not in head and b"transfer-encoding" not in head

    def takes_again(self, _taken: object, head: Mapping[bytes, bytes]) -> bool:
        return self.takes(head)

    def answer(self, _taken: object, _head: Mapping[bytes, bytes], body: bytes, to: Answering) -> bool:
        if not body.startswith(b"known"):
            return False
        self.asked.append(body)
        self.to = to
        to.is_done_by(asyncio.create_task(self._answer(body, to)))
        return True

    async def _answer(self, body: bytes, to: Answering) -> None:
        await self.may_answer.wait()
        to.respond(200, b"x-way: straight\r\n", b"straight " + body)


async def until(is_so: Callable[[], bool]) -> None:
    """Of what nobody gives a signal of."""
    async with asyncio.timeout(SECONDS):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0)


class Line:
    """A client's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:-2])
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(head[0].split()[1]), headers, body

    async def body(self) -> bytes:
        return (await self.answer())[2]

    async def rest(self) -> bytes:
        """Until the server ends the connection."""
        async with asyncio.timeout(SECONDS):
            return await self.reader.read()


@asynccontextmanager
async def line_of(url: str) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def line_to(app: App, **options: Any) -> AsyncIterator[Line]:
    async with serving(app, **{**SERVING, **options}) as url, line_of(url) as line:
        yield line


def request(body: bytes = b"known", *headers: bytes, method: bytes = b"POST", path: bytes = b"/here") -> bytes:
    lines = [b"%b %b HTTP/1.1" % (method, path), b"Host: here", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", body])


async def test_a_known_request_is_answered_without_asgi() -> None:
    async with line_to(App()) as line:
        for turn in range(3):
            line.writer.write(request(b"known %d" % turn))
            status, headers, body = await line.answer()
            assert (status, headers["x-way"], body) == (200, "straight", b"straight known %d" % turn)
            assert "date" in headers


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (request(b"other"), b"asgi POST /here 5 content-length,host"),
        (request(method=b"PUT"), b"asgi PUT /here 5 content-length,host"),
        (request(path=b"/there"), b"asgi POST /there 5 content-length,host"),
        (request(path=b"/here?a=1"), b"asgi POST /here 5 content-length,host"),
        (request(b"known" * LIMIT), b"asgi POST /here 500 content-length,host"),
        (request(b"known", b"X: 1", b"X: 2"), b"asgi POST /here 5 content-length,host,x,x"),
        (
            b"POST /here HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nknown\r\n0\r\n\r\n",
            b"asgi POST /here 5 host,transfer-encoding",
        ),
    ],
    ids=["unknown", "method", "path", "query", "too long", "a header twice", "chunked"],
)
async def test_all_others_come_as_they_would_have(sent: bytes, said: bytes) -> None:
    app = App()
    async with line_to(app) as line:
        for _ in range(2):
            line.writer.write(sent)
            assert await line.body() == said
        line.writer.write(request())
        assert await line.body() == b"straight known"
    assert app.asked == [b"known"]


async def test_whoever_waits_for_a_word_before_the_body_hears_it() -> None:
    async with line_to(App()) as line:
        line.writer.write(request(b"known", b"Expect: 100-continue").removesuffix(b"known"))
        assert (await line.answer())[0] == 100
        line.writer.write(b"known")
        assert await line.body() == b"asgi POST /here 5 content-length,expect,host"


async def test_byte_by_byte() -> None:
    async with line_to(App()) as line:
        for body, said in ((b"known", b"straight known"), (b"other", b"asgi POST /here 5 content-length,host")):
            for byte in request(body):
                line.writer.write(bytes([byte]))
                await line.writer.drain()
                await asyncio.sleep(0)
            assert await line.body() == said


async def test_pipelined_requests_are_answered_in_their_order() -> None:
    app = App()
    app.may_answer.clear()
    async with line_to(app) as line:
        line.writer.write(request(b"known 1") + request(b"other") + request(b"known 2") + request(b"known 3"))
        await app.was_asked()
        app.may_answer.set()
        assert [(await line.body())[:13] for _ in range(4)] == [
            b"straight know",
            b"asgi POST /he",
            b"asgi POST /he",
            b"asgi POST /he",
        ]
        line.writer.write(request(b"known 4"))
        assert await line.body() == b"straight known 4"


async def test_the_connection_ends_where_the_client_wants_it_to() -> None:
    for sent in (
        request(b"known", b"Connection: close"),
        request().replace(b"HTTP/1.1", b"HTTP/1.0"),
        request(b"known", b"Connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0"),
    ):
        async with line_to(App()) as line:
            line.writer.write(sent)
            status, headers, _ = await line.answer()
            assert (status, headers["connection"]) == (200, "close")
            assert await line.rest() == b""


async def test_an_idle_connection_is_ended() -> None:
    async with line_to(App(), timeout_keep_alive=0.1) as line:
        line.writer.write(request())
        assert await line.rest() != b""


async def test_a_request_that_comes_slowly_has_its_own_time_whatever_was_answered_before() -> None:
    """An idle connection, which begins to be one later, tells when an idle one would have been ended."""
    app, second = App(), request(b"known 2")
    app.may_answer.clear()
    async with (
        serving(app, **{**SERVING, "timeout_keep_alive": 0.1}) as url,
        line_of(url) as slow,
        line_of(url) as idle,
    ):
        slow.writer.write(request(b"known 1") + second[:20])
        await app.was_asked()
        app.may_answer.set()
        assert await slow.body() == b"straight known 1"
        idle.writer.write(request())
        assert (await idle.rest()).endswith(b"straight known")
        slow.writer.write(second[20:])
        assert await slow.body() == b"straight known 2"


async def test_what_is_being_answered_is_answered_before_the_server_ends() -> None:
    app = App()
    app.may_answer.clear()

    async def answer_once_the_server_ends() -> None:
        under_way: Any = app.to
        await until(lambda: not under_way.keep_alive)
        app.may_answer.set()

    async with AsyncExitStack() as client:
        async with serving(app, **{**SERVING, "timeout_graceful_shutdown": SECONDS}) as url:
            line = await client.enter_async_context(line_of(url))
            line.writer.write(request())
            await app.was_asked()
            answering = asyncio.create_task(answer_once_the_server_ends())
        await answering
        status, headers, body = await line.answer()
        assert (status, headers["connection"], body) == (200, "close", b"straight known")
        assert await line.rest() == b""


async def test_a_client_that_has_gone_is_told_nothing() -> None:
    app, wrong = App(), list[Any]()
    app.may_answer.clear()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, about: wrong.append(about))
    async with line_to(app) as line:
        line.writer.write(request())
        await app.was_asked()
        line.writer.transport.abort()
        under_way: Any = app.to
        await until(lambda: under_way.disconnected)
        app.may_answer.set()
        await until(lambda: under_way.response_complete)
    assert wrong == []
