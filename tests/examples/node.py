"""Examples in Node: installed from their lock file, built, and run as processes of their own."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
INSTALL_SECONDS = 400
START_SECONDS = 60


def installed(folder: Path) -> Path:
    """With its packages in place; anew when its lock file is younger than they are."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not here")
    mark = folder / "node_modules" / ".package-lock.json"
    if not mark.exists() or mark.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        npm(folder, "ci", "--silent", seconds=INSTALL_SECONDS)
        mark.touch()
    return folder


def npm(folder: Path, *arguments: str, seconds: float = 120, environment: dict[str, str] | None = None) -> str:
    given = {**os.environ, **(environment or {})}
    done = subprocess.run(
        ["npm", *arguments], cwd=folder, env=given, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@asynccontextmanager
async def process(folder: Path, *command: str, ready: str, **environment: str) -> AsyncIterator[None]:
    """Runs until the block ends; entered once `ready` can be reached."""
    given = {**os.environ, **environment}
    running = await asyncio.create_subprocess_exec(*command, cwd=folder, env=given, start_new_session=True)
    try:
        await asyncio.wait_for(_reached(running, ready), START_SECONDS)
        yield
    finally:
        if running.returncode is None:
            os.killpg(running.pid, signal.SIGTERM)  # npm does not end what it started
        await running.wait()


async def _reached(running: asyncio.subprocess.Process, url: str) -> None:
    async with httpx.AsyncClient() as client:
        while True:
            assert running.returncode is None, "it ended before it could be reached"
            try:
                await client.get(url)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
