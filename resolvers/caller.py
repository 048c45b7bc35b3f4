"""Who asks, and what that lets them do. Rules only: tokens are read elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    SERVICE = "SERVICE"
    ADMIN = "ADMIN"
    USER = "USER"
    ANYBODY = "ANYBODY"
    """Development without `JWT_PUBLIC_KEY`: everything is open."""
    NOBODY = "NOBODY"
    """No credentials: sees nothing but the one payment whose client secret it holds."""


@dataclass(frozen=True, slots=True)
class Caller:
    kind: Kind
    id: str
    """The scope of idempotency keys: `service:ab12cd34`, `user:<uuid>`, `anybody`, `nobody`."""
    user_id: UUID | None = None
    expires_at: datetime | None = None

    @property
    def sees_all(self) -> bool:
        return self.kind in (Kind.SERVICE, Kind.ADMIN, Kind.ANYBODY)

    @property
    def may_operate(self) -> bool:
        """Refund, and see partners and deliveries."""
        return self.sees_all

    @property
    def is_service(self) -> bool:
        """A machine we trust not to ask in a loop."""
        return self.kind is Kind.SERVICE


ANYBODY = Caller(Kind.ANYBODY, "anybody")
NOBODY = Caller(Kind.NOBODY, "nobody")
