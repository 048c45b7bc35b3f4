"""Queries."""

import strawberry

from data.partners import PartnerStatus
from data.payments import Filters
from data.status import Status
from resolvers import partners, read
from resolvers.loads import PaymentKey
from resolvers.refusals import BadInputError
from schema.context import Info
from schema.cursors import page_size, partner_position, position
from schema.partner import Partner, PartnerConnection, partner_connection
from schema.payment import Payment
from schema.reservation import PaymentConnection, payment_connection
from schema.scalars import optional_uuid, uuid_of


@strawberry.type
class Query:
    @strawberry.field(description="Null where there is none, or none that the caller may see.")
    async def payment(
        self,
        info: Info,
        id: strawberry.ID,
        client_secret: str | None = None,
    ) -> Payment | None:
        if client_secret is not None and info.context.over_get:
            raise BadInputError("A client secret is not sent in a URL; use POST")
        row = await info.context.load.payment.load(PaymentKey(uuid_of(id, "id"), client_secret))
        return None if row is None else Payment(row=row)

    @strawberry.field(description="Newest first. A person sees their own; a service and an ADMIN see all.")
    async def payments(
        self,
        info: Info,
        reservation_id: strawberry.ID | None = None,
        subscription_id: strawberry.ID | None = None,
        user_id: strawberry.ID | None = None,
        statuses: list[Status] | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> PaymentConnection | None:
        size = page_size(first)
        filters = Filters(
            reservation_id=optional_uuid(reservation_id, "reservationId"),
            subscription_id=optional_uuid(subscription_id, "subscriptionId"),
            user_id=optional_uuid(user_id, "userId"),
            statuses=None if statuses is None else tuple(statuses),
        )
        context = info.context
        rows = await read.page(context.runtime, context.caller, filters, size + 1, position(after))
        return payment_connection(rows, size, after)

    @strawberry.field(description="For ADMIN and services. Null where there is none.")
    async def partner(self, info: Info, id: strawberry.ID) -> Partner | None:
        row = await info.context.load.partner.load(uuid_of(id, "id"))
        return None if row is None else Partner(row=row)

    @strawberry.field(
        description="For ADMIN and services. Newest first; `event` finds those who are told of it, by any of its names."
    )
    async def partners(
        self,
        info: Info,
        event: str | None = None,
        status: PartnerStatus | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> PartnerConnection | None:
        size, context = page_size(first), info.context
        page = await partners.page(context.runtime, context.caller, event, status, size + 1, partner_position(after))
        return partner_connection(page, size, after)
