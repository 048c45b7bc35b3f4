"""A client that stops reading loses its connection at once, on either event loop."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvloop
from starlette.types import Receive, Scope, Send

from monitoring.slow_clients import ClientTooSlowError, SlowClients


class Connection(asyncio.Protocol):
    """Of the server, with more to send than any client's buffers take."""

    def __init__(self) -> None:
        self.made, self.lost = asyncio.Event(), asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(bytes(64 << 20))
        self.made.set()

    def connection_lost(self, _error: Exception | None) -> None:
        self.lost.set()

    async def send(self, _message: Any) -> None:
        await asyncio.Event().wait()


async def dropped() -> list[BaseException]:
    """What the application was told. Does not end before the connection does."""
    connection = Connection()
    told: list[BaseException] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: connection, "127.0.0.1", 0)
    _reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=1)
    await connection.made.wait()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200})
        except ClientTooSlowError as error:
            told.append(error)
            raise

    await SlowClients(app, 0.01)({"type": "http", "path": "/"}, asyncio.Event().wait, connection.send)  # type: ignore[arg-type]
    await asyncio.wait_for(connection.lost.wait(), 10)
    writer.close()
    server.close()
    return told


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
async def test_is_dropped(run: Callable[[Any], list[BaseException]]) -> None:
    assert len(await asyncio.to_thread(run, dropped())) == 1
