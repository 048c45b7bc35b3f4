"""A WebSocket's client is answered its pings while it reads, and no pong is kept for one that does not."""

import asyncio

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from serving.connections import HttpConnection, WebSocketConnection
from serving.server import SERVING
from tests.connections.test_straight_differs_in_nothing import TURNS
from tests.connections.transport import Transport

HANDSHAKE = b"""GET / HTTP/1.1\r
Host: h\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
\r
"""
PING, PONG = b"\x89\x81\0\0\0\0a", b"\x8a\x01a"


async def accepting(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


async def test_what_was_shaken_hands_with_is_no_business_of_http() -> None:
    transport = Transport(HttpConnection(uvicorn.Config(accepting, **SERVING), ServerState(), {}))
    http = transport.connection
    transport.say(HANDSHAKE)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert transport.written.startswith(b"HTTP/1.1 101 ") and isinstance(transport.connection, WebSocketConnection)
    assert http._timer is None, "which would end the connection"
    transport.close()


async def test_pongs_that_are_not_read_are_not_kept() -> None:
    connection = WebSocketConnection(uvicorn.Config(accepting, **SERVING), ServerState(), {})
    transport = Transport(connection)
    transport.say(HANDSHAKE)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    transport.say(PING)
    assert transport.written.endswith(b"\r\n\r\n" + PONG)
    connection.pause_writing()
    before = transport.written
    transport.say(1000 * PING)
    assert transport.written == before
    connection.resume_writing()
    transport.say(PING)
    assert transport.written == before + PONG
    transport.close()
