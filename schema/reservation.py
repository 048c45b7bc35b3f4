"""Reservation: another service's, to which this one adds its payments. And pages of payments."""

from collections.abc import Sequence

import strawberry

from data.payment import Payment as Row
from data.status import Status
from resolvers.loads import ReservationPageKey
from schema.context import Info
from schema.cursors import cursor_of_payment, page_size, position
from schema.page import PageInfo, page_info
from schema.payment import Payment
from schema.scalars import uuid_of


@strawberry.type
class PaymentEdge:
    cursor: str
    node: Payment


@strawberry.type
class PaymentConnection:
    edges: list[PaymentEdge]
    nodes: list[Payment]
    page_info: PageInfo


def payment_connection(rows: Sequence[Row], first: int, after: str | None) -> PaymentConnection:
    """Of rows read with one more than asked for."""
    edges = [PaymentEdge(cursor=cursor_of_payment(row), node=Payment(row=row)) for row in rows[:first]]
    info = page_info([edge.cursor for edge in edges], more=len(rows) > first, after=after)
    return PaymentConnection(edges=edges, nodes=[edge.node for edge in edges], page_info=info)


@strawberry.federation.type(
    keys=["id"], description="Owned by the reservations service; this service adds `payments` to it."
)
class Reservation:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Reservation":  # noqa: ARG003 - as the others have it
        return cls(id=strawberry.ID(str(uuid_of(id, "id"))))

    @strawberry.field
    async def payments(
        self, info: Info, first: int = 20, after: str | None = None, statuses: list[Status] | None = None
    ) -> PaymentConnection:
        size = page_size(first)
        wanted = None if statuses is None else tuple(statuses)
        key = ReservationPageKey(uuid_of(self.id, "id"), wanted, size + 1, position(after))
        return payment_connection(await info.context.load.reservation_page.load(key), size, after)
