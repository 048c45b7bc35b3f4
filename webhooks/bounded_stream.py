"""What a receiver says is bounded as it comes over the wire: interim answers, headers and the marks of chunks too."""

import asyncio
import ssl

import httpcore

ANSWER_BYTES = 64 * 1024
"""After so much of an answer the connection is given up."""
AT_ONCE_BYTES = 2048
"""Parsed in a few milliseconds whatever it is; then others have their turn."""


class BoundedStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = ANSWER_BYTES

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._left <= 0:
            raise httpcore.ReadError("the answer has no end")
        await asyncio.sleep(0)
        data = await self._stream.read(min(max_bytes, AT_ONCE_BYTES), timeout)
        self._left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._left = ANSWER_BYTES
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return BoundedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
