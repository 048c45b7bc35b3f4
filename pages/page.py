"""What all our pages have in common: their templates, and what a browser may do with them."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from starlette.templating import Jinja2Templates

TEMPLATES = Jinja2Templates(Path(__file__).parent / "templates")

_CSP_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?", re.IGNORECASE)


def headers(form_leads_to: tuple[str, ...] | None = None) -> dict[str, str]:
    """For a page without a form, or with one that posts to itself and may then be sent on to these URLs.

    Chromium holds the redirect after a form against `form-action` too.
    """
    targets = [] if form_leads_to is None else ["'self'", *dict.fromkeys(map(_source, form_leads_to))]
    actions = " ".join(targets) or "'none'"
    return {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {actions}",
    }


def _source(url: str) -> str:
    """Its origin; the scheme alone where CSP has no way to write the origin, as with IPv6."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _CSP_ORIGIN.fullmatch(origin) else f"{parts.scheme}:"
