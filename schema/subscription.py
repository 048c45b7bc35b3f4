"""Subscriptions."""

from collections.abc import AsyncGenerator
from typing import Self

import strawberry

from resolvers.refusals import BadInputError
from resolvers.watch import Step, watch
from resolvers.watch_deliveries import watch_deliveries
from schema.context import Context, Info
from schema.cursors import cursor_of_event, seen
from schema.delivery import WebhookDelivery
from schema.event import PaymentEvent
from schema.payment import Payment
from schema.scalars import optional_uuid, uuid_of


@strawberry.type(description="One step of `paymentStatusChanged`. Keep `cursor` to resume without loss.")
class PaymentStatusChange:
    cursor: str
    event: PaymentEvent
    payment: Payment

    @classmethod
    def of(cls, step: Step) -> Self:
        return cls(
            cursor=cursor_of_event(step.seen.version),
            event=PaymentEvent.of(step.event),
            payment=Payment.of_whole(step.payment),
        )


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="Every status the payment reaches, in order. Without `after`, begins with the status it has now; "
        "with `after`, with the first later one after that cursor, so that a reconnect misses nothing and repeats "
        "nothing. Completes when the newest stored status is FAILED, CANCELED, REFUNDED or SUCCEEDED; with `keepOpen` "
        "never."
    )
    def payment_status_changed(
        self,
        info: Info,
        payment_id: strawberry.ID,
        client_secret: str | None = None,
        after: str | None = None,
        keep_open: bool = False,
    ) -> AsyncGenerator[PaymentStatusChange, None]:
        """Keeps of `info` no more than the context: subscriptions are many, and mostly wait."""
        return _changes(info.context, payment_id, client_secret, after, keep_open=keep_open)

    @strawberry.subscription(description="Deliveries as they are tried; for operators.")
    async def webhook_delivery_changed(
        self, info: Info, partner_id: strawberry.ID | None = None, payment_id: strawberry.ID | None = None
    ) -> AsyncGenerator[WebhookDelivery, None]:
        context = info.context
        partner, payment = optional_uuid(partner_id, "partnerId"), optional_uuid(payment_id, "paymentId")
        changes = watch_deliveries(context.runtime, context.caller, partner, payment, context.ends_at)
        async for delivery in changes:
            yield WebhookDelivery(row=delivery)


async def _changes(
    context: Context, payment_id: str, client_secret: str | None, after: str | None, *, keep_open: bool
) -> AsyncGenerator[PaymentStatusChange, None]:
    if client_secret is not None and context.over_get:
        raise BadInputError("A client secret is not sent in a URL; use POST")
    uuid, since = uuid_of(payment_id, "paymentId"), seen(after)
    steps = watch(
        context.runtime, context.caller, uuid, client_secret, since, keep_open=keep_open, until=context.ends_at
    )
    async for step in steps:
        yield PaymentStatusChange.of(step)
        del step
