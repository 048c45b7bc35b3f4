"""What every request has: an id, and a line in the log when it is over."""

import re
from itertools import count
from random import Random

from monitoring.trace import TRACEPARENT

REQUEST_ID_HEADER = b"x-request-id"
TRACE_HEADER = TRACEPARENT.encode()
TAKEN_OVER = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
"""What an id that a gateway gives looks like."""
MAX_OPERATION = 100
"""Characters of an operation's name that are logged."""


class RequestIds:
    """A different one each time, among processes too: 64 random bits for this one, and a count."""

    def __init__(self, random: Random) -> None:
        self._process = f"{random.getrandbits(64):016x}"
        self._count = count(1)

    def __call__(self) -> str:
        return f"{self._process}-{next(self._count)}"


def told_of_request(method: str, route: str, status: int, seconds: float, operation: object) -> dict[str, object]:
    told: dict[str, object] = {
        "event": "request",
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
    }
    if operation:
        told["operation"] = str(operation)[:MAX_OPERATION]
    return told


def went_wrong_text(request_id: str) -> str:
    """What a client is told of an exception that nobody expected."""
    return f"Something went wrong here; ask about request {request_id}"
