"""An ASGI application on a free loopback port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import choice
from typing import Any

import uvicorn
from starlette.types import ASGIApp

GLANCE_SECONDS = 0.002
PORTS = range(10_000, 32_000)
"""No system gives one of these away by itself, so nobody takes it between a look at it and its use."""
NO_TLS = False
"""For clients of what listens on loopback: to read whose certificates are believed takes as long as a whole test."""


class _Server(uvicorn.Server):
    """Ends as uvicorn does, but when it is told to, instead of at its next look ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.told_to_end = asyncio.Event()

    async def startup(self, *arguments: object, **named: object) -> None:
        await super().startup(*arguments, **named)  # type: ignore[arg-type]
        self.up.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.told_to_end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn gives no signal
                    await asyncio.sleep(GLANCE_SECONDS)
        except TimeoutError:
            for task in state.tasks:
                task.cancel()
        await self.lifespan.shutdown()


def free_port() -> int:
    """For another process to listen on."""
    while True:
        port = choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def open_door() -> socket.socket:
    """For whoever has to know where an application is before there is one."""
    return socket.create_server(("127.0.0.1", 0))


def port_of(door: socket.socket) -> int:
    return int(door.getsockname()[1])


@asynccontextmanager
async def serving(app: ASGIApp, door: socket.socket | None = None, **options: Any) -> AsyncIterator[str]:
    """Its URL; gone afterwards, and the door closed."""
    door = door or open_door()
    server = _Server(uvicorn.Config(app, **{"log_level": "error", "timeout_graceful_shutdown": 1, **options}))
    running = asyncio.create_task(server._serve([door]))
    waiting = asyncio.create_task(server.up.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield f"http://127.0.0.1:{port_of(door)}"
    finally:
        server.told_to_end.set()
        await running
