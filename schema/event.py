"""The history of a payment, as a connection."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from data.events import Cause, Event, EventKind
from data.status import Status
from schema.cursors import cursor_of_event
from schema.page import PageInfo, page_info


@strawberry.type(
    description="Something that happened to a payment. `sequence` starts at 1 and has no gaps within a payment."
)
class PaymentEvent:
    sequence: int
    kind: EventKind
    status: Status = strawberry.field(description="The status after it.")
    previous_status: Status | None = strawberry.field(description="Null for the first event.")
    cause: Cause = strawberry.field(
        description="EXTERNAL: another service wrote the shared row, or the payment is older than this service."
    )
    occurred_at: datetime
    detail: str | None = strawberry.field(description="What there is to say of it in words, for operators.")

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(
            sequence=event.sequence,
            kind=event.kind,
            status=event.status,
            previous_status=event.previous_status,
            cause=event.cause,
            occurred_at=event.occurred_at,
            detail=event.detail,
        )


@strawberry.type
class PaymentEventEdge:
    cursor: str
    node: PaymentEvent


@strawberry.type
class PaymentEventConnection:
    edges: list[PaymentEventEdge]
    nodes: list[PaymentEvent]
    page_info: PageInfo


def event_connection(rows: Sequence[tuple[str, Event]], first: int, after: str | None) -> PaymentEventConnection:
    """Of rows as (version, event), read with one more than asked for."""
    edges = [PaymentEventEdge(cursor=cursor_of_event(v), node=PaymentEvent.of(event)) for v, event in rows[:first]]
    info = page_info([edge.cursor for edge in edges], more=len(rows) > first, after=after)
    return PaymentEventConnection(edges=edges, nodes=[edge.node for edge in edges], page_info=info)
