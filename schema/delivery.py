"""Deliveries of webhooks and their attempts, for operators."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import orjson
import strawberry

import schema.enums  # noqa: F401 - the enums get their names before they are used
from data.attempt import Attempt
from data.delivery import Delivery, DeliveryState
from schema.context import Info
from schema.cursors import cursor_of_delivery
from schema.page import PageInfo, page_info
from schema.payment import Payment
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.partner import Partner


@strawberry.type
class WebhookAttempt:
    number: int
    started_at: datetime
    duration_ms: int
    response_status: int | None
    response_body: str | None = strawberry.field(description="The first 2 KiB.")
    error: str | None = strawberry.field(
        description="dns, connect, tls, timeout, blocked_address, redirect, http_4xx, http_5xx."
    )

    @classmethod
    def of(cls, number: int, attempt: Attempt) -> Self:
        return cls(
            number=number,
            started_at=attempt.started_at,
            duration_ms=attempt.duration_ms,
            response_status=attempt.response_status,
            response_body=attempt.response_body,
            error=attempt.error,
        )


@strawberry.type(description="One event owed to one partner; the same `id` goes out as webhook-id at every attempt.")
class WebhookDelivery:
    row: strawberry.Private[Delivery]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.id))

    @strawberry.field
    def event_type(self) -> str:
        return self.row.event_type

    @strawberry.field
    def state(self) -> DeliveryState:
        return self.row.state

    @strawberry.field
    def held_because(self) -> str | None:
        return self.row.held_because

    @strawberry.field
    def payload(self) -> JSON:
        return JSON(orjson.Fragment(self.row.body))

    @strawberry.field
    async def attempts(self, info: Info) -> list[WebhookAttempt]:
        made = await info.context.load.attempts.load(self.row.id)
        return [WebhookAttempt.of(number, attempt) for number, attempt in enumerate(made, 1)]

    @strawberry.field
    def next_attempt_at(self) -> datetime | None:
        return self.row.next_attempt_at

    @strawberry.field
    def delivered_at(self) -> datetime | None:
        return self.row.delivered_at

    @strawberry.field(graphql_type=Payment)
    def payment(self, info: Info) -> Awaitable[Payment | None] | None:
        """Whoever sees deliveries sees all payments, and none is ever deleted."""
        return info.context.load.payment(self.row.payment_id, None, info.wanted, Payment.of)

    @strawberry.field(description="Null for n8n, and for a partner that is gone.")
    async def partner(self, info: Info) -> Annotated["Partner", strawberry.lazy("schema.partner")] | None:
        from schema.partner import Partner

        partner_id = self.row.partner_id
        row = None if partner_id is None else await info.context.load.partner.load(partner_id)
        return None if row is None else Partner(row=row)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at


@strawberry.type
class WebhookDeliveryEdge:
    cursor: str
    node: WebhookDelivery


@strawberry.type
class WebhookDeliveryConnection:
    edges: list[WebhookDeliveryEdge]
    nodes: list[WebhookDelivery]
    page_info: PageInfo


def delivery_connection(rows: Sequence[Delivery], first: int, after: str | None) -> WebhookDeliveryConnection:
    """Of rows read with one more than asked for."""
    edges = [WebhookDeliveryEdge(cursor=cursor_of_delivery(row), node=WebhookDelivery(row=row)) for row in rows[:first]]
    info = page_info([edge.cursor for edge in edges], more=len(rows) > first, after=after)
    return WebhookDeliveryConnection(edges=edges, nodes=[edge.node for edge in edges], page_info=info)
