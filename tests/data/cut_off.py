"""A way to PostgreSQL that is cut right after a word has gone through: what comes back is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit


@asynccontextmanager
async def cut_after(word: bytes, database_url: str) -> AsyncIterator[str]:
    """The URL of the same database, by that way. The answer has come, and nobody gets it."""
    parts = urlsplit(database_url)
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_unix_connection(socket)
        back = asyncio.create_task(_pass_on(there, writer))
        while sent := await reader.read(65536):
            if word in sent:
                back.cancel()
                await asyncio.wait([back])
                here.write(sent)
                await there.read(65536)
                break
            here.write(sent)
        back.cancel()
        here.close()
        writer.close()

    server = await asyncio.start_server(lead, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}?sslmode=disable"


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(65536):
        writer.write(said)
