"""An offer of another protocol is passed over: its body is read, and is never taken for the next request."""

import asyncio

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from serving.arrival import MAX_WAITING
from serving.connections import HttpConnection
from serving.server import SERVING
from tests.connections.test_straight_differs_in_nothing import TURNS
from tests.connections.transport import Transport

OFFERS = {
    "HTTP/2, as Java does": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB",
    "in lines of their own": b"Connection: upgrade\r\nUpgrade: h2c\r\nUpgrade: tls/1.3\r\nConnection: keep-alive",
    "a WebSocket by POST": b"Connection: Upgrade\r\nUpgrade: websocket",
}
BODY = b"GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
NEXT = b"PUT /next HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"
BODIES = {
    "of a length": b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY),
    "in chunks": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
}


async def told(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    body = await request.body()
    await PlainTextResponse(f"<{request.method} {request.url.path} {body.decode()}>")(scope, receive, send)


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("size", [1, 150, 1 << 16])
async def test_its_body_is_read_and_never_taken_for_a_request(offer: bytes, body: bytes, size: int) -> None:
    sent = b"POST /first HTTP/1.1\r\nHost: h\r\n" + offer + b"\r\n" + body + NEXT
    heard = await answered([sent[start : start + size] for start in range(0, len(sent), size)])
    assert heard == [f"<POST /first {BODY.decode()}>", "<PUT /next x>"]


@pytest.mark.parametrize(
    "first", [b"POST /first HTTP/1.1\r\nConnection: close, Upgrade", b"POST /first HTTP/1.0\r\nConnection: Upgrade"]
)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_one_that_is_the_last_is_answered_too(first: bytes, body: bytes) -> None:
    assert await answered([first + b"\r\nHost: h\r\nUpgrade: h2c\r\n" + body]) == [f"<POST /first {BODY.decode()}>"]


async def test_many_at_once() -> None:
    one = b"GET /one HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    assert await answered([MAX_WAITING * one]) == MAX_WAITING * ["<GET /one >"]


async def test_connect_is_no_offer() -> None:
    assert await answered([b"CONNECT h:1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"]) == []


async def answered(pieces: list[bytes]) -> list[str]:
    """The bodies of what is answered, with time to read each piece before the next one comes."""
    connection = HttpConnection(uvicorn.Config(told, **SERVING), ServerState(), {})
    transport = Transport(connection)
    for piece in [*pieces, *(MAX_WAITING * [b""])]:
        transport.say(piece)
        for _ in range(TURNS):
            await asyncio.sleep(0)
    transport.close()
    return ["<" + part.split(b">")[0].decode() + ">" for part in transport.written.split(b"<")[1:]]
