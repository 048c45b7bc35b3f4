"""graphql-transport-ws by its protocol: whatever a client sends, it gets an answer or the close code that is meant."""

import asyncio
from datetime import datetime
from typing import Any, cast

from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from schema.context import Context
from schema.errors import limit_error
from schema.persisted import Persisted, PersistedError

MAX_OPERATIONS = 100
"""At once on one connection."""
INIT_SECONDS = 10
"""How long a connection may stand before it says who it is."""
MAX_REASON_BYTES = 123
"""RFC 6455, 5.5."""
TOKEN_EXPIRED = 4403
"""After this code the graphql-ws client comes back with a fresh token; after 4401 it would give up."""


class Socket(ASGIWebSocketAdapter):
    async def close(self, code: int, reason: str) -> None:
        """Once: the other side may have gone, or we may have closed for another reason already."""
        try:
            await super().close(code, reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore"))
        except (RuntimeError, WebSocketDisconnect):
            return

    async def send_json(self, message: Any) -> None:
        try:
            await super().send_json(message)
        except RuntimeError as closed:  # Starlette refuses to send after a close
            raise WebSocketDisconnected from closed


class Handler(BaseGraphQLTransportWSHandler[Context, None]):
    _expiry: asyncio.Task[None] | None = None

    async def shutdown(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        await super().shutdown()

    async def handle_message(self, message: Message) -> None:
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            await self.handle_invalid_message("A message is an object with a type")
        elif message["type"] == "subscribe" and not _is_subscribe(message):
            await self.handle_invalid_message("A subscribe message has an id and a payload with a query")
        elif message["type"] == "complete" and not isinstance(message.get("id"), str):
            await self.handle_invalid_message("A complete message has an id")
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        if message.get("payload") is None:
            message = cast(ConnectionInitMessage, {**message, "payload": {}})
        await super().handle_connection_init(message)
        if self.connection_init_received:
            self.connection_init_timeout_task = None
        expires_at = self.context.caller.expires_at
        if self.connection_acknowledged and expires_at is not None and self._expiry is None:
            self._expiry = asyncio.create_task(self._close_at(expires_at))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        id_ = message["id"]
        if self.connection_acknowledged and id_ not in self.operations and len(self.operations) >= MAX_OPERATIONS:
            error = limit_error(f"A connection has at most {MAX_OPERATIONS} operations at once")
            await self._refuse(id_, error.formatted)
            return
        payload = message["payload"]
        try:
            text = self._persisted.text_of(payload.get("query"), payload.get("extensions"), self.context.caller)
        except PersistedError as refused:
            await self._refuse(id_, refused.formatted)
            return
        await super().handle_subscribe(cast(SubscribeMessage, {**message, "payload": {**payload, "query": text}}))

    async def _refuse(self, id_: str, formatted: Any) -> None:
        self.context.count_error(formatted["extensions"]["code"])
        await self.send_message({"id": id_, "type": "error", "payload": [formatted]})

    @property
    def _persisted(self) -> Persisted:
        found = cast(Any, self.view).persisted
        assert isinstance(found, Persisted)
        return found

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:  # noqa: ARG004
        """Never: one operation's mistake is an `error` message of its own and leaves the others alone."""
        return None

    async def _close_at(self, expires_at: datetime) -> None:
        runtime = self.context.runtime
        await runtime.sleep(max((expires_at - runtime.clock()).total_seconds(), 0))
        await self.websocket.close(TOKEN_EXPIRED, "The token has expired")


def _is_subscribe(message: Any) -> bool:
    payload = message.get("payload")
    if not isinstance(message.get("id"), str) or not isinstance(payload, dict):
        return False
    variables, name = payload.get("variables"), payload.get("operationName")
    query, extensions = payload.get("query"), payload.get("extensions")
    asked = isinstance(query, str) or (
        query is None and isinstance(extensions, dict) and "persistedQuery" in extensions
    )
    return asked and isinstance(variables, dict | None) and isinstance(name, str | None)
