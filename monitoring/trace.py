"""The trace that a request belongs to (W3C Trace Context), carried on to whomever we ask or tell because of it.

Nothing here begins a trace or a span: who sends none gets none.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import NamedTuple

import httpx
from starlette.datastructures import Headers

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
MAX_TRACESTATE = 512
"""Characters; what W3C asks everybody to carry at least. A longer one stays behind, the trace goes on without it."""

NO_TRACE: Mapping[str, str] = MappingProxyType({})

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_TRACESTATE = re.compile(rf"[\x21-\x7e](?:[\x20-\x7e]{{0,{MAX_TRACESTATE - 2}}}[\x21-\x7e])?")


class Carried(NamedTuple):
    headers: Mapping[str, str]
    """The trace, as it is sent on."""
    said: Mapping[str, str]
    """In every line of the log."""


_carried: ContextVar[Carried] = ContextVar("carried", default=Carried({}, {}))  # noqa: B039 - nobody changes it


def trace_of(headers: Headers) -> dict[str, str]:
    """The headers as they are sent on; none where the traceparent is malformed or absent."""
    parents = headers.getlist(TRACEPARENT)
    if len(parents) != 1 or _TRACEPARENT.fullmatch(parents[0]) is None:
        return {}
    state = ",".join(headers.getlist(TRACESTATE))
    return {TRACEPARENT: parents[0]} | ({TRACESTATE: state} if _TRACESTATE.fullmatch(state) else {})


def carry(request_id: str, trace: Mapping[str, str]) -> Carried:
    """From here on, in this request."""
    said = {"request_id": request_id}
    if trace:
        said["trace_id"] = trace[TRACEPARENT].split("-")[1]
    carried = Carried(trace, said)
    _carried.set(carried)
    return carried


def carried() -> Mapping[str, str]:
    """The headers of the trace that what runs now belongs to; none of what belongs to no request."""
    return _carried.get().headers


def said() -> Mapping[str, str]:
    """What lines of the log say of the request that they belong to."""
    return _carried.get().said


async def pass_on(request: httpx.Request) -> None:
    """For the clients of our own house, which hear the request's id too."""
    given = dict(carried())
    if "request_id" in said():
        given["x-request-id"] = said()["request_id"]
    for name, value in given.items():
        request.headers.setdefault(name, value)
