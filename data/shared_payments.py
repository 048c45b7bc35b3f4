"""What several requests ask for at once: payments, each for the eyes of one user or of all who see everything, and
what has happened to them since.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from data import events, payments, shown_payments
from data.events import Event
from data.payment import Payment
from data.reads import Reads
from data.sharing import Shared
from data.shown_payment import Names, Shown
from data.shown_payments import Page

ById = tuple[UUID | None, Names]
"""The user whose payments alone may be seen, and what of them is shown."""
OfReservation = tuple[UUID | None, Page, Names]


class SharedPayments:
    def __init__(self, reads: Reads) -> None:
        async def by_ids(group: ById, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
            return await shown_payments.by_ids(reads, ids, *group)

        async def of_reservations(group: OfReservation, ids: Sequence[UUID]) -> Mapping[UUID, list[Shown]]:
            return await shown_payments.of_reservations(reads, ids, *group)

        async def whole(visible_to: UUID | None, ids: Sequence[UUID]) -> Mapping[UUID, Payment]:
            return await payments.by_ids(reads, ids, visible_to)

        async def later(_: None, keys: Sequence[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], list[Event]]:
            return await events.later(reads, keys)

        self.by_id: Shared[ById, UUID, Shown] = Shared(by_ids)
        self.of_reservation: Shared[OfReservation, UUID, list[Shown]] = Shared(of_reservations)
        self.whole: Shared[UUID | None, UUID, Payment] = Shared(whole)
        self.later_events: Shared[None, tuple[UUID, int], list[Event]] = Shared(later)
        """After this sequence of this payment, which the caller has seen already."""
