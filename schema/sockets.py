"""WebSockets go straight to the endpoint: the frames of a router and of CORS would stand as long as each of them."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/graphql"


class Sockets:
    """In front of CORS, which says nothing of WebSockets, and of the router."""

    path = PATH
    """How they are counted."""

    def __init__(self, app: ASGIApp, endpoint: ASGIApp) -> None:
        self.app = app
        self._endpoint = endpoint

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "websocket" or scope["path"] != PATH:
            return self.app(scope, receive, send)
        scope["route"] = self
        return self._endpoint(scope, receive, send)
