"""One POST to a partner: to a checked address, with a time limit, and no more read than is kept."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import httpcore
import httpx

from data.attempt import KEPT_BYTES, Attempt, AttemptError
from data.clock import Clock
from webhooks.connections import CheckedBackend, Connections, authorities
from webhooks.target import BlockedTargetError, Resolve, TargetRules, UnresolvedTargetError

TIME_LIMIT_SECONDS = 15.0
"""For all of it: name, connection, TLS, request, answer."""
RETRY_AFTER_CHARACTERS = 100
MAX_URLS = 1024
"""URLs of partners that were read already."""

HEADERS = {"Content-Type": "application/json", "User-Agent": "mesaYA-payments/1.0", "Accept": "*/*"}

FAILURES = (
    BlockedTargetError,
    UnresolvedTargetError,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    OSError,
)
"""All that a target can do to us; anything else is our own mistake."""


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
        time_limit: float | None = None,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._time_limit = time_limit or TIME_LIMIT_SECONDS
        self._connections = Connections(CheckedBackend(rules, resolve), tls or authorities())

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
        target, host = _target(url, self._rules.https_only)
        sent = [
            (b"Host", host),
            *((name.encode(), value.encode()) for name, value in (HEADERS | dict(headers)).items()),
        ]
        sent.append((b"Content-Length", b"%d" % len(body)))
        connection = await self._connections.borrow(target.origin)
        try:
            response = await connection.handle_async_request(
                httpcore.Request("POST", target, headers=sent, content=body)
            )
            await _read(response, answer)
        finally:
            await self._connections.give_back(target.origin, connection)


async def _read(response: httpcore.Response, answer: _Answer) -> None:
    try:
        answer.status = response.status
        answer.retry_after = _header(response, b"retry-after")
        async for chunk in response.aiter_stream():
            answer.body += chunk
    finally:
        await response.aclose()


@lru_cache(MAX_URLS)
def _target(url: str, https_only: bool) -> tuple[httpcore.URL, bytes]:
    """The URL as it goes over the wire, and its Host header. A user and password in it are left out."""
    try:
        parsed = httpx.URL(url)
        no_web = parsed.scheme not in ("http", "https") or not parsed.host
    except (httpx.InvalidURL, ValueError) as error:  # names that IDNA does not know are no InvalidURL
        raise BlockedTargetError("Not a URL") from error
    if no_web:
        raise BlockedTargetError("Not an http(s) URL")
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise BlockedTargetError("No such port")
    if https_only and parsed.scheme != "https":
        raise BlockedTargetError("Not an https URL")
    target = httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path)
    return target, parsed.netloc


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
    if isinstance(problem, BlockedTargetError):
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
