"""Partners, for operators. Their secrets are nowhere here."""

from datetime import datetime

import strawberry

import schema.enums  # noqa: F401 - the enums get their names before they are used
from data.delivery import DeliveryState
from data.delivery_pages import Slice
from data.partners import Partner as Row
from data.partners import PartnerStatus
from resolvers.deliveries import DeliveryPageKey
from resolvers.partners import PartnerPage
from schema.context import Info
from schema.cursors import cursor_of_partner, delivery_position, page_size
from schema.delivery import WebhookDeliveryConnection, delivery_connection
from schema.page import PageInfo, page_info
from schema.scalars import URL, uuid_of


@strawberry.federation.type(
    keys=["id"],
    description="A business told of payments by signed webhook. Its secret is nowhere in this schema.",
)
class Partner:
    row: strawberry.Private[Row]

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Partner | None":
        row = await info.context.load.partner.load(uuid_of(id, "id"))
        return None if row is None else cls(row=row)

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.id))

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field
    def webhook_url(self) -> URL:
        return URL(self.row.webhook_url)

    @strawberry.field
    def status(self) -> PartnerStatus:
        return self.row.status

    @strawberry.field
    def events(self) -> list[str]:
        return list(self.row.events)

    @strawberry.field
    def description(self) -> str | None:
        return self.row.description

    @strawberry.field
    def contact_email(self) -> str | None:
        return self.row.contact_email

    @strawberry.field
    async def deliveries(
        self, info: Info, first: int = 20, after: str | None = None, states: list[DeliveryState] | None = None
    ) -> WebhookDeliveryConnection:
        size = page_size(first)
        part = Slice(size + 1, delivery_position(after), None if states is None else tuple(states))
        rows = await info.context.load.delivery_page.load(DeliveryPageKey(part, subscriber_id=self.row.id))
        return delivery_connection(rows, size, after)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at


@strawberry.type
class PartnerEdge:
    cursor: str
    node: Partner


@strawberry.type
class PartnerConnection:
    edges: list[PartnerEdge]
    nodes: list[Partner]
    page_info: PageInfo
    stale: bool = strawberry.field(description="Whether mesaYA_Res is away, and these are the last known.")


def partner_connection(page: PartnerPage, first: int, after: str | None) -> PartnerConnection:
    """Of a page read with one more than asked for."""
    rows = page.partners
    edges = [PartnerEdge(cursor=cursor_of_partner(row), node=Partner(row=row)) for row in rows[:first]]
    info = page_info([edge.cursor for edge in edges], more=len(rows) > first, after=after)
    nodes = [edge.node for edge in edges]
    return PartnerConnection(edges=edges, nodes=nodes, page_info=info, stale=page.stale)
