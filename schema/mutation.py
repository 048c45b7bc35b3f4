"""Mutations: each one call of the behaviour."""

from typing import cast

import strawberry

from resolvers.cancel import cancel
from resolvers.checkout import checkout
from resolvers.deliveries import redeliver, replay_stretch
from resolvers.refund import refund
from resolvers.verify import verify
from schema.context import Info
from schema.inputs import (
    CancelPaymentInput,
    CheckoutInput,
    RedeliverWebhookInput,
    RefundPaymentInput,
    ReplayWebhooksInput,
    VerifyPaymentInput,
)
from schema.results import (
    CancelPaymentResult,
    CheckoutResult,
    RedeliverWebhookResult,
    RefundPaymentResult,
    ReplayWebhooksResult,
    VerifyPaymentResult,
    result,
)
from schema.scalars import uuid_of


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Open a checkout. Repeatable under one idempotency key.")
    async def checkout(self, info: Info, input: CheckoutInput) -> CheckoutResult | None:
        context = info.context
        return cast(CheckoutResult, result(await checkout(context.runtime, context.caller, input.request())))

    @strawberry.mutation(
        description="Ask the provider for the truth, record it, and owe every subscribed partner a signed webhook if "
        "it changed. What it said less than a second ago is taken for its answer, unless a service asks."
    )
    async def verify_payment(self, info: Info, input: VerifyPaymentInput) -> VerifyPaymentResult | None:
        context, payment_id = info.context, uuid_of(input.payment_id, "paymentId")
        answer = await verify(context.runtime, context.caller, payment_id, input.client_secret)
        return cast(VerifyPaymentResult, result(answer))

    @strawberry.mutation(description="Cancel what is not paid yet. Canceling a canceled payment succeeds.")
    async def cancel_payment(self, info: Info, input: CancelPaymentInput) -> CancelPaymentResult | None:
        context, payment_id = info.context, uuid_of(input.payment_id, "paymentId")
        answer = await cancel(context.runtime, context.caller, payment_id, input.client_secret, input.reason)
        return cast(CancelPaymentResult, result(answer))

    @strawberry.mutation
    async def refund_payment(self, info: Info, input: RefundPaymentInput) -> RefundPaymentResult | None:
        context = info.context
        return cast(RefundPaymentResult, result(await refund(context.runtime, context.caller, input.request())))

    @strawberry.mutation(description="Send one delivery again now, under the same webhook-id.")
    async def redeliver_webhook(self, info: Info, input: RedeliverWebhookInput) -> RedeliverWebhookResult | None:
        context, delivery_id = info.context, uuid_of(input.delivery_id, "deliveryId")
        return cast(RedeliverWebhookResult, result(await redeliver(context.runtime, context.caller, delivery_id)))

    @strawberry.mutation(description="Send again what a partner missed in a stretch of time.")
    async def replay_webhooks(self, info: Info, input: ReplayWebhooksInput) -> ReplayWebhooksResult | None:
        context, partner_id = info.context, uuid_of(input.partner_id, "partnerId")
        states = None if input.states is None else tuple(input.states)
        answer = await replay_stretch(context.runtime, context.caller, partner_id, input.since, input.until, states)
        return cast(ReplayWebhooksResult, result(answer))
