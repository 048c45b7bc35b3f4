"""A client that stops reading is dropped, not buffered for."""

import asyncio

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SEND_SECONDS = 20.0
"""How long one message may wait for its client to read; what is on its way is bounded by uvicorn, at 64 KiB."""

log = structlog.get_logger()


class ClientTooSlowError(Exception):
    """Ends the request or the connection."""


class SlowClients:
    """Wraps the whole application: every `send` of every request and WebSocket has a time limit."""

    def __init__(self, app: ASGIApp, seconds: float = SEND_SECONDS) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return

        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(self.seconds):
                    await send(message)
            except TimeoutError as error:
                _abort(send)
                raise ClientTooSlowError from error

        try:
            await self.app(scope, receive, send_in_time)
        except* ClientTooSlowError:
            log.warning("dropped a client that does not read", path=scope.get("path"))


def _abort(send: Send) -> None:
    """Closing politely would wait for the client to read as well: uvicorn's own `send` knows the connection."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None and hasattr(transport, "abort"):  # uvloop's transports are none of asyncio's
        transport.abort()
