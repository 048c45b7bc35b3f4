"""Requests that the application knows are answered without ASGI, which costs more than most of them.

uvicorn's parser has read them, and decides where one ends. What is not known after all goes on to uvicorn as if nobody
had looked at it: its callbacks are called then as they would have been.
"""

from asyncio import Task
from collections.abc import Mapping
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from serving.arrival import Arrival


class Answering(Protocol):
    """The one answer to a request."""

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        """`lines` are of the head."""

    def is_done_by(self, task: Task[None]) -> None:
        """The task that will respond, if there is one."""


class Straight(Protocol):
    """What an ASGI application may have as its `straight`."""

    path: bytes
    limit: int
    """Bytes of a body."""

    def takes(self, head: Mapping[bytes, bytes]) -> Any:
        """What is there only where a POST to its path may be known, by the headers, each of which is there once."""

    def takes_again(self, taken: Any, head: Mapping[bytes, bytes]) -> Any:
        """The same, later, for the head that `taken` is of."""

    def answer(self, taken: Any, head: Mapping[bytes, bytes], body: bytes, to: Answering) -> bool:
        """Whether it is known, and will be answered, whatever happens; else ASGI has to. `taken` is of `takes`."""


class UnderWay:
    """A request that is being answered, as far as uvicorn asks for that."""

    __slots__ = ("_connection", "disconnected", "keep_alive", "response_complete")

    response_started = False
    chunked_encoding = None

    def __init__(self, connection: "StraightConnection", *, keep_alive: bool) -> None:
        self._connection = connection
        self.keep_alive = keep_alive
        self.disconnected = self.response_complete = False

    @property
    def message_event(self) -> "UnderWay":
        """Of somebody who waits for the rest of the request: nobody."""
        return self

    def set(self) -> None:
        pass

    def respond(self, status: int, lines: bytes, body: bytes) -> None:
        self.response_complete, connection = True, self._connection
        del self._connection  # which holds this: neither shall wait for the garbage collector
        connection.answered(self, status, lines, body)

    def is_done_by(self, task: Task[None]) -> None:
        tasks = self._connection.tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)


class StraightConnection(Arrival):
    _straight: Straight | None
    _head: dict[bytes, bytes] | None = None
    """Of a request that may be known, while its body comes in."""
    _taken: Any = None
    _pieces: list[bytes]
    """Of its body."""
    _length = 0
    _defaults: object = None
    _lines = b""
    _is_last = False
    """The server ends once this request is answered."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._straight = getattr(self.config.app, "straight", None)

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self._expect()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # trailers say nothing to anybody here, and have no end of their own
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        straight = self._straight
        if straight is not None and self.url == straight.path and self._is_plain_post():
            head = dict(self.headers)
            if len(head) == len(self.headers) and self._ends_as_uvicorn_would(head):
                self._taken = straight.takes(head)
                if self._taken:
                    self._head, self._pieces, self._length = head, [], 0
                    return
        self._begin_by_uvicorn()

    def on_body(self, body: bytes) -> None:
        if self._head is None:
            super().on_body(body)
            return
        self._pieces.append(body)
        self._length += len(body)
        assert self._straight is not None
        if self._length > self._straight.limit:
            self._leave_to_uvicorn()

    def on_message_complete(self) -> None:
        if self._head is not None:
            self._deadline = None
            if self._answer(self._head):
                return
            self._leave_to_uvicorn()
        super().on_message_complete()

    def shutdown(self) -> None:
        if self._head is None:
            super().shutdown()
        else:
            self._is_last = True

    def answered(self, under_way: UnderWay, status: int, lines: bytes, body: bytes) -> None:
        if under_way.disconnected or self.transport.is_closing():
            return
        end = b"\r\n" if under_way.keep_alive else b"connection: close\r\n\r\n"
        head = STATUS_LINE[status], self._default_lines(), len(body), lines, end, body
        self.transport.write(b"%b%bcontent-length: %d\r\n%b%b%b" % head)
        if not under_way.keep_alive:
            self.transport.close()
        if self.pipeline:
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            if self._deadline is None:  # the next request may have begun to come in
                self._rest()

    def _default_lines(self) -> bytes:
        """Those that uvicorn puts into every answer, the date among them: it makes another list each second."""
        headers = self.server_state.default_headers
        if headers is not self._defaults:
            self._defaults = headers
            self._lines = b"".join([b"%b: %b\r\n" % header for header in headers])
        return self._lines

    def _is_plain_post(self) -> bool:
        under_way = self.cycle
        return (
            (under_way is None or under_way.response_complete)
            and not self.flow.write_paused
            and self.parser.get_method() == b"POST"
            and not self.parser.should_upgrade()
        )

    def _ends_as_uvicorn_would(self, head: dict[bytes, bytes]) -> bool:
        """It closes connections of HTTP/1.0 though they ask to be kept."""
        asks = b"connection" in head or b"proxy-connection" in head
        return not asks or self.parser.get_http_version() == "1.1"

    def _answer(self, head: dict[bytes, bytes]) -> bool:
        assert self._straight is not None
        under_way = UnderWay(self, keep_alive=self.parser.should_keep_alive() and not self._is_last)
        if not self._straight.answer(self._taken, head, self._body(), under_way):
            return False
        self._head, self._pieces = None, []
        self.cycle = under_way  # type: ignore[assignment]
        return True

    def _leave_to_uvicorn(self) -> None:
        """All that has come so far."""
        self._head = None
        self._begin_by_uvicorn()
        if self._is_last:
            self.cycle.keep_alive = False
        super().on_body(self._body())

    def _body(self) -> bytes:
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0] if self._pieces else b""

    def _begin_by_uvicorn(self) -> None:
        url, headers = self.url, self.headers
        # Arrival's would give the request its time once more.
        HttpToolsProtocol.on_message_begin(self)
        self.url = url
        for name, value in headers:
            HttpToolsProtocol.on_header(self, name, value)
        super().on_headers_complete()
