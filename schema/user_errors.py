"""The refusals a caller can act on, as types."""

import strawberry

from schema.money import Money
from schema.payment import Payment


@strawberry.interface(
    description="A refusal the caller can act on. Match on the concrete type; fall back to `message`."
)
class UserError:
    message: str


@strawberry.type(description="`path` runs from `input`.")
class InvalidInputError(UserError):
    path: list[str]


@strawberry.type
class PaymentNotFoundError(UserError):
    payment_id: strawberry.ID


@strawberry.type
class DeliveryNotFoundError(UserError):
    delivery_id: strawberry.ID


@strawberry.type(description="The idempotency key was used before with other arguments.")
class IdempotencyConflictError(UserError):
    idempotency_key: str
    payment: Payment


@strawberry.type(description="The first call with this key is still running. Repeat it with the same key.")
class IdempotencyInProgressError(UserError):
    retry_after_seconds: int


@strawberry.type
class PaymentNotCancelableError(UserError):
    payment: Payment


@strawberry.type
class PaymentNotRefundableError(UserError):
    payment: Payment
    refundable: Money


@strawberry.type(
    description="The provider did not answer, or refused to work now. Safe to repeat with the same key; nothing is "
    "lost meanwhile."
)
class ProviderUnavailableError(UserError):
    retry_after_seconds: int | None
    payment: Payment | None
