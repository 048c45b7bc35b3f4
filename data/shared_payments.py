"""What several requests ask for at once: payments, each for the eyes of one user or of all who see everything, and
what has happened to them since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from data import events, payments
from data.events import Event
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

        async def later(_: None, keys: list[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], list[Event]]:
            return await events.later(reads, keys)

        self.by_id: Shared[UUID | None, UUID, Payment] = Shared(by_ids)
        self.of_reservation: Shared[Page, UUID, list[Payment]] = Shared(pages)
        self.later_events: Shared[None, tuple[UUID, int], list[Event]] = Shared(later)
        """After this sequence of this payment, which the caller has seen already."""
