"""What was measured on what: the machine, and the version of everything that took part."""

import asyncio
import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import asyncpg
import psutil

from benchmarks.contenders import NODE, PACKAGES
from benchmarks.place import HERE, Place
from data.database import plain_dsn

NODE_PACKAGES = (
    "mercurius",
    "fastify",
    "@apollo/server",
    "graphql-yoga",
    "postgraphile",
    "graphql",
    "graphql-ws",
    "pg",
)
PYTHON_PACKAGES = ("strawberry-graphql", "graphql-core", "uvicorn", "starlette", "asyncpg", "sqlalchemy")


def machine(place: Place) -> str:
    hardware = f"{_processor()}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"
    postgres = (place.folder / "PG_VERSION").read_text().strip()
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip("v\n")
    pages = "in huge pages" if asyncio.run(_has_huge_pages(place)) else "without huge pages"
    software = f"Python {platform.python_version()}, Node {node}, PostgreSQL {postgres} {pages}"
    return f"{hardware}, {platform.system()} {platform.release()}; {software}."


async def _has_huge_pages(place: Place) -> bool:
    """PostgreSQL takes them where the machine has set enough aside (`vm.nr_hugepages`)."""
    connection = await asyncpg.connect(plain_dsn(place.postgres.url))
    try:
        return bool(await connection.fetchval("SHOW huge_pages_status") == "on")
    finally:
        await connection.close()


def versions() -> str:
    node = (f"{name} {_node_version(name)}" for name in NODE_PACKAGES)
    python = (f"{name} {version(name)}" for name in PYTHON_PACKAGES)
    ariadne = next(PACKAGES.glob("ariadne-*.dist-info")).name.removesuffix(".dist-info").replace("-", " ")
    return ", ".join([*node, *python, ariadne])


def _node_version(name: str) -> str:
    return str(json.loads((HERE / "node_modules" / name / "package.json").read_text())["version"])


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
