"""The whole way of a payment with the mock provider: a real server, its pages, its webhook, the behaviour behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

import httpx
from starlette.applications import Starlette

from data.clock import Clock, system_clock
from data.database import Database, plain_dsn
from data.feed import Feed
from endpoints.provider_webhook import provider_webhook_route
from pages.checkout import checkout_routes
from pages.result import result_route
from providers.mock import WEBHOOK_PATH, MockProvider
from resolvers.runtime import Rules, Runtime
from tests.serving import NO_TLS, open_door, port_of, serving

KEYS = (b"a key of the tests, that is long enough",)


@dataclass(frozen=True)
class House:
    url: str
    runtime: Runtime
    provider: MockProvider
    browser: httpx.AsyncClient
    """Follows no redirect by itself."""


@asynccontextmanager
async def house(
    database: Database, database_url: str, clock: Clock = system_clock, **mock: Any
) -> AsyncIterator[House]:
    feed, random, door = Feed(plain_dsn(database_url)), SystemRandom(), open_door()
    url = f"http://127.0.0.1:{port_of(door)}"
    async with httpx.AsyncClient(verify=NO_TLS) as client, httpx.AsyncClient(verify=NO_TLS) as browser:
        provider = MockProvider(database, clock, random, url, KEYS, client, **mock)
        runtime = Runtime(database, provider, feed, clock, random, Rules(url, KEYS, None, user_checkout=True))
        routes = [
            *checkout_routes(provider),
            provider_webhook_route(runtime, WEBHOOK_PATH),
            result_route(runtime),
        ]
        hearing = asyncio.create_task(feed.run())
        async with serving(Starlette(routes=routes), door):
            try:
                await feed.listening.wait()
                yield House(url, runtime, provider, browser)
            finally:
                await provider.aclose()
                hearing.cancel()
                with suppress(asyncio.CancelledError):
                    await hearing
