import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.api.client import Api, running
from tests.api.people import PUBLIC_KEY
from tests.rest.gateway import Gateway

DESCRIPTION = json.loads((Path(__file__).parents[2] / "rest" / "openapi.json").read_text())


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    """As production is for today's gateway: closed, but for the network it is on."""
    async with running(
        database_url, jwt_public_key=PUBLIC_KEY, rest_trust_network=True, webhook_workers=0, reconciler=False
    ) as started:
        started.http.event_hooks["response"].append(as_described)
        yield started


@pytest.fixture
def gateway(api: Api) -> Gateway:
    return Gateway(api.http)


async def as_described(response: httpx.Response) -> None:
    """Every answer of a route is one that the OpenAPI document describes."""
    path, method = response.request.url.path, response.request.method.lower()
    if not path.startswith("/api/") or path == "/api/openapi.json":
        return
    await response.aread()
    described = DESCRIPTION["paths"][template(path)][method]["responses"][str(response.status_code)]
    jsonschema.validate(response.json(), resolved(described["content"]["application/json"]["schema"]))


def template(path: str) -> str:
    for known in DESCRIPTION["paths"]:
        parts, given = known.split("/"), path.split("/")
        if len(parts) == len(given) and all(a in (b, "{id}") for a, b in zip(parts, given, strict=True)):
            return str(known)
    raise AssertionError(f"{path} is not described")


def resolved(schema: Any) -> Any:
    """With what it refers to in its place."""
    if isinstance(schema, list):
        return [resolved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return resolved(DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return {name: resolved(value) for name, value in schema.items()}
