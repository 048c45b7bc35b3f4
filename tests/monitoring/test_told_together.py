"""Requests that end in one turn are told of together, each as it was: its id, its status, its operation, its time."""

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any

import structlog

from monitoring.metrics import Metrics
from resolvers.caller import NOBODY
from schema.asked import Ending
from serving.known_requests import KnownRequests


class Ends:
    """A request that is answered at once, in the way that its body names."""

    def __init__(self, body: bytes) -> None:
        how, _, self.operation = body.decode().partition(" ")
        self._how = how

    def begin(self, ending: Ending) -> None:
        if self._how == "fails":
            raise RuntimeError
        ending.done(int(self._how), b"", b"")


class Known:
    route, limit = "/graphql", 100

    def asked(self, _caller: object, _head: Mapping[bytes, bytes], body: bytes, _request_id: str) -> Ends:
        return Ends(body)


class Answered:
    def __init__(self) -> None:
        self.statuses: list[int] = []

    def respond(self, status: int, _lines: bytes, _body: bytes) -> None:
        self.statuses.append(status)


async def nothing_counted() -> Any:
    raise AssertionError("nobody reads the figures of payments here")


async def test_each_is_told_of() -> None:
    metrics, ids, to = Metrics(nothing_counted, nothing_counted, lambda: 0), count(), Answered()
    known: Any = Known()
    requests = KnownRequests(known, metrics, lambda: f"r-{next(ids)}")
    answering: Any = to
    with structlog.testing.capture_logs() as lines:
        for body in (b"200 One", b"400", b"200 Two", b"fails Three"):
            assert requests.answer(NOBODY, {}, body, answering)
        for _ in range(5):
            await asyncio.sleep(0)
    assert to.statuses == [200, 400, 200, 500]
    told = [line for line in lines if line["event"] == "request"]
    assert [(line["request_id"], line["status"], line.get("operation")) for line in told] == [
        ("r-0", 200, "One"),
        ("r-1", 400, None),
        ("r-2", 200, "Two"),
        ("r-3", 500, "Three"),
    ]
    assert all(0 <= line["ms"] < 60_000 and line["route"] == "/graphql" for line in told)
    assert dict(metrics.requests._counted) == {
        ("POST", "/graphql", "200"): 2,
        ("POST", "/graphql", "400"): 1,
        ("POST", "/graphql", "500"): 1,
    }
    (seconds,) = metrics.request_seconds.collect()
    assert next(sample.value for sample in seconds.samples if sample.name.endswith("_count")) == 4
