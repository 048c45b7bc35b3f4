"""The trace a request belongs to (W3C Trace Context), and passing it on to those that we ask for it."""

import re
from collections.abc import Mapping

import httpx
import structlog

TRACEPARENT = "traceparent"
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def trace_of(headers: Mapping[str, str]) -> dict[str, str]:
    """For the log: the header as it came and the trace's id; nothing where it is malformed or absent."""
    given = headers.get(TRACEPARENT, "")
    found = _TRACEPARENT.fullmatch(given)
    return {} if found is None else {"trace_id": found[1], TRACEPARENT: given}


async def pass_on(request: httpx.Request) -> None:
    """For the clients of our own house: what asks belongs to the request that we answer."""
    known = structlog.contextvars.get_contextvars()
    for header, name in (("x-request-id", "request_id"), (TRACEPARENT, TRACEPARENT)):
        if name in known and header not in request.headers:
            request.headers[header] = known[name]
