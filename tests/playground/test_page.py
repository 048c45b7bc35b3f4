import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from playground import page
from playground.files import CDN, FILES, File, integrity_of
from playground.page import playground_routes, wants_page

CONTENT = b"/* one of GraphiQL's files */"


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Filled, though not with 4 MB."""
    files = tuple(File(file.name, file.package, file.path, integrity_of(CONTENT)) for file in FILES)
    monkeypatch.setattr(page, "FILES", files)
    monkeypatch.setattr(page, "all_there", lambda static: (static / "graphiql.js").exists())
    for file in files:
        (tmp_path / file.name).write_bytes(CONTENT)
    return tmp_path


@asynccontextmanager
async def client(static: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=playground_routes(static=static)))
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as opened:
        yield opened


def addresses(html: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]+)"', html)


async def test_names_only_its_own_files(static: Path) -> None:
    async with client(static) as browser:
        shown = await browser.get("/graphiql")
        named = addresses(shown.text)
        assert len(named) == len(FILES) + 3
        for address in named:
            assert address.startswith("/graphiql/static/")
            assert (await browser.get(address)).status_code == 200
    assert "//" not in re.sub(r"wss?://service\.test", "", shown.headers["content-security-policy"])


async def test_lets_a_browser_run_and_ask_nothing_but_its_own_origin(static: Path) -> None:
    async with client(static) as browser:
        policy = (await browser.get("/graphiql")).headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy)
    assert "connect-src 'self' ws://service.test wss://service.test" in policy
    assert "unsafe" not in " ".join(policy)


async def test_a_file_is_kept_for_ever_under_its_contents_address(static: Path) -> None:
    async with client(static) as browser:
        (address,) = [url for url in addresses((await browser.get("/graphiql")).text) if url.endswith("/graphiql.js")]
        file = await browser.get(address)
        old = await browser.get("/graphiql/static/another-hash/graphiql.js")
        outside = await browser.get("/graphiql/static/../page.py")
    assert file.content == CONTENT
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert file.headers["content-type"].startswith("text/javascript")
    assert (old.status_code, outside.status_code) == (404, 404)


async def test_names_the_cdns_files_with_their_hashes_where_none_were_fetched(tmp_path: Path) -> None:
    async with client(tmp_path) as browser:
        shown = await browser.get("/graphiql")
    elsewhere = re.findall(r'<[^>]*"(https://[^"]+)"[^>]*integrity="([^"]+)"[^>]*crossorigin="anonymous"', shown.text)
    assert set(elsewhere) == {(file.cdn_url, file.integrity) for file in FILES}
    assert len([address for address in addresses(shown.text) if address.startswith("http")]) == len(FILES)
    assert f"script-src 'self' {CDN};" in shown.headers["content-security-policy"]


async def test_the_front_door_leads_to_the_page(static: Path) -> None:
    async with client(static) as browser:
        answer = await browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/graphiql")


@pytest.mark.parametrize(
    ("method", "query", "accept", "wanted"),
    [
        ("GET", b"", b"text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("GET", b"query=%7Bpayment%7D", b"text/html", False),
        ("GET", b"", b"application/json", False),
        ("GET", b"", b"*/*", False),
        ("POST", b"", b"text/html", False),
    ],
)
def test_takes_a_browser_at_the_endpoint_for_what_it_is(method: str, query: bytes, accept: bytes, wanted: bool) -> None:
    scope = {"type": "http", "method": method, "path": "/graphql", "query_string": query}
    assert wants_page(Request({**scope, "headers": [(b"accept", accept), (b"host", b"service.test")]})) is wanted


async def test_writes_no_strange_host_into_its_policy(static: Path) -> None:
    async with client(static) as browser:
        shown = await browser.get("/graphiql", headers={"host": "x; script-src *"})
    assert "script-src *" not in shown.headers["content-security-policy"]
