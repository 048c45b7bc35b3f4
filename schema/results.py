"""What mutations give: a success or a refusal, and how each reads the behaviour's answer."""

from functools import singledispatch
from typing import Annotated

import strawberry

from data.status import Status
from resolvers import answers
from schema.delivery import WebhookDelivery
from schema.money import money
from schema.payment import Payment, Refund
from schema.user_errors import (
    DeliveryNotFoundError,
    IdempotencyConflictError,
    IdempotencyInProgressError,
    InvalidInputError,
    PaymentNotCancelableError,
    PaymentNotFoundError,
    PaymentNotRefundableError,
    ProviderUnavailableError,
)


@strawberry.type
class CheckoutSuccess:
    payment: Payment
    client_secret: str = strawberry.field(
        description="Lets its holder read, verify, cancel and watch this one payment without a token."
    )
    created: bool = strawberry.field(description="False when an earlier checkout was returned again.")


@strawberry.type
class VerifyPaymentSuccess:
    payment: Payment
    changed: bool = strawberry.field(description="True when this call moved the payment to a new status.")
    previous_status: Status


@strawberry.type
class CancelPaymentSuccess:
    payment: Payment


@strawberry.type
class RefundPaymentSuccess:
    payment: Payment
    refund: Refund


CheckoutResult = Annotated[
    CheckoutSuccess
    | InvalidInputError
    | IdempotencyConflictError
    | IdempotencyInProgressError
    | ProviderUnavailableError,
    strawberry.union("CheckoutResult"),
]
VerifyPaymentResult = Annotated[
    VerifyPaymentSuccess | PaymentNotFoundError | ProviderUnavailableError, strawberry.union("VerifyPaymentResult")
]
CancelPaymentResult = Annotated[
    CancelPaymentSuccess | PaymentNotFoundError | PaymentNotCancelableError | ProviderUnavailableError,
    strawberry.union("CancelPaymentResult"),
]
RefundPaymentResult = Annotated[
    RefundPaymentSuccess
    | InvalidInputError
    | PaymentNotFoundError
    | PaymentNotRefundableError
    | IdempotencyConflictError
    | IdempotencyInProgressError
    | ProviderUnavailableError,
    strawberry.union("RefundPaymentResult"),
]


@strawberry.type
class RedeliverWebhookSuccess:
    delivery: WebhookDelivery


@strawberry.type
class ReplayWebhooksSuccess:
    count: int


RedeliverWebhookResult = Annotated[
    RedeliverWebhookSuccess | DeliveryNotFoundError, strawberry.union("RedeliverWebhookResult")
]
ReplayWebhooksResult = Annotated[ReplayWebhooksSuccess | InvalidInputError, strawberry.union("ReplayWebhooksResult")]


@singledispatch
def result(answer: object) -> object:
    """The contract's type for an answer of `resolvers/`."""
    raise TypeError(f"no type for {type(answer).__name__}")


@result.register
def _(answer: answers.CheckoutSuccess) -> object:
    return CheckoutSuccess(
        payment=Payment.of_whole(answer.payment), client_secret=answer.client_secret, created=answer.created
    )


@result.register
def _(answer: answers.VerifyPaymentSuccess) -> object:
    payment = Payment.of_whole(answer.payment)
    return VerifyPaymentSuccess(payment=payment, changed=answer.changed, previous_status=answer.previous_status)


@result.register
def _(answer: answers.CancelPaymentSuccess) -> object:
    return CancelPaymentSuccess(payment=Payment.of_whole(answer.payment))


@result.register
def _(answer: answers.RefundPaymentSuccess) -> object:
    return RefundPaymentSuccess(payment=Payment.of_whole(answer.payment), refund=Refund.of(answer.refund))


@result.register
def _(answer: answers.RedeliverWebhookSuccess) -> object:
    return RedeliverWebhookSuccess(delivery=WebhookDelivery(row=answer.delivery))


@result.register
def _(answer: answers.ReplayWebhooksSuccess) -> object:
    return ReplayWebhooksSuccess(count=answer.count)


@result.register
def _(answer: answers.DeliveryNotFound) -> object:
    return DeliveryNotFoundError(
        message="There is no such delivery, or no longer", delivery_id=strawberry.ID(str(answer.delivery_id))
    )


@result.register
def _(answer: answers.InvalidInput) -> object:
    return InvalidInputError(message=answer.message, path=list(answer.path))


@result.register
def _(answer: answers.PaymentNotFound) -> object:
    return PaymentNotFoundError(message="There is no such payment", payment_id=strawberry.ID(str(answer.payment_id)))


@result.register
def _(answer: answers.IdempotencyConflict) -> object:
    return IdempotencyConflictError(
        message="This idempotency key was used before with other arguments",
        idempotency_key=answer.idempotency_key,
        payment=Payment.of_whole(answer.payment),
    )


@result.register
def _(answer: answers.IdempotencyInProgress) -> object:
    return IdempotencyInProgressError(
        message="The first call with this key is still running; repeat it with the same key",
        retry_after_seconds=answer.retry_after_seconds,
    )


@result.register
def _(answer: answers.PaymentNotCancelable) -> object:
    message = f"A payment that is {answer.payment.status} cannot be canceled"
    return PaymentNotCancelableError(message=message, payment=Payment.of_whole(answer.payment))


@result.register
def _(answer: answers.PaymentNotRefundable) -> object:
    return PaymentNotRefundableError(
        message=answer.because, payment=Payment.of_whole(answer.payment), refundable=money(answer.refundable)
    )


@result.register
def _(answer: answers.ProviderUnavailable) -> object:
    return ProviderUnavailableError(
        message="The payment provider did not answer; nothing is lost, and the same request may be repeated",
        retry_after_seconds=answer.retry_after_seconds,
        payment=Payment.of_whole(answer.payment) if answer.payment else None,
    )
