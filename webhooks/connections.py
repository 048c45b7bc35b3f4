"""Connections to partners, kept open for a few seconds and never lent to another name than they were made for."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

import httpcore
import httpx

from monitoring.trace import pass_on
from webhooks.bounded_stream import BoundedStream
from webhooks.target import Resolve, TargetRules, checked_addresses

CONNECT_SECONDS = 5.0
"""For one address of several."""
IDLE_SECONDS = 4.0
"""Less than servers' usual five, so that a connection is hardly ever closed under a request."""
IDLE_CONNECTIONS = 200


Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


@cache
def authorities() -> ssl.SSLContext:
    """Whose certificates are believed: read once, as it takes longer than all else a service is made of."""
    return httpx.create_ssl_context()


def client(base_url: str = "") -> httpx.AsyncClient:
    """For those of our own house, who are told of the trace. Whoever makes it closes it."""
    return httpx.AsyncClient(base_url=base_url, event_hooks={"request": [pass_on]}, verify=authorities())


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to no address but those the target check let through, so that nothing can go round it.

    The name stays with the connection: TLS asks for it (SNI) and verifies it.
    """

    def __init__(self, rules: TargetRules, resolve: Resolve) -> None:
        self._rules = rules
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Option] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        *others, last = await checked_addresses(host, port, self._rules, self._resolve)
        for address in others:
            try:
                return BoundedStream(await self._network.connect_tcp(str(address), port, timeout=CONNECT_SECONDS))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return BoundedStream(await self._network.connect_tcp(str(last), port, timeout=timeout))


class Connections:
    """httpcore's own pool looks at every connection for every request, which costs more than the request itself.

    As many at once as are borrowed: whoever borrows keeps the number within bounds.
    """

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext) -> None:
        self._backend = backend
        self._tls = tls
        self._idle: defaultdict[str, list[httpcore.AsyncHTTPConnection]] = defaultdict(list)
        self._sweeping: asyncio.Task[None] | None = None

    async def borrow(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        """Give it back, whatever comes of it."""
        while kept := self._idle[str(origin)]:
            connection = kept.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        del self._idle[str(origin)]
        return httpcore.AsyncHTTPConnection(
            origin, ssl_context=self._tls, keepalive_expiry=IDLE_SECONDS, network_backend=self._backend
        )

    async def give_back(self, origin: httpcore.Origin, connection: httpcore.AsyncHTTPConnection) -> None:
        if not connection.is_idle() or sum(map(len, self._idle.values())) >= IDLE_CONNECTIONS:
            await connection.aclose()
            return
        self._idle[str(origin)].append(connection)
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = asyncio.create_task(self._sweep())

    async def aclose(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        for connection in [connection for kept in self._idle.values() for connection in kept]:
            await connection.aclose()
        self._idle.clear()

    async def _sweep(self) -> None:
        """Closes what nobody has borrowed for long, until none is left."""
        while self._idle:
            await asyncio.sleep(IDLE_SECONDS)
            for origin, kept in list(self._idle.items()):
                expired = [connection for connection in kept if connection.has_expired()]
                self._idle[origin] = [connection for connection in kept if connection not in expired]
                if not self._idle[origin]:
                    del self._idle[origin]
                for connection in expired:
                    await connection.aclose()
