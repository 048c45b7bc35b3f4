"""Who the partners are: one protocol, two sources, one of them at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from data import old_secrets, partners
from data.database import Database
from data.partners import Partner, PartnerPosition, PartnerStatus
from data.secret import Secret
from data.transaction import Transaction
from webhooks.subscription import subscribed


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The partners as their source last told them, newest first."""

    partners: tuple[Partner, ...]
    stale: bool = False
    """The source is away: these are the last known, and there may be others by now."""
    asked_at: datetime | None = None
    """When the source last told them; None where it is asked every time, or has not answered yet."""

    def by_id(self) -> dict[UUID, Partner]:
        return {partner.id: partner for partner in self.partners}


class Directory(Protocol):
    async def within(self, connection: Transaction) -> Snapshot:
        """For a transaction that is open: uses that and no network."""
        ...

    async def of(self, connection: Transaction, ids: Sequence[UUID]) -> dict[UUID, Partner]:
        """As `within`, of these partners alone; one that is not known is left out."""
        ...

    async def replaced(self, connection: Transaction, ids: Sequence[UUID], since: datetime) -> dict[UUID, list[Secret]]:
        """Secrets that these partners had, and that others have taken the place of since then, the newest first."""
        ...

    async def now(self) -> Snapshot:
        """Asks the source, unless it was asked just now. Never inside a transaction."""
        ...

    async def run(self) -> None:
        """Keeps what is cached fresh, until cancelled; returns at once where nothing is."""
        ...


class DatabaseDirectory:
    """The shared table `partners`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def within(self, connection: Transaction) -> Snapshot:
        return Snapshot(tuple(await partners.all_of_them(connection)))

    async def of(self, connection: Transaction, ids: Sequence[UUID]) -> dict[UUID, Partner]:
        return await partners.by_ids(connection, ids)

    async def replaced(self, connection: Transaction, ids: Sequence[UUID], since: datetime) -> dict[UUID, list[Secret]]:
        return await old_secrets.of(connection, ids, since)

    async def now(self) -> Snapshot:
        async with self._database.transaction() as connection:
            return await self.within(connection)

    async def run(self) -> None:
        return


def page(
    snapshot: Snapshot, event: str | None, status: PartnerStatus | None, limit: int, after: PartnerPosition | None
) -> list[Partner]:
    """Newest first; `event` finds those subscribed to it, also by an older name or a pattern."""
    found = [
        partner
        for partner in snapshot.partners
        if (status is None or partner.status is status) and (event is None or subscribed(partner.events, event))
    ]
    return partners.page_of(found, limit, after)


async def by_ids(directory: Directory, ids: Sequence[UUID]) -> list[Partner | None]:
    """In the order asked for; None for a partner that is gone."""
    known = (await directory.now()).by_id()
    return [known.get(id_) for id_ in ids]
