"""A partner's server over real sockets, as well or as badly behaved as a test wants it."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto


class How(Enum):
    ANSWER = auto()
    HANG = auto()
    """Read the request, say nothing."""
    HANG_IN_BODY = auto()
    """Say the status, then nothing more."""
    DROP = auto()
    """Close the connection without an answer."""
    ENDLESS = auto()
    """A body that never ends, as fast as it is read."""
    ENDLESS_INTERIM = auto()
    """Interim answers that never end, as fast as they are read."""
    CRUMBS = auto()
    """A body that never ends, a byte a chunk."""
    GARBAGE = auto()
    """Something that is no HTTP."""


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    how: How = How.ANSWER
    after: asyncio.Event | None = None
    """Waited for before anything is said."""


OK = Reply()


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    connection: int

    @property
    def webhook_id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    def __init__(self) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.sent_bytes = 0
        self.port = 0
        self.server_names: list[str | None] = []
        self._replies: defaultdict[str, list[Reply]] = defaultdict(list)
        self._changed = asyncio.Condition()
        self._open: set[asyncio.Task[None]] = set()

    @property
    def open_connections(self) -> int:
        return len(self._open)

    def behave(self, path: str, *replies: Reply) -> None:
        """Answer these in turn; the last one from then on. Unset paths are answered 200."""
        self._replies[path] = list(replies)

    def url(self, path: str = "/hooks", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def until(self, happened: Callable[["Receiver"], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: happened(self))

    async def until_received(self, count: int, seconds: float = 20) -> list[Received]:
        await self.until(lambda receiver: len(receiver.received) >= count, seconds)
        return self.received

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
                while await self._exchange(reader, writer, number):
                    pass
        finally:
            self._open.discard(task)
            writer.close()
            async with self._changed:
                self._changed.notify_all()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        replies = self._replies[path]
        reply = (replies.pop(0) if len(replies) > 1 else replies[0]) if replies else OK
        async with self._changed:
            self.received.append(Received(path, headers, body, number))
            self._changed.notify_all()
        if reply.after is not None:
            await reply.after.wait()
        return await self._answer(reply, writer)

    async def _answer(self, reply: Reply, writer: asyncio.StreamWriter) -> bool:
        extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        start = f"HTTP/1.1 {reply.status} X\r\n{extra}"
        match reply.how:
            case How.HANG:
                await asyncio.Event().wait()
            case How.HANG_IN_BODY:
                await self._write(writer, f"{start}content-length: 100\r\n\r\npart".encode())
                await asyncio.Event().wait()
            case How.DROP:
                return False
            case How.GARBAGE:
                await self._write(writer, b"220 smtp.example ESMTP\r\n\r\n")
                return False
            case How.ENDLESS:
                await self._write(writer, f"{start}\r\n".encode())
                await self._write_on(writer, b"x" * 8192)
            case How.ENDLESS_INTERIM:
                await self._write_on(writer, b"HTTP/1.1 103 X\r\n\r\n" * 400)
            case How.CRUMBS:
                await self._write(writer, f"{start}transfer-encoding: chunked\r\n\r\n".encode())
                await self._write_on(writer, b"1\r\nx\r\n" * 1000)
            case How.ANSWER:
                await self._write(writer, f"{start}content-length: {len(reply.body)}\r\n\r\n".encode() + reply.body)
        return True

    async def _write_on(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        while True:
            await self._write(writer, data)

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        self.sent_bytes += len(data)
        await writer.drain()

    async def close(self) -> None:
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


@asynccontextmanager
async def receiver_on_loopback(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: receiver.server_names.append(name)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await receiver.close()
