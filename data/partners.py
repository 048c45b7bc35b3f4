"""Partners as mesaYA_Res keeps them in the shared database: read, never written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text

from data.secret import Secret, secret_of
from data.transaction import Transaction


class PartnerStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True)
class Partner:
    id: UUID
    name: str
    webhook_url: str
    status: PartnerStatus
    events: tuple[str, ...]
    """As the partner wrote them."""
    created_at: datetime
    secret: Secret | None
    """None where it is not known: nothing is signed, and nothing sent, for such a partner."""
    description: str | None = None
    contact_email: str | None = None
    api_version: str = "v1"


@dataclass(frozen=True, slots=True)
class PartnerPosition:
    """Where a page starts: after this partner, newest first."""

    created_at: datetime
    id: UUID


_COLUMNS = (
    "id, name, webhook_url, secret, status::text AS status, events, description, contact_email, api_version, created_at"
)
_ALL = text(f"SELECT {_COLUMNS} FROM partners ORDER BY created_at DESC, id DESC")
_BY_IDS = text(f"SELECT {_COLUMNS} FROM partners WHERE id = ANY(CAST(:ids AS uuid[]))")


async def all_of_them(connection: Transaction) -> list[Partner]:
    """Newest first. Partners are businesses with a contract: hundreds, not more."""
    return [_partner_of(row) for row in await connection.execute(_ALL)]


async def by_ids(connection: Transaction, ids: Sequence[UUID]) -> dict[UUID, Partner]:
    return {row.id: _partner_of(row) for row in await connection.execute(_BY_IDS, {"ids": list(ids)})}


def events_of(events: object) -> tuple[str, ...]:
    """A list, or TypeORM's comma-separated text."""
    if isinstance(events, str):
        events = events.split(",")
    if not isinstance(events, list):
        return ()
    return tuple(event.strip() for event in events if isinstance(event, str) and event.strip())


def status_of(status: object) -> PartnerStatus:
    """In either case; a word we do not know keeps its deliveries back."""
    try:
        return PartnerStatus(str(status).upper())
    except ValueError:
        return PartnerStatus.INACTIVE


def page_of(partners: Sequence[Partner], limit: int, after: PartnerPosition | None) -> list[Partner]:
    """A page of partners that come newest first."""
    if after is not None:
        partners = [one for one in partners if (one.created_at, one.id) < (after.created_at, after.id)]
    return list(partners[:limit])


def _partner_of(row: Any) -> Partner:
    return Partner(
        id=row.id,
        name=row.name,
        webhook_url=row.webhook_url,
        status=status_of(row.status),
        events=events_of(row.events),
        created_at=row.created_at.replace(tzinfo=UTC),
        secret=secret_of(row.secret),
        description=row.description,
        contact_email=row.contact_email,
        api_version=row.api_version,
    )
