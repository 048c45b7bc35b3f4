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
    """Its edges and nodes are made of the rows when somebody asks for them."""

    rows: strawberry.Private[list[Row]]
    ends: strawberry.Private[PageInfo]

    @strawberry.field
    def edges(self) -> list[PaymentEdge]:
        return [PaymentEdge(cursor=cursor_of_payment(row), node=Payment(row=row)) for row in self.rows]

    @strawberry.field
    def nodes(self) -> list[Payment]:
        return [Payment(row=row) for row in self.rows]

    @strawberry.field
    def page_info(self) -> PageInfo:
        return self.ends


def payment_connection(rows: Sequence[Row], first: int, after: str | None) -> PaymentConnection:
    """Of rows read with one more than asked for."""
    shown = list(rows[:first])
    cursors = [cursor_of_payment(row) for row in shown[:1] + shown[-1:]]
    return PaymentConnection(rows=shown, ends=page_info(cursors, more=len(rows) > first, after=after))


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
