"""Whatever bytes come in whatever pieces, the straight way writes what uvicorn's own writes, and ends where it ends."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise

import uvicorn
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from serving.connections import HttpConnection
from serving.server import SERVING
from serving.straight import Answering
from tests.connections.transport import Transport

TURNS = 60
"""Of the event loop: more than what is sent at once takes."""
Steps = list[bytes | str]
HEAD = b"POST /here HTTP/1.1\r\nContent-Length: 5\r\n\r\n"
REQUEST = HEAD + b"known"
LONG = HEAD.replace(b"5", b"%05000d" % 5)
LINES = rb"""POST /here HTTP/1.0|POST /here HTTP/0.9|POST /here HTTP/2.0|POST /here HTTP/1.2|GET /here HTTP/1.1
POST /here|POST //here HTTP/1.1|POST /%68ere HTTP/1.1|POST http://h/here HTTP/1.1|POST /here?a HTTP/1.1
POST /here#a HTTP/1.1|post /here HTTP/1.1|PUT /here HTTP/1.1|CONNECT h:1 HTTP/1.1|POST here HTTP/1.1"""
HEADERS = b"""A: b|a:b|Connection: close|Connection: keep-alive|Proxy-Connection: keep-alive|Proxy-Connection: close
X :y|Connection: Upgrade~Upgrade: h2c|Upgrade: websocket|Expect: 100-continue|X|Host: h|X: a~ b|X: \xff|X:|\xff: x|: x
Content-Length: 0|Content-Length: 5|CONTENT-LENGTH:  5 |Content-Length: +5|Content-Length: 5, 5|Content-Length: 9999999
Transfer-Encoding: chunked|Transfer-Encoding: identity|X: \0|Content-Length : 5"""
BODIES = [b"known"] * 4 + [b"other", b"", b"k" * 12, b"k" * 13, b"o" * 13]
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nknown\r\n0\r\nTrailer: x\r\n\r\n"
GARBAGE = [b""] * 12 + [b"\r\n", b"\0", b"known", b"0\r\n\r\n", b" ", b"\n", b"GET /"]


class ByAsgi:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = scope["method"], scope["raw_path"], scope["query_string"]
        told = repr(((() if request == ("POST", b"/here", b"") else request), scope["headers"])).encode()
        told += await Request(scope, receive).body()
        headers = [(b"content-length", b"%d" % len(told)), (b"a", b"b")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told})


class Straight(ByAsgi):
    path, limit = b"/here", 12

    def __init__(self) -> None:
        self.straight = self

    def takes(self, head: Mapping[bytes, bytes]) -> bool:
        return head.keys().isdisjoint((b"expect", b"transfer-encoding"))

    def takes_again(self, _taken: object, head: Mapping[bytes, bytes]) -> bool:
        return self.takes(head)

    def answer(self, _taken: object, head: Mapping[bytes, bytes], body: bytes, to: Answering) -> bool:
        assert len(body) <= self.limit
        is_known = body.startswith(b"k")
        if is_known:
            told = repr(((), [*head.items()])).encode()
            asyncio.get_running_loop().call_soon(to.respond, 200, b"a: b\r\n", told + body)
        return is_known


async def heard(app: ByAsgi, steps: Steps) -> list[tuple[bytes, bool]]:
    """What was written and whether the connection has ended, each time that there was time for it."""
    connection = HttpConnection(uvicorn.Config(app, **{**SERVING, "ws": "none"}), ServerState(), {})
    transport, found = Transport(connection), []
    for step in [*steps, "settle"]:
        if isinstance(step, bytes):
            transport.say(step)
            continue
        transport.do(step)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        found.append((transport.written, transport.closed))
    transport.close()
    return found


def words(text: bytes) -> st.SearchStrategy[bytes]:
    return st.sampled_from([word.replace(b"~", b"\r\n") for line in text.split(b"\n") for word in line.split(b"|")])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    one_in_eight = st.sampled_from([True] + [False] * 7)
    body = draw(st.sampled_from(BODIES))
    lines = [draw(words(LINES)) if draw(one_in_eight) else b"POST /here HTTP/1.1"]
    lines += draw(st.one_of(st.just([]), st.lists(words(HEADERS), max_size=2)))
    if not draw(one_in_eight):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, CHUNKED if draw(one_in_eight) else b"\r\n" + body]) + draw(st.sampled_from(GARBAGE))


@st.composite
def conversations(draw: st.DrawFn) -> Steps:
    """Requests in pieces; between these, sometimes, time passes, the client says that it is done, or the server is."""
    sent = b"".join(draw(st.lists(st.one_of(st.just(REQUEST), requests()), min_size=1, max_size=4)))
    steps: Steps = []
    for begin, end in pairwise([0, *sorted(draw(st.sets(st.integers(0, len(sent)), max_size=6))), len(sent)]):
        after = draw(st.sampled_from([""] * 6 + ["settle"] * 8 + ["shutdown", "eof"]))
        steps += [sent[begin:end], *([after] if after else [])]
    return steps


@st.composite
def repeats(draw: st.DrawFn) -> Steps:
    """Few heads, again and again, mostly one at a time and each answered before the next one comes."""
    lines = b"", b"A: b\r\n", b"Connection: keep-alive\r\n"
    heads = [HEAD.replace(b"\r\n", b"\r\n" + line, 1) for line in lines]
    steps: Steps = []
    for _ in range(draw(st.integers(4, 10))):
        one = draw(st.sampled_from([HEAD] * 4 + heads)) + draw(st.sampled_from([b"known", b"knack", b"other"]))
        one += draw(st.sampled_from([b""] * 9 + [b"\r\n", HEAD, REQUEST]))
        cut = draw(st.sampled_from([len(one)] * 6 + [*range(len(one))]))
        between = draw(st.sampled_from([""] * 3 + ["settle", "shutdown"]))
        steps += [one[:cut], *([between] if between else []), one[cut:]]
        steps += draw(st.sampled_from([["settle"]] * 6 + [[], ["settle", "client stops reading"], ["client reads"]]))
    return steps


@settings(max_examples=500, derandomize=True, database=None)
@given(st.one_of(conversations(), repeats()))
@example([bytes([byte]) for byte in REQUEST * 3])
@example([step for byte in REQUEST * 3 for step in (bytes([byte]), "settle")])
@example([HEAD, "shutdown", b"kn", "settle", b"own"])
@example([HEAD, "shutdown", b"oth", "settle", b"er"])
@example([REQUEST.replace(b"1.1", b"1.0").replace(b"Content", b"Proxy-Connection: keep-alive\r\nContent"), "settle"])
@example([REQUEST.replace(b"/here", b"//here")])
@example(["client stops reading", *[REQUEST, "settle"] * 5, "client reads"])
@example([REQUEST, "settle"] * 3 + [b"\r", "settle", REQUEST, "settle"])
@example([REQUEST + b"\r\n", "settle"] * 4)
@example([REQUEST, "settle", REQUEST + LONG[:-2] + b"X: y", "settle", b"\r\n\r\nother", "settle"])
@example([HEAD + b"kkkkk\r\n", "settle"] * 4)
@example([*[REQUEST, "settle"] * 3, "client stops reading", REQUEST, "settle", "client reads"])
def test_the_same_is_written(steps: Steps) -> None:
    async def both() -> None:
        assert await heard(Straight(), steps) == await heard(ByAsgi(), steps)

    asyncio.run(both())
