"""Queries."""

from collections.abc import Awaitable

import strawberry

from data.partners import PartnerStatus
from data.shown_payments import Filters
from data.status import Status
from resolvers import partners
from resolvers.refusals import BadInputError
from schema.context import Info
from schema.cursors import page_size, partner_position
from schema.partner import Partner, PartnerConnection, partner_connection
from schema.payment import Payment
from schema.reads import together
from schema.reservation import PaymentConnection, connection_of, page_of
from schema.scalars import optional_uuid, uuid_of


def _payments(info: Info, ids: list[str]) -> Awaitable[list[Payment | None]] | None:
    """Of `payment` under many aliases. None where one of them is no id, which is that one's error alone."""
    try:
        wanted = [uuid_of(id_, "id") for id_ in ids]
    except BadInputError:
        return None
    return info.context.load.payments_by_id(wanted, info.wanted, Payment.of)


@strawberry.type
class Query:
    @strawberry.field(
        graphql_type=Payment | None,
        description="Null where there is none, or none that the caller may see.",
        metadata=together("id", _payments),
    )
    def payment(
        self,
        info: Info,
        id: strawberry.ID,
        client_secret: str | None = None,
    ) -> Awaitable[Payment | None] | None:
        context = info.context
        if client_secret is not None and context.over_get:
            raise BadInputError("A client secret is not sent in a URL; use POST")
        return context.load.payment(uuid_of(id, "id"), client_secret, info.wanted, Payment.of)

    @strawberry.field(
        graphql_type=PaymentConnection | None,
        description="Newest first. A person sees their own; a service and an ADMIN see all.",
    )
    def payments(
        self,
        info: Info,
        reservation_id: strawberry.ID | None = None,
        subscription_id: strawberry.ID | None = None,
        user_id: strawberry.ID | None = None,
        statuses: list[Status] | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> Awaitable[PaymentConnection | None]:
        page, load, make = page_of(first, after, statuses), info.context.load, connection_of(first, after)
        reservation = optional_uuid(reservation_id, "reservationId")
        subscription, user = optional_uuid(subscription_id, "subscriptionId"), optional_uuid(user_id, "userId")
        if reservation is not None and subscription is None and user is None:
            return load.page_of_reservation(reservation, page, info.wanted, make)
        return load.page(Filters(reservation, subscription, user), page, info.wanted, make)

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
