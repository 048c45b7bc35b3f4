"""An ASGI application on a free loopback port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, *arguments: object, **named: object) -> None:
        await super().startup(*arguments, **named)  # type: ignore[arg-type]
        self.up.set()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(app: ASGIApp, port: int = 0, **options: Any) -> AsyncIterator[str]:
    """Its URL; gone afterwards."""
    given = {"log_level": "error", "timeout_graceful_shutdown": 1, **options}
    config = uvicorn.Config(app, host="127.0.0.1", port=port, **given)
    server = _Server(config)
    running = asyncio.create_task(server._serve())
    waiting = asyncio.create_task(server.up.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
