"""One POST to a partner: to a checked address, with a time limit, and no more read than is kept."""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import httpcore
import httpx

from data.attempt import KEPT_BYTES, Attempt, AttemptError
from data.clock import Clock
from webhooks.target import BlockedTargetError, Resolve, TargetRules, UnresolvedTargetError, checked_addresses

TIME_LIMIT_SECONDS = 15.0
"""For all of it: name, connection, TLS, request, answer."""
CONNECT_SECONDS = 5.0
"""For one address of several."""
READ_BYTES = 64 * 1024
"""After so much of an answer the connection is closed."""
IDLE_SECONDS = 4.0
"""Less than servers' usual five, so that a connection is hardly ever closed under a request."""
IDLE_CONNECTIONS = 100
RETRY_AFTER_CHARACTERS = 100

HEADERS = {"Content-Type": "application/json", "User-Agent": "mesaYA-payments/1.0", "Accept": "*/*"}

FAILURES = (
    BlockedTargetError,
    UnresolvedTargetError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    OSError,
)
"""All that a target can do to us; anything else is our own mistake."""

Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to no address but those the target check let through, so that nothing can go round it.

    The name stays with the connection: TLS asks for it (SNI) and verifies it, and no other name's requests use it.
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
                return await self._network.connect_tcp(str(address), port, timeout=CONNECT_SECONDS)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(last), port, timeout=timeout)


@dataclass(slots=True)
class _Answer:
    """What has come so far, when the time is up as well."""

    status: int | None = None
    retry_after: str | None = None
    body: bytearray = field(default_factory=bytearray)


class Sender:
    """Sends any number of requests at once, over connections kept for a few seconds. Close it at the end."""

    def __init__(
        self,
        rules: TargetRules,
        resolve: Resolve,
        clock: Clock,
        *,
        tls: ssl.SSLContext | None = None,
        time_limit: float = TIME_LIMIT_SECONDS,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._time_limit = time_limit
        self._connections = httpcore.AsyncConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(),
            max_connections=None,
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=CheckedBackend(rules, resolve),
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        """Never raises for what the target does or is. Redirects are not followed: they are failures."""
        started_at = self._clock()
        answer = _Answer()
        error: AttemptError | None = None
        try:
            async with asyncio.timeout(self._time_limit):
                await self._exchange(url, headers, body, answer)
        except FAILURES as problem:
            error = _error_of(problem)
        # An answer that has begun counts, even if its rest never came: the partner has taken the event, or not.
        if answer.status is not None:
            error = _error_of_status(answer.status)
        duration = max(self._clock() - started_at, started_at - started_at)
        return Attempt(
            started_at=started_at,
            duration_ms=round(duration.total_seconds() * 1000),
            response_status=answer.status,
            response_body=None if answer.status is None else _text(answer.body),
            error=error,
            retry_after=answer.retry_after,
        )

    async def aclose(self) -> None:
        await self._connections.aclose()

    async def _exchange(self, url: str, headers: Mapping[str, str], body: bytes, answer: _Answer) -> None:
        target = _target(url, self._rules)
        sent = [(b"Host", target.netloc), *((n.encode(), v.encode()) for n, v in (HEADERS | dict(headers)).items())]
        sent.append((b"Content-Length", b"%d" % len(body)))
        parts = httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path)
        response = await self._connections.handle_async_request(
            httpcore.Request("POST", parts, headers=sent, content=body)
        )
        try:
            answer.status = response.status
            answer.retry_after = _header(response, b"retry-after")
            async for chunk in response.aiter_stream():
                answer.body += chunk
                if len(answer.body) >= READ_BYTES:
                    break
        finally:
            await response.aclose()


def _target(url: str, rules: TargetRules) -> httpx.URL:
    target = httpx.URL(url)
    if target.scheme not in ("http", "https") or not target.host:
        raise BlockedTargetError("Not an http(s) URL")
    if target.port is not None and not 0 < target.port < 65536:
        raise BlockedTargetError("No such port")
    if rules.https_only and target.scheme != "https":
        raise BlockedTargetError("Not an https URL")
    return target


def _header(response: httpcore.Response, name: bytes) -> str | None:
    values = [value for key, value in response.headers if key.lower() == name]
    return values[0].decode("latin-1")[:RETRY_AFTER_CHARACTERS] if values else None


def _text(body: bytearray) -> str:
    return bytes(body[:KEPT_BYTES]).decode("utf-8", "replace").replace("\x00", "�")


def _error_of_status(status: int) -> AttemptError | None:
    if 200 <= status < 300:
        return None
    return {3: AttemptError.REDIRECT, 4: AttemptError.HTTP_4XX}.get(status // 100, AttemptError.HTTP_5XX)


def _error_of(problem: BaseException) -> AttemptError:
    if isinstance(problem, (BlockedTargetError, httpx.InvalidURL)):
        return AttemptError.BLOCKED_ADDRESS
    if isinstance(problem, UnresolvedTargetError):
        return AttemptError.DNS
    if isinstance(problem, (TimeoutError, httpcore.TimeoutException)):
        return AttemptError.TIMEOUT
    return AttemptError.TLS if _has_tls_cause(problem) else AttemptError.CONNECT


def _has_tls_cause(problem: BaseException | None) -> bool:
    """The libraries between wrap the TLS error, and cut its cause off, but not its context."""
    while problem is not None:
        if isinstance(problem, ssl.SSLError):
            return True
        problem = problem.__cause__ or problem.__context__
    return False
