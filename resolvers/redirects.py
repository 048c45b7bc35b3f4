"""Where a payer is sent back to, and which places are allowed."""

from urllib.parse import urlsplit
from uuid import UUID

from resolvers.client_secret import Purpose, proof
from resolvers.runtime import Rules

MAX_URL = 2048
PLACEHOLDER = "{PAYMENT_ID}"
DEFAULT_PORTS = {"http": 80, "https": 443}
"""As browsers, and REDIRECT_ORIGINS, leave them out."""
RESULT_PATH = "/payments/{payment_id}/result/{proof}"
"""Our own page, for payers that nobody sends anywhere else; the proof shows it to them alone."""


class RedirectError(ValueError):
    """A URL nobody may be sent to; the text continues a sentence that began with its name."""


def redirect(url: str, rules: Rules) -> None:
    """Raises RedirectError unless this is an absolute http(s) URL of an allowed origin."""
    if len(url) > MAX_URL:
        raise RedirectError(f"is at most {MAX_URL} characters")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise RedirectError("is not an absolute http(s) URL (RFC 3986)")
    origin = _origin(url)
    if rules.redirect_origins is not None and origin not in rules.redirect_origins:
        raise RedirectError(f"leads to {origin}, which is not among REDIRECT_ORIGINS")


def destinations(success_url: str | None, cancel_url: str | None, payment_id: UUID, rules: Rules) -> tuple[str, str]:
    """The two URLs with our placeholder filled in; any other placeholder is the provider's and stays."""
    shown_to = proof(payment_id, rules.secret_keys, Purpose.RESULT_PAGE)
    result = rules.public_url + RESULT_PATH.format(payment_id=payment_id, proof=shown_to)
    chosen = (success_url or rules.success_url or result, cancel_url or rules.cancel_url or result)
    success, cancel = (url.replace(PLACEHOLDER, str(payment_id)) for url in chosen)
    return success, cancel


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RedirectError("is not an absolute http(s) URL (RFC 3986)") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise RedirectError("is not an absolute http(s) URL (RFC 3986)")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != DEFAULT_PORTS[parts.scheme] else "")
