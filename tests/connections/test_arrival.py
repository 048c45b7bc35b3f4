"""Clients that send nothing, little, or without end are dropped; others are served, however often they ask."""

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from serving.arrival import MAX_HEAD_BYTES, Arrival
from serving.server import SERVING
from tests.serving import serving

HEAD = b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 9\r\n"


class Soon(Arrival):
    seconds = 0.3


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse(await Request(scope, receive).body())(scope, receive, send)


@pytest.mark.parametrize("sent", [b"", HEAD, HEAD + b"\r\nhalf"], ids=["nothing", "half a head", "half a body"])
async def test_what_does_not_arrive_in_time_is_dropped(sent: bytes) -> None:
    async with serving(echo, http=Soon) as url:
        assert await answer(url, sent) == b""


async def test_a_head_without_end_is_dropped() -> None:
    async with serving(echo, http=Arrival) as url:
        assert await answer(url, HEAD + b"x: " + b"a" * (4 * MAX_HEAD_BYTES)) == b""


async def test_others_are_served_for_longer_than_that() -> None:
    async with serving(echo, http=Soon, timeout_keep_alive=30) as url, httpx.AsyncClient(base_url=url) as client:
        for _ in range(5):
            assert (await client.post("/", content=b"x" * 500_000)).content == b"x" * 500_000
            await asyncio.sleep(Soon.seconds / 3)


def test_the_service_is_served_so() -> None:
    assert issubclass(SERVING["http"], Arrival)


async def answer(url: str, sent: bytes) -> bytes:
    """All that comes until the server ends the connection."""
    to = urlsplit(url)
    reader, writer = await asyncio.open_connection(to.hostname, to.port)
    try:
        writer.write(sent)
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()
