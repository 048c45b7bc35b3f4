"""graphql-transport-ws: close codes for what is malformed, and one operation's mistake hurts no other."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets import ClientConnection, ConnectionClosed, InvalidStatus
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from schema.endpoint import MAX_BODY_BYTES
from schema.websocket import MAX_OPERATIONS
from serving.connections import MAX_FRAMES
from tests.api.client import WATCH, Api

PATIENCE_SECONDS = 20
PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init"}


@asynccontextmanager
async def socket(api: Api, origin: str | None = None) -> AsyncIterator[ClientConnection]:
    url = api.url.replace("http", "ws") + "/graphql"
    async with connect(url, subprotocols=[PROTOCOL], origin=Origin(origin) if origin else None) as opened:
        yield opened


@asynccontextmanager
async def greeted(api: Api) -> AsyncIterator[ClientConnection]:
    async with socket(api) as opened:
        await say(opened, INIT)
        assert await hear(opened) == {"type": "connection_ack"}
        yield opened


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


async def say(opened: ClientConnection, message: object) -> None:
    await opened.send(message if isinstance(message, str | bytes) else json.dumps(message))


async def hear(opened: ClientConnection) -> Any:
    return json.loads(await opened.recv())


async def close_code(opened: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await opened.recv()
    received = closed.value.rcvd
    assert received is not None, "dropped without a close"
    return received.code, received.reason


def subscribe(id_: object = "1", **payload: object) -> dict[str, object]:
    return {"type": "subscribe", "id": id_, "payload": {"query": "{ __typename }", **payload}}


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[]",
        "null",
        "7",
        '"text"',
        b"bytes",
        {},
        {"type": 7},
        {"type": "start", "id": "1"},
        {"type": "x" * 500},
        {"type": "subscribe"},
        {"type": "subscribe", "id": "1"},
        {"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}},
        {"type": "subscribe", "id": "1", "payload": []},
        subscribe(query=None),
        subscribe(variables=[]),
        subscribe(operationName=7),
        {"type": "complete"},
        {"type": "complete", "id": ["1"]},
    ],
)
async def test_a_malformed_message_closes_with_4400(api: Api, message: object) -> None:
    async with greeted(api) as opened:
        await say(opened, message)
        code, reason = await close_code(opened)
    assert code == 4400 and "Traceback" not in reason


async def test_the_protocols_other_close_codes(api: Api) -> None:
    async with socket(api) as opened:
        await say(opened, subscribe())
        assert (await close_code(opened))[0] == 4401
    async with greeted(api) as opened:
        await say(opened, INIT)
        assert (await close_code(opened))[0] == 4429
    async with socket(api) as opened:
        await say(opened, {**INIT, "payload": 7})
        assert (await close_code(opened))[0] == 4400
    paid = await api.opened()
    async with greeted(api) as opened:
        for _ in range(2):
            await say(opened, subscribe(query=WATCH, variables={"id": paid["payment"]["id"]}))
        assert (await close_code(opened))[0] == 4409
    async with greeted(api) as opened:
        await say(opened, "x" * (MAX_BODY_BYTES + 1))
        assert (await close_code(opened))[0] == 1009


async def test_bad_credentials_close_with_4403(api: Api) -> None:
    for payload in ({"Authorization": "Bearer nonsense"}, {"authorization": "nonsense"}, {"Authorization": 7}):
        async with socket(api) as opened:
            await say(opened, {**INIT, "payload": payload})
            assert (await close_code(opened))[0] == 4403


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query A { a } query B { b }", WATCH])
async def test_one_operations_mistake_leaves_the_others_alone(api: Api, query: str) -> None:
    async with greeted(api) as opened:
        await say(opened, subscribe("bad", query=query))
        answer = await hear(opened)
        assert (answer["type"], answer["id"]) == ("error", "bad")
        assert answer["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await say(opened, subscribe("good"))
        assert await hear(opened) == {"id": "good", "type": "next", "payload": {"data": {"__typename": "Query"}}}
        assert await hear(opened) == {"id": "good", "type": "complete"}
        await say(opened, {"type": "ping"})
        assert await hear(opened) == {"type": "pong"}


async def test_a_connection_has_a_bounded_number_of_operations(api: Api) -> None:
    paid = await api.opened()
    async with greeted(api) as opened:
        for number in range(MAX_OPERATIONS + 1):
            await say(opened, subscribe(str(number), query=WATCH, variables={"id": paid["payment"]["id"]}))
        while (answer := await hear(opened))["type"] == "next":
            pass
    assert (answer["type"], answer["id"]) == ("error", str(MAX_OPERATIONS))
    assert answer["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_pages_of_other_origins_are_refused(api: Api) -> None:
    for origin in ("http://localhost:4200", api.url):
        async with socket(api, origin) as opened:
            await say(opened, INIT)
            assert await hear(opened) == {"type": "connection_ack"}
    with pytest.raises(InvalidStatus) as refused:
        async with socket(api, "https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_the_older_protocol_is_not_spoken(api: Api) -> None:
    async with connect(api.url.replace("http", "ws") + "/graphql", subprotocols=[Subprotocol("graphql-ws")]) as opened:
        assert (await close_code(opened))[0] == 4406


async def test_a_message_has_a_bounded_number_of_frames(api: Api) -> None:
    text = json.dumps(subscribe())
    async with greeted(api) as opened:
        await opened.send([*text, *[""] * (MAX_FRAMES - len(text) - 1)])
        assert (await hear(opened))["type"] == "next"
    async with greeted(api) as opened:
        with pytest.raises(ConnectionClosed) as closed:
            await opened.send([""] * (MAX_FRAMES + 2))
            await hear(opened)
        assert closed.value.rcvd is None


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("Content-Length: 5", 400),
        ("Transfer-Encoding: chunked", 400),
        ("X: y" + 500 * "\r\nX: y", 431),
        ("X: y", 400),
    ],
    ids=["a body", "chunks", "too many headers", "no key"],
)
async def test_what_is_no_handshake_is_answered(api: Api, lines: str, status: int) -> None:
    offer = f"Connection: Upgrade\r\nUpgrade: websocket\r\n{lines}"
    heard = await answer(api.url, f"GET /graphql HTTP/1.1\r\nHost: h\r\n{offer}\r\n\r\n".encode())
    assert heard.startswith(f"HTTP/1.1 {status} ".encode())


async def answer(url: str, sent: bytes) -> bytes:
    """All that comes until the server ends the connection."""
    to = urlsplit(url)
    reader, writer = await asyncio.open_connection(to.hostname, to.port)
    try:
        writer.write(sent)
        return await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
    finally:
        writer.close()
