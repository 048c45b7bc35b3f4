"""What is known of every request: its id, and what is said of it when it is over."""

import re
from itertools import count
from random import Random
from typing import Any

from monitoring.trace import TRACEPARENT

HEADER = b"x-request-id"
TRACE_HEADER = TRACEPARENT.encode()
GIVEN = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
"""An id that is taken over."""
MAX_OPERATION = 100
"""Characters of an operation's name that are logged."""


class RequestIds:
    """Each another one, in all processes: 64 random bits for this one, and a count."""

    def __init__(self, random: Random) -> None:
        self._process = f"{random.getrandbits(64):016x}"
        self._count = count(1)

    def __call__(self) -> str:
        return f"{self._process}-{next(self._count)}"


def line(method: str, route: str, status: int, seconds: float, operation: object) -> dict[str, Any]:
    told = {"event": "request", "method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
    if operation:
        told["operation"] = str(operation)[:MAX_OPERATION]
    return told


def wrong(request_id: str) -> str:
    """What a client is told of an exception that nobody expected."""
    return f"Something went wrong here; ask about request {request_id}"
