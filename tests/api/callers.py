"""Every kind of caller there is, and what each of them shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.api.client import SERVICE
from tests.api.people import GATEWAY, OWNER, STRANGER, forwarded, own


@dataclass(frozen=True)
class Asker:
    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    has_secret: bool = False
    """Shows the client secret of the payment that is asked for."""
    is_open: bool = False
    """Asks a service without JWT_PUBLIC_KEY, in development."""


ASKERS = [
    Asker("nobody"),
    Asker("nobody, with the client secret", has_secret=True),
    Asker("a gateway without a user", {"Authorization": f"Bearer {GATEWAY}", "X-User-Roles": "ADMIN"}),
    Asker("nobody, with a gateway's headers", {"X-User-Id": str(OWNER), "X-User-Roles": "ADMIN"}),
    Asker("another person", own(STRANGER)),
    Asker("another person, with a gateway's headers", own(STRANGER) | {"X-User-Id": str(OWNER)}),
    Asker("another person, forwarded", forwarded(STRANGER, "USER", "OWNER")),
    Asker("the owner", own(OWNER)),
    Asker("the owner, forwarded", forwarded(OWNER, "USER")),
    Asker("an ADMIN", own(STRANGER, "USER", "ADMIN")),
    Asker("an ADMIN, forwarded", forwarded(STRANGER, "ADMIN")),
    Asker("a service", {"Authorization": f"Bearer {SERVICE}"}),
    Asker("anybody, in open development", is_open=True),
]
