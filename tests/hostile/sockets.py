"""Over WebSocket: operations nobody means well, many on one connection, and frames that are no messages at all."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Any

from hypothesis import strategies as st
from websockets import ClientConnection, ConnectionClosed
from websockets.asyncio.client import connect

from tests.api.client import SERVICE, Api
from tests.api.test_websocket import INIT, PROTOCOL, hear, say
from tests.hostile.cases import any_json, drawn, may_be_quiet

AT_ONCE = 50
"""Operations on one connection."""
PATIENCE_SECONDS = 30
"""For an answer that has to come."""
QUIET_SECONDS = 0.5
"""What says nothing for so long was begun, and has nothing to tell, if it may be quiet."""
GREETING = {**INIT, "payload": {"Authorization": f"Bearer {SERVICE}"}}
MEANT = {1002, 1003, 1007, 1009, 4400, 4401, 4403, 4408, 4409, 4429}
"""Close codes that say what was wrong: by RFC 6455, and by graphql-transport-ws."""

Check = Callable[[str, str], None]
"""Of what was asked, and what was answered."""


@asynccontextmanager
async def opened(api: Api) -> AsyncIterator[ClientConnection]:
    async with connect(api.url.replace("http", "ws") + "/graphql", subprotocols=[PROTOCOL]) as connection:
        yield connection


async def operated(api: Api, payloads: Sequence[dict[str, Any]], check: Check) -> Counter[str]:
    """The first thing that each operation says, by its type; `begun` where it says nothing.

    What is no JSON, such as NaN, would end the operations beside it.
    """
    counted: Counter[str] = Counter()
    payloads = [payload for payload in payloads if is_json(payload)]
    for start in range(0, len(payloads), AT_ONCE):
        async with opened(api) as connection:
            await say(connection, GREETING)
            assert (await hear(connection))["type"] == "connection_ack"
            waiting = {str(number): payload for number, payload in enumerate(payloads[start : start + AT_ONCE])}
            for id_, payload in waiting.items():
                await say(connection, {"type": "subscribe", "id": id_, "payload": payload})
            while waiting and (message := await next_message(connection, waiting.values())) is not None:
                if (asked := waiting.pop(message["id"], None)) is not None:
                    assert message["type"] in ("next", "error"), (asked, message)
                    check(json.dumps(asked), json.dumps(message))
                    counted[message["type"]] += 1
            assert may_all_be_quiet(waiting.values()), (waiting, "not answered")
            counted["begun"] += len(waiting)
    return counted


def is_json(payload: object) -> bool:
    try:
        json.dumps(payload, allow_nan=False)
    except ValueError:
        return False
    return True


async def next_message(connection: ClientConnection, waiting: Iterable[dict[str, Any]]) -> Any:
    """None where nothing comes."""
    try:
        async with asyncio.timeout(QUIET_SECONDS if may_all_be_quiet(waiting) else PATIENCE_SECONDS):
            return await hear(connection)
    except TimeoutError:
        return None


def may_all_be_quiet(operations: Iterable[dict[str, Any]]) -> bool:
    return all(may_be_quiet(asked["query"]) for asked in operations)


async def framed(api: Api, frames: Iterable[str | bytes], check: Check) -> Counter[str]:
    """Every second one before the connection is greeted. Whoever is not closed for it answers a ping."""
    counted: Counter[str] = Counter()
    for frame, greet in zip(frames, cycle([True, False]), strict=False):
        async with opened(api) as connection:
            said = frame if isinstance(frame, str) else frame.decode(errors="replace")
            try:
                if greet:
                    await say(connection, GREETING)
                    await hear(connection)
                await say(connection, frame)
                await say(connection, {"type": "ping"})
                while (message := await hear(connection))["type"] != "pong":
                    check(said, json.dumps(message))
                counted["taken"] += 1
            except ConnectionClosed as closed:
                assert closed.rcvd is not None, (frame, "dropped without a close")
                assert closed.rcvd.code in MEANT, (frame, closed.rcvd)
                check(said, closed.rcvd.reason)
                counted[str(closed.rcvd.code)] += 1
    return counted


def frames(examples: int) -> list[str | bytes]:
    types = ["connection_init", "subscribe", "complete", "next", "error", "ping", "pong", "nonsense"]
    parts = {"type": st.sampled_from(types) | any_json, "id": st.sampled_from(["1", ""]) | any_json}
    credentials = st.fixed_dictionaries({}, optional={"Authorization": st.text() | any_json, "X-User-Id": any_json})
    operation = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("query", "variables", "operationName", "extensions"), any_json)
    )
    payloads = {"payload": credentials | operation | any_json}
    messages = drawn(st.fixed_dictionaries({}, optional=parts | payloads), examples)
    values = drawn(any_json, examples // 4)
    good = json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}})
    return [
        *(json.dumps(message) for message in [*messages, *values]),
        *drawn(st.binary(max_size=200), examples // 4),
        "", "{", '"', "NaN", "[" * 100_000, '{"a":' * 50_000, "9" * 60_000, "x" * 300_000, "\0", good + good, good[:-1],
        good.replace("__typename", "\\ud800"), good.replace("__typename", "{a" * 9000),
        good.encode(), good.encode("utf-16"), b"\xff", b"\xef\xbb\xbf" + good.encode(), b"",
    ]  # fmt: skip
