"""What mutations take."""

from datetime import datetime

import strawberry

import schema.enums  # noqa: F401 - the enums get their names before they are used
from data.delivery import DeliveryState
from resolvers.checkout_input import MAX_EXPIRY_MINUTES, CheckoutRequest
from resolvers.refund import RefundRequest
from schema.money import MoneyInput
from schema.scalars import JSON, optional_uuid, uuid_of


@strawberry.input
class PayerInput:
    email: str | None = None
    name: str | None = None


@strawberry.input
class CheckoutInput:
    amount: MoneyInput
    reservation_id: strawberry.ID | None = strawberry.field(
        default=None, description="Exactly one of `reservationId` and `subscriptionId`."
    )
    subscription_id: strawberry.ID | None = None
    user_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Only a service acting for its user may set it; a person's own id comes from the token.",
    )
    payer: PayerInput | None = None
    description: str | None = None
    metadata: JSON | None = None
    success_url: str | None = strawberry.field(
        default=None, description="An http(s) URL; `{PAYMENT_ID}` in it stands for the payment's id."
    )
    cancel_url: str | None = None
    expires_in_minutes: int = strawberry.field(default=MAX_EXPIRY_MINUTES, description="30 to 1440.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Chosen by the client and kept over retries. Without one, an open checkout of the same caller and "
        "user for the same target, amount and currency is returned again; in production never one without a user.",
    )

    def request(self) -> CheckoutRequest:
        payer = self.payer or PayerInput()
        return CheckoutRequest(
            amount=self.amount.amount,
            currency=self.amount.currency,
            reservation_id=optional_uuid(self.reservation_id, "reservationId"),
            subscription_id=optional_uuid(self.subscription_id, "subscriptionId"),
            user_id=optional_uuid(self.user_id, "userId"),
            payer_email=payer.email,
            payer_name=payer.name,
            description=self.description,
            metadata=self.metadata,
            success_url=self.success_url,
            cancel_url=self.cancel_url,
            expires_in_minutes=self.expires_in_minutes,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input
class RedeliverWebhookInput:
    delivery_id: strawberry.ID


@strawberry.input
class ReplayWebhooksInput:
    partner_id: strawberry.ID
    since: datetime
    until: datetime | None = None
    states: list[DeliveryState] | None = strawberry.field(
        default=None,
        description="FAILED and HELD unless given; PENDING ones, which wait for their next attempt, are sent now.",
    )


@strawberry.input
class VerifyPaymentInput:
    payment_id: strawberry.ID
    client_secret: str | None = None


@strawberry.input
class CancelPaymentInput:
    payment_id: strawberry.ID
    client_secret: str | None = None
    reason: str | None = None


@strawberry.input(
    description="Without `amount`, all that is left. With an `amount`, `idempotencyKey` is required: two equal partial "
    "refunds can both be meant."
)
class RefundPaymentInput:
    payment_id: strawberry.ID
    amount: MoneyInput | None = None
    reason: str | None = None
    idempotency_key: str | None = None

    def request(self) -> RefundRequest:
        return RefundRequest(
            payment_id=uuid_of(self.payment_id, "paymentId"),
            amount=self.amount.amount if self.amount else None,
            currency=self.amount.currency if self.amount else None,
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )
