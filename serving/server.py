"""The ASGI application behind a port, by uvicorn."""

import errno
import gc
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from playground.files import all_there
from schema.endpoint import MAX_BODY_BYTES
from serving.connections import HttpConnection, WebSocketConnection
from settings import Settings, SettingsError

SERVING: dict[str, Any] = {
    "http": HttpConnection,
    "ws": WebSocketConnection,
    "access_log": False,
    "log_config": None,
    "server_header": False,
    "proxy_headers": False,
    "ws_max_size": MAX_BODY_BYTES,
    "ws_per_message_deflate": False,
    "timeout_graceful_shutdown": 3,
}
"""How uvicorn serves us; our own lines say what an access log would, and PUBLIC_URL what a proxy's headers would. After
Ctrl-C requests may take 3 s more.

Messages to watchers are short: what compresses them would take more memory than a connection itself.
"""
NO_ADDRESS = (errno.EADDRNOTAVAIL, socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL)
BACKLOG = 2048
"""Connections that wait to be taken."""


GARBAGE = (50_000, 20, 20)
"""Objects between collections. What is there at the start stays, and is not looked through again."""


def settle_memory() -> None:
    """Once a process, when all that it serves with is there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def open_files() -> None:
    """As many as the operator allows at all: partners that hang hold connections, and must not take ours."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def serve_app(app: ASGIApp, settings: Settings) -> None:
    """Until somebody ends it by a signal. Raises SettingsError."""
    open_files()
    settle_memory()
    server = Server(uvicorn.Config(app, **SERVING))
    server.settings = settings
    with listening(settings) as door:
        await server.serve([door])


class Server(uvicorn.Server):
    """Says where everything is once it can be reached."""

    settings: Settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(welcome(self.settings), flush=True)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal that was obeyed is not raised once more: whoever runs the server has a database to stop."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def welcome(settings: Settings) -> str:
    base = f"http://{settings.host}:{settings.port}"
    lines = [f"GraphQL    {base}/graphql"]
    if settings.graphiql:
        lines.append(
            f"GraphiQL   {base}/graphiql" + ("" if all_there() else "  (its files come from a CDN: no npm here)")
        )
    if settings.schema_document:
        lines.append(f"Schema     {base}/schema.graphql")
    lines.append(f"Health     {base}/health")
    if settings.graphiql:
        signed_in = "" if settings.jwt_public_key is None else ", with your Authorization in its Headers tab,"
        lines.append(
            f"To begin, open GraphiQL{signed_in} and press ▶; the line below the answer leads to the checkout page."
        )
    if not settings.production and settings.jwt_public_key is None:
        lines.append("Everything is open to everybody: development, without JWT_PUBLIC_KEY.")
    return "\n".join(lines)


def listening(settings: Settings) -> socket.socket:
    """Raises SettingsError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno in NO_ADDRESS:
            raise SettingsError(f"HOST: {settings.host} is no address of this machine") from error
        raise SettingsError(f"PORT: {settings.port} on {settings.host} is taken, or not ours to take") from error
