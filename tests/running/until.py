"""Waiting for what another process does, or PostgreSQL, which give no signal."""

import asyncio
from collections.abc import Awaitable, Callable

GLANCE_SECONDS = 0.02


async def until(holds: Callable[[], Awaitable[bool]], patience_seconds: float) -> None:
    """Raises TimeoutError."""
    async with asyncio.timeout(patience_seconds):
        while not await holds():  # noqa: ASYNC110 - no event reaches over from there
            await asyncio.sleep(GLANCE_SECONDS)
