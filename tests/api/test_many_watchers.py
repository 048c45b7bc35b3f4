"""Watchers are cheap, and one that stops reading is dropped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median
from time import process_time

import httpx
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from serving.connections import WebSocketConnection
from serving.server import SERVING
from tests.api.client import WATCH, Api
from tests.api.test_websocket import PROTOCOL, greeted, hear, say, subscribe
from tests.serving import serving

SUBSCRIPTIONS = 2000
A_CONNECTION = 100
"""Subscriptions, which is the most it may have."""
SAMPLES = 60
NOTICEABLE = 3.0
"""Times the work: far beyond what chance does, far below what work for every watcher would cost."""
TINY_SECONDS = 0.2
PATIENCE_SECONDS = 20


async def test_two_thousand_open_subscriptions_do_not_slow_a_payment_down(api: Api) -> None:
    watched = [(await api.opened())["payment"]["id"] for _ in range(20)]
    asked = (await api.opened())["payment"]["id"]
    before = await _median_work(api, asked)
    async with _watching(api, watched):
        metrics = (await api.http.get("/metrics", headers={"Authorization": "Bearer a-token-of-the-gateway"})).text
        assert f"open_subscriptions {SUBSCRIPTIONS}.0" in metrics
        assert await _median_work(api, asked) < NOTICEABLE * before


@asynccontextmanager
async def _watching(api: Api, ids: list[str]) -> AsyncIterator[None]:
    """All of them, each told of the status its payment has."""
    async with AsyncExitStack() as stack:
        for number in range(SUBSCRIPTIONS // A_CONNECTION):
            opened = await stack.enter_async_context(greeted(api))
            variables = {"id": ids[number % len(ids)]}
            for id_ in range(A_CONNECTION):
                await say(opened, subscribe(str(id_), query=WATCH, variables=variables))
            heard = {(await hear(opened))["id"] for _ in range(A_CONNECTION)}
            assert len(heard) == A_CONNECTION
        yield


async def _median_work(api: Api, payment_id: str) -> float:
    """Seconds of this process, which no other one makes more."""
    taken = []
    for _ in range(SAMPLES):
        began = process_time()
        assert (await api.payment(payment_id))["status"] == "PENDING"
        taken.append(process_time() - began)
    return median(taken)


class Impatient(WebSocketConnection):
    seconds_to_read = TINY_SECONDS


async def test_a_client_that_stops_reading_is_dropped() -> None:
    """And what waits for it is bounded: the sender is stopped long before the limit on time."""
    dropped = asyncio.Event()
    sent = 0

    async def flood(websocket: WebSocket) -> None:
        nonlocal sent
        await websocket.accept(subprotocol="graphql-transport-ws")
        try:
            while True:
                await websocket.send_text("x" * 10_000)
                sent += 1
        finally:
            dropped.set()

    app = Starlette(routes=[WebSocketRoute("/graphql", flood)])
    async with serving(app, **SERVING | {"ws": Impatient}) as url:
        reader, writer = await _never_reading(url)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await dropped.wait()
        assert sent < 2000, "not buffered for"
        writer.transport.abort()
        del reader


async def _never_reading(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket whose other end takes nothing but what the system keeps for it."""
    at = httpx.URL(url)
    reader, writer = await asyncio.open_connection(at.host, at.port, limit=1024)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    lines = [
        "GET /graphql HTTP/1.1",
        f"Host: {at.host}:{at.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        f"Sec-WebSocket-Protocol: {PROTOCOL}",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    return reader, writer
