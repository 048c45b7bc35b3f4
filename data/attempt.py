"""One attempt to hand an event to a partner, as it went."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

KEPT_BYTES = 2048
"""How much of a partner's answer is kept."""


class AttemptError(StrEnum):
    """Why an attempt failed: the words that `WebhookAttempt.error` has."""

    DNS = "dns"
    CONNECT = "connect"
    """Refused, reset, closed before an answer, or an answer that is no HTTP."""
    TLS = "tls"
    TIMEOUT = "timeout"
    BLOCKED_ADDRESS = "blocked_address"
    REDIRECT = "redirect"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"


@dataclass(frozen=True, slots=True)
class Attempt:
    started_at: datetime
    duration_ms: int
    response_status: int | None
    """None where no answer came."""
    response_body: str | None
    """The first 2 KiB, whatever is no UTF-8 replaced; without NUL, which PostgreSQL refuses."""
    error: AttemptError | None
    """None: the partner took it."""
    retry_after: str | None = None
    """The header as it came."""
