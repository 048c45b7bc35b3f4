"""All audits of the GraphQL over HTTP specification, by its own authors' package."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.client import running

HERE = Path(__file__).parent
AUDITS = 61


@pytest.fixture(scope="session")
def installed() -> Path:
    if shutil.which("npm") is None:
        pytest.skip("npm is not here")
    if not (HERE / "node_modules" / "graphql-http").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=HERE, check=True, timeout=120)
    return HERE


@pytest.fixture
async def url(database_url: str) -> AsyncIterator[str]:
    async with running(database_url) as api:
        yield f"{api.url}/graphql"


async def test_passes_every_audit(installed: Path, url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "node", "audit.mjs", url, cwd=installed, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    audits = [json.loads(line) for line in output.decode().splitlines()]
    assert process.returncode == 0 and len(audits) == AUDITS
    assert [audit for audit in audits if audit["status"] != "ok"] == []
