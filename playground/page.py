"""GraphiQL at `/graphiql`, from our own origin: its page, and the files it asks for."""

import json
import re
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from playground.files import CDN, FILES, STATIC, all_there, integrity_of
from playground.tabs import NO_PAYMENT, STORY, TABS

PAGE = "/graphiql"
OWN = ("story.js", "story.css", "icon.svg")
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"
"""A file's address has its content's hash in it."""
DIALOG_STYLE = "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='"
"""The one style element that GraphiQL writes: it keeps the page still behind an open dialog."""

_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+")
_templates = Jinja2Templates(STORY)


def playground_routes(endpoint: str = "/graphql", static: Path = STATIC) -> list[BaseRoute]:
    """`/graphiql`, its files, and `/` leading there. Where `static` is not filled, the page names a CDN's files."""
    served = _served(static)
    page = _page(endpoint, served)

    async def show(request: Request) -> Response:
        return _templates.TemplateResponse(request, "page.html", page, headers=_headers(request, page["cdn"]))

    async def file(request: Request) -> Response:
        path = served.get(request.url.path)
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], headers={"Cache-Control": FOR_EVER})

    return [
        Route("/", to_page, name="home"),
        Route(PAGE, show, name="graphiql"),
        Route(f"{PAGE}/static/{{version}}/{{name}}", file, name="graphiql-file"),
    ]


def wants_page(request: Request) -> bool:
    """Whether somebody has opened the GraphQL endpoint in a browser, and asks nothing of it."""
    return request.method == "GET" and not request.url.query and "text/html" in request.headers.get("accept", "")


async def to_page(_request: Request) -> Response:
    return RedirectResponse(PAGE, 303)


def _served(static: Path) -> dict[str, Path]:
    """The files we serve, by their address."""
    fetched = {static / file.name: file.integrity for file in FILES} if all_there(static) else {}
    own = {STORY / name: integrity_of((STORY / name).read_bytes()) for name in OWN}
    return {_address(path, integrity): path for path, integrity in {**fetched, **own}.items()}


def _address(path: Path, integrity: str) -> str:
    version = integrity.removeprefix("sha384-")[:12].translate(str.maketrans("+/", "-_"))
    return f"{PAGE}/static/{version}/{path.name}"


def _page(endpoint: str, served: dict[str, Path]) -> dict[str, Any]:
    """What the template is given."""
    address = {path.name: url for url, path in served.items()}
    files = [{"url": address.get(file.name, file.cdn_url), "integrity": file.integrity} for file in FILES]
    return {
        "cdn": None if FILES[0].name in address else CDN,
        "scripts": [file for file in files if file["url"].endswith(".js")],
        "styles": [file for file in files if file["url"].endswith(".css")],
        "own": {"script": address["story.js"], "style": address["story.css"], "icon": address["icon.svg"]},
        "opening": {
            "endpoint": endpoint,
            "nobody": NO_PAYMENT,
            "tabs": [{"query": tab.operation, "variables": json.dumps(tab.variables, indent=2)} for tab in TABS],
        },
    }


def _headers(request: Request, cdn: str | None) -> dict[str, str]:
    from_there = f" {cdn}" if cdn else ""
    policy = {
        "default-src": "'none'",
        "script-src": f"'self'{from_there}",
        "style-src": f"'self' {DIALOG_STYLE}{from_there}",
        "font-src": "data:",
        "img-src": "'self'",
        "connect-src": f"'self' {_sockets(request.url.netloc)}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _sockets(host: str) -> str:
    """Our own WebSocket: to some browsers it is not `'self'`."""
    return f"ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
