"""Who asks, and what that lets them do. Rules only: tokens are read elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    SERVICE = "SERVICE"
    NETWORK = "NETWORK"
    """Today's gateway, which shows nothing: believed on its private network, over REST alone, and never to refund."""
    ADMIN = "ADMIN"
    USER = "USER"
    ANYBODY = "ANYBODY"
    """Development without `JWT_PUBLIC_KEY`: everything is open."""
    NOBODY = "NOBODY"
    """No credentials: sees nothing but the one payment whose client secret it holds."""


SEE_ALL = (Kind.SERVICE, Kind.NETWORK, Kind.ADMIN, Kind.ANYBODY)
"""Everybody else sees payments of their own."""


@dataclass(frozen=True, slots=True)
class Caller:
    kind: Kind
    id: str
    """The scope of idempotency keys: `service`, `service:<name>`, `user:<uuid>`, `network`, `anybody`, `nobody`."""
    user_id: UUID | None = None
    expires_at: datetime | None = None
    vouched: bool = False
    """A gateway acts for this person and answers for what they ask, the price among it."""

    @property
    def sees_all(self) -> bool:
        return self.kind in SEE_ALL

    @property
    def may_operate(self) -> bool:
        """See partners and deliveries, and send these again."""
        return self.sees_all

    @property
    def may_refund(self) -> bool:
        return self.sees_all and self.kind is not Kind.NETWORK

    @property
    def is_person(self) -> bool:
        return self.kind in (Kind.USER, Kind.ADMIN)

    @property
    def is_service(self) -> bool:
        """A machine we trust not to ask in a loop."""
        return self.kind is Kind.SERVICE


ANYBODY = Caller(Kind.ANYBODY, "anybody")
NETWORK = Caller(Kind.NETWORK, "network")
NOBODY = Caller(Kind.NOBODY, "nobody")
