"""A trace goes through: into our lines of the log, and on to those of our own house that we ask."""

import httpx
import pytest
import structlog

from monitoring.trace import pass_on, trace_of
from tests.api.client import Api

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nonsense",
        TRACEPARENT.upper(),
        TRACEPARENT + "-x",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        "ff" + TRACEPARENT[2:],
    ],
)
def test_what_is_no_trace_is_left_out(given: str) -> None:
    assert trace_of({"traceparent": given}) == {}


async def test_a_request_is_logged_with_its_trace(api: Api) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await api.http.get("/health/live", headers={"traceparent": TRACEPARENT, "x-request-id": "mine"})
    (line,) = [line for line in lines if line["event"] == "request" and line.get("request_id") == "mine"]
    assert line["trace_id"] == TRACE


async def test_it_is_passed_on() -> None:
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, json=dict(request.headers))),
        event_hooks={"request": [pass_on]},
    ) as client:
        with structlog.contextvars.bound_contextvars(request_id="mine", traceparent=TRACEPARENT):
            said = (await client.get("http://mesa-ya-res.example")).json()
        outside = (await client.get("http://mesa-ya-res.example")).json()
    assert (said["x-request-id"], said["traceparent"]) == ("mine", TRACEPARENT)
    assert "x-request-id" not in outside and "traceparent" not in outside
