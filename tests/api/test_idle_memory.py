"""What a subscription costs while nothing happens, counted to the byte and not by what the system gave the process."""

import asyncio
import gc
import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from benchmarks.watchers import Watcher, nothing
from tests.api.client import Api

FIRST, MORE = 50, 100
"""Subscriptions; the first ones pay for what a process has once."""
KIB = {1: 30, 50: 10}
"""Below these, by the subscriptions to a connection: a third more than it is, and less than twice as much."""


class Written:
    """A transport that keeps nothing."""

    def __init__(self, to: socket.socket) -> None:
        self.to = to

    def write(self, data: bytes) -> None:
        self.to.sendall(data)


@pytest.fixture
def counting() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize("together", KIB)
async def test_an_idle_subscription_is_small(api: Api, counting: None, together: int) -> None:
    payment_id = (await api.opened())["payment"]["id"]
    with ExitStack() as opened:
        for _ in range(FIRST // together):
            opened.enter_context(await watching(api, [payment_id] * together))
        before = counted()
        for _ in range(MORE // together):
            opened.enter_context(await watching(api, [payment_id] * together))
        each = (counted() - before) / MORE
    assert each < KIB[together] * 1024


async def watching(api: Api, payment_ids: list[str]) -> socket.socket:
    """Told what is now. On this side there is nothing but the socket."""
    parts, loop = urlsplit(api.url), asyncio.get_running_loop()
    opened = socket.create_connection((parts.hostname, parts.port))
    watcher = Watcher(0, payment_ids, parts.netloc, "/graphql", nothing)
    watcher.connection_made(cast(asyncio.BaseTransport, cast(Any, Written(opened))))
    opened.setblocking(False)
    while not watcher.begun.done():
        watcher.data_received(await loop.sock_recv(opened, 1 << 16))
    return opened


def counted() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
