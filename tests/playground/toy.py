"""A service with the contract's own SDL and answers made up: enough to tell the playground's story to a browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, build_schema, graphql, parse, subscribe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from playground.page import to_page, wants_page
from schema.schema import sdl

PAYMENT_ID = "0199c3a4-7a10-7000-8000-0000000000c1"
CLIENT_SECRET = f"pay_{PAYMENT_ID}_secret_of-the-toy"
CHECKOUT_URL = "http://127.0.0.1:9/checkout/toy"


def contract() -> GraphQLSchema:
    return build_schema(sdl(), assume_valid_sdl=True)


@dataclass
class Toy:
    schema: GraphQLSchema = field(default_factory=contract)
    paid: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the browser's subscription is over."""
    said_hello: list[dict[str, Any]] = field(default_factory=list)
    """The connection_init payloads."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    """The bodies that came over HTTP."""

    def payment(self, **more: Any) -> dict[str, Any]:
        status = "SUCCEEDED" if self.paid.is_set() else "PENDING"
        money = {"amount": "25.00", "currency": "USD"}
        at = "2026-01-30T20:00:00+00:00"
        event = {"sequence": 1, "kind": "STATUS", "status": "PENDING", "cause": "CHECKOUT", "occurredAt": at}
        return {
            "__typename": "Payment",
            "id": PAYMENT_ID,
            "status": status,
            "amount": money,
            "amountRefunded": {**money, "amount": "0.00"},
            "provider": "MOCK",
            "checkoutUrl": None if self.paid.is_set() else CHECKOUT_URL,
            "expiresAt": at,
            "description": "Table for four",
            "actions": ["VERIFY"],
            "events": {"nodes": [event]},
            "refunds": [],
            **more,
        }

    def root(self) -> dict[str, Any]:
        def checkout(info: Any, **given: Any) -> dict[str, Any]:
            answer = {"payment": self.payment(), "clientSecret": CLIENT_SECRET, "created": True}
            return {"__typename": "CheckoutSuccess", **answer}

        def payment(info: Any, **given: Any) -> dict[str, Any] | None:
            return self.payment() if given["id"] == PAYMENT_ID else None

        return {"checkout": checkout, "payment": payment, "paymentStatusChanged": self.watch}

    async def watch(self, info: Any, **given: Any) -> AsyncIterator[dict[str, Any]]:
        for sequence, wait in enumerate((None, self.paid), 1):
            if wait is not None:
                await wait.wait()
            payment = self.payment()
            event = {"sequence": sequence, "status": payment["status"], "cause": "CHECKOUT", "occurredAt": "-"}
            change = {"cursor": f"cursor-{sequence}", "event": event, "payment": payment}
            yield {"paymentStatusChanged": change}

    async def post(self, request: Request) -> Response:
        if wants_page(request):
            return await to_page(request)
        body = await request.json()
        self.asked.append(body)
        result = await graphql(self.schema, body["query"], self.root(), variable_values=body.get("variables"))
        return JSONResponse(result.formatted)

    async def socket(self, socket: WebSocket) -> None:
        """graphql-transport-ws, as far as one well-behaved client with one subscription needs it."""
        await socket.accept(subprotocol="graphql-transport-ws")
        self.said_hello.append((await socket.receive_json()).get("payload"))
        await socket.send_json({"type": "connection_ack"})
        asked = await socket.receive_json()
        telling = asyncio.create_task(self._tell(socket, asked["id"], asked["payload"]))
        try:
            while (await socket.receive_json())["type"] != "complete":
                pass
        except WebSocketDisconnect:
            pass
        telling.cancel()
        self.stopped.set()

    async def _tell(self, socket: WebSocket, id_: str, asked: dict[str, Any]) -> None:
        document, variables = parse(asked["query"]), asked.get("variables")
        answer = subscribe(self.schema, document, self.root(), variable_values=variables)
        steps = await answer if isawaitable(answer) else answer
        if isinstance(steps, ExecutionResult):
            errors = [error.formatted for error in steps.errors or ()]
            await socket.send_json({"id": id_, "type": "error", "payload": errors})
            return
        async for step in steps:
            await socket.send_json({"id": id_, "type": "next", "payload": step.formatted})
        await socket.send_json({"id": id_, "type": "complete"})


def toy_app(toy: Toy, routes: Callable[[], list[BaseRoute]]) -> Starlette:
    own: list[BaseRoute] = [
        Route("/graphql", toy.post, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", toy.socket),
    ]
    return Starlette(routes=[*own, *routes()])
