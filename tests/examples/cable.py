"""A network between a browser and the service that can be pulled for a moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 64 * 1024


class Cable:
    """Carries TCP as it is, until it is pulled: then what stands breaks, and nothing new is taken."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._pulled = False
        self._loses_answers = False
        self._ends: set[asyncio.StreamWriter] = set()

    def pull(self) -> None:
        self._pulled = True
        for end in self._ends:
            end.transport.abort()

    def plug_in(self) -> None:
        self._pulled = self._loses_answers = False

    def lose_answers(self) -> None:
        """What is asked arrives; it breaks when the answer is on its way."""
        self._loses_answers = True

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._pulled:
            writer.transport.abort()
            return
        answers, asks = await asyncio.open_connection("127.0.0.1", self._port)
        ends = {writer, asks}
        self._ends |= ends
        try:
            await asyncio.gather(self._pump(reader, asks), self._answer(answers, writer))
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self._loses_answers and b'"checkout"' in data:
                    writer.transport.abort()
                    return
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def cable_to(port: int) -> AsyncIterator[tuple[Cable, str]]:
    """And the URL of its other end."""
    cable = Cable(port)
    server = await asyncio.start_server(cable.carry, "127.0.0.1", 0)
    async with server:
        yield cable, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        cable.pull()
