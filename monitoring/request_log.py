"""What every request has: an id, and a line in the log when it is over."""

import re
from collections.abc import Callable, Mapping
from itertools import count
from random import Random
from types import MappingProxyType

from monitoring.trace import TRACEPARENT

REQUEST_ID_HEADER = b"x-request-id"
TRACE_HEADER = TRACEPARENT.encode()
TAKEN_OVER = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
"""What an id that a gateway gives looks like."""
MAX_OPERATION = 100
"""Characters of an operation's name that are logged, if it could be one: what moves a terminal's cursor is none."""
NOTHING: Mapping[str, str] = MappingProxyType({})


def request_ids(random: Random) -> Callable[[], str]:
    """Gives a different one each time, among processes too: 64 random bits for this one, and a count."""
    return map(f"{random.getrandbits(64):016x}-{{}}".format, count(1)).__next__


def told_of_request(
    method: str, route: str, status: int, seconds: float, operation: object, said: Mapping[str, str] = NOTHING
) -> dict[str, object]:
    """Its line; `said` is what else stands in it."""
    told: dict[str, object] = {
        **said,
        "event": "request",
        "method": method,
        "route": route,
        "status": status,
        "ms": int(seconds * 10_000 + 0.5) / 10,  # `round` takes four times as long
    }
    if operation and (name := str(operation)).isprintable():
        told["operation"] = name[:MAX_OPERATION]
    return told


def went_wrong_text(request_id: str) -> str:
    """What a client is told of an exception that nobody expected."""
    return f"Something went wrong here; ask about request {request_id}"
