"""Reservation: another service's, to which this one adds its payments. And pages of payments."""

from collections.abc import Awaitable, Callable, Sequence

import strawberry

from data.shown_payment import Shown
from data.shown_payments import Page
from data.status import Status
from schema.columns import computed
from schema.context import Info
from schema.cursors import cursor_of_payment, page_size, position
from schema.page import PageInfo, page_info
from schema.payment import Payment
from schema.scalars import uuid_of


@strawberry.type
class PaymentEdge:
    row: strawberry.Private[Shown]

    @computed("id", "created_at")
    def cursor(self) -> str:
        return cursor_of_payment(self.row)

    @strawberry.field
    def node(self) -> Payment:
        return Payment(row=self.row)


@strawberry.type
class PaymentConnection:
    """Made of the rows as somebody asks for it; they were read with one more than a page has."""

    rows: strawberry.Private[Sequence[Shown]]
    size: strawberry.Private[int]
    after: strawberry.Private[str | None]

    @strawberry.field
    def edges(self) -> list[PaymentEdge]:
        return [PaymentEdge(row=row) for row in self.rows[: self.size]]

    @strawberry.field
    def nodes(self) -> list[Payment]:
        return [Payment(row=row) for row in self.rows[: self.size]]

    @computed("id", "created_at")
    def page_info(self) -> PageInfo:
        shown = self.rows[: self.size]
        cursors = [cursor_of_payment(row) for row in [*shown[:1], *shown[-1:]]]
        return page_info(cursors, more=len(self.rows) > self.size, after=self.after)


def page_of(first: int, after: str | None, statuses: list[Status] | None) -> Page:
    """With one more than asked for, which tells whether there is a next one. Raises BadInputError."""
    return Page(None if statuses is None else tuple(statuses), page_size(first) + 1, position(after))


@strawberry.federation.type(
    keys=["id"], description="Owned by the reservations service; this service adds `payments` to it."
)
class Reservation:
    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Reservation":  # noqa: ARG003 - as the others have it
        return cls(id=strawberry.ID(str(uuid_of(id, "id"))))

    @strawberry.field(graphql_type=PaymentConnection)
    def payments(
        self, info: Info, first: int = 20, after: str | None = None, statuses: list[Status] | None = None
    ) -> Awaitable[PaymentConnection | None]:
        page, id_ = page_of(first, after, statuses), uuid_of(self.id, "id")
        return info.context.load.page_of_reservation(id_, page, info.wanted, connection_of(first, after))


def connection_of(first: int, after: str | None) -> Callable[[Sequence[Shown]], PaymentConnection]:
    return lambda rows: PaymentConnection(rows=rows, size=first, after=after)
