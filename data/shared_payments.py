"""Payments that several requests ask for at once, each for the eyes of one user or of all who see everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from data import payments
from data.payment import Payment
from data.payments import Position
from data.reads import Reads
from data.sharing import Shared
from data.status import Status


@dataclass(frozen=True, slots=True)
class Page:
    """Which payments of a reservation; `visible_to` as in `data.payments`."""

    statuses: tuple[Status, ...] | None
    limit: int
    after: Position | None
    visible_to: UUID | None


class SharedPayments:
    def __init__(self, reads: Reads) -> None:
        async def by_ids(visible_to: UUID | None, ids: list[UUID]) -> Mapping[UUID, Payment]:
            return await payments.by_ids(reads, ids, visible_to)

        async def pages(page: Page, ids: list[UUID]) -> Mapping[UUID, list[Payment]]:
            return await payments.by_reservations(reads, ids, page.statuses, page.limit, page.after, page.visible_to)

        self.by_id: Shared[UUID | None, UUID, Payment] = Shared(by_ids)
        self.of_reservation: Shared[Page, UUID, list[Payment]] = Shared(pages)
