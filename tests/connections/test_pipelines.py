"""What is sent before the answer to what came before: it is bounded, and whoever sent it may go."""

import asyncio
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from serving.arrival import MAX_HEAD_BYTES, MAX_WAITING, MAX_WAITING_BYTES
from serving.connections import HttpConnection
from serving.server import SERVING
from tests.connections.test_straight_differs_in_nothing import REQUEST, TURNS, Straight
from tests.connections.transport import Transport
from tests.serving import serving

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
LIMIT_SECONDS = 20


class Stream:
    """Sends a little, and then waits for its client to go."""

    def __init__(self) -> None:
        self.begun = self.gone = 0
        self.over = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.begun += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        self.over.set()


@pytest.mark.parametrize("together", [True, False], ids=["at once", "once it has begun"])
async def test_a_client_that_goes_is_noticed_though_another_request_of_its_own_waits(together: bool) -> None:
    stream = Stream()
    async with serving(stream, http=HttpConnection) as url:
        to = urlsplit(url)
        reader, writer = await asyncio.open_connection(to.hostname, to.port)
        writer.write(GET + GET if together else GET)
        await reader.readuntil(b"begun")
        if not together:
            writer.write(GET)
        writer.close()
        await asyncio.wait_for(stream.over.wait(), LIMIT_SECONDS)
        assert stream.begun == 1


@pytest.mark.parametrize(("waiting", "dropped"), [(MAX_WAITING, False), (MAX_WAITING + 1, True)])
async def test_so_many_wait(waiting: int, dropped: bool) -> None:
    transport = await said(GET + waiting * GET)
    assert transport.closed is dropped
    transport.close()


async def test_a_body_is_not_counted_as_the_head_that_begins_behind_it() -> None:
    body = bytes(2 * MAX_HEAD_BYTES)
    first = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    transport = await said(first[:100], first[100:] + GET[:10], GET[10:20])
    assert not transport.closed
    transport.say(b"x: " + bytes(b"a" * 2 * MAX_HEAD_BYTES))
    assert transport.closed


async def test_what_waits_is_read_no_further_than_so_much() -> None:
    half = MAX_WAITING_BYTES // 2 + 1
    post = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (half, bytes(half))
    transport = await said(GET, post)
    assert not transport.paused
    transport.say(post)
    assert transport.paused and not transport.closed
    transport.close()


async def test_a_handshake_does_not_wait() -> None:
    offer = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert (await said(GET, offer)).closed


async def test_trailers_are_not_kept() -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    transport = await said(head + b"1\r\na\r\n0\r\n", *(10 * [1000 * b"a: b\r\n"]))
    assert len(transport.connection.headers) == 2
    transport.close()


class ChunkedBefore(Straight):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"chunked"})


async def test_a_shutdown_cuts_no_answer_for_a_stream_that_is_over() -> None:
    transport = await said(GET, app=ChunkedBefore())
    assert transport.written.endswith(b"\r\n0\r\n\r\n")
    transport.say(REQUEST)
    transport.do("shutdown")
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert transport.written.endswith(b"known") and transport.closed


async def said(*pieces: bytes, app: ASGIApp | None = None) -> Transport:
    """With time to read each."""
    transport = Transport(HttpConnection(uvicorn.Config(app or Stream(), **SERVING), ServerState(), {}))
    for piece in pieces:
        transport.say(piece)
        for _ in range(TURNS):
            await asyncio.sleep(0)
    return transport
