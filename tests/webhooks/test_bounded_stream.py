"""However much there is to read: a little at a time, with others in between, and not without end."""

import asyncio

import httpcore
import pytest

from webhooks.bounded_stream import ANSWER_BYTES, AT_ONCE_BYTES, BoundedStream


class Ready(httpcore.AsyncNetworkStream):
    """As TLS that has decrypted more than was asked for: nobody has to be waited for."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return b"x" * max_bytes

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass


async def test_others_have_their_turn_between_two_reads() -> None:
    stream, turns = BoundedStream(Ready()), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    reads = ANSWER_BYTES // AT_ONCE_BYTES
    for _ in range(reads):
        assert len(await stream.read(1 << 20)) == AT_ONCE_BYTES
    beside.cancel()
    assert turns >= reads


async def test_an_answer_has_an_end_and_the_next_one_has_another() -> None:
    stream = BoundedStream(Ready())
    for _ in range(2):
        await stream.write(b"POST")
        for _ in range(ANSWER_BYTES // AT_ONCE_BYTES):
            await stream.read(1 << 20)
        with pytest.raises(httpcore.ReadError):
            await stream.read(1)
