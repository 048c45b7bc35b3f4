"""Payments that several requests ask for at once, each for the eyes of one user or of all who see everything.

Ids are text here, as `str` has a UUID's: a UUID takes several times as long to be looked for and to be sent.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from data import shown_payments
from data.joint import Joint
from data.reads import Reads
from data.shown_payment import Names, Shown
from data.shown_payments import Filters, Page

ById = tuple[UUID | None, Names]
"""The user whose payments alone may be seen, and what of them is shown."""
OfReservation = tuple[UUID | None, Page, Names]
OfPage = tuple[UUID | None, Filters, Page, Names]


class JointPayments:
    def __init__(self, reads: Reads) -> None:
        async def by_ids(group: ById, ids: Sequence[str]) -> Mapping[str, Shown]:
            return await shown_payments.by_ids(reads, ids, *group)

        async def of_reservations(group: OfReservation, ids: Sequence[str]) -> Mapping[str, list[Shown]]:
            return await shown_payments.of_reservations(reads, ids, *group)

        async def pages(group: OfPage, _keys: Sequence[None]) -> Mapping[None, list[Shown]]:
            visible_to, filters, page, names = group
            return {None: await shown_payments.page(reads, filters, page, visible_to, names)}

        self.by_id: Joint[ById, str, Shown] = Joint(by_ids)
        self.of_reservation: Joint[OfReservation, str, list[Shown]] = Joint(of_reservations)
        self.page: Joint[OfPage, None, list[Shown]] = Joint(pages)
