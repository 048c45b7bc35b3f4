"""What the operations answer; the names are the contract's."""

from dataclasses import dataclass
from uuid import UUID

from data.delivery import Delivery
from data.money import Money
from data.payment import Payment
from data.refunds import Refund
from data.status import Status


@dataclass(frozen=True, slots=True)
class CheckoutSuccess:
    payment: Payment
    client_secret: str
    created: bool


@dataclass(frozen=True, slots=True)
class VerifyPaymentSuccess:
    payment: Payment
    changed: bool
    previous_status: Status


@dataclass(frozen=True, slots=True)
class CancelPaymentSuccess:
    payment: Payment


@dataclass(frozen=True, slots=True)
class RefundPaymentSuccess:
    payment: Payment
    refund: Refund


@dataclass(frozen=True, slots=True)
class RedeliverWebhookSuccess:
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class ReplayWebhooksSuccess:
    count: int


@dataclass(frozen=True, slots=True)
class DeliveryNotFound:
    delivery_id: UUID


@dataclass(frozen=True, slots=True)
class InvalidInput:
    message: str
    path: tuple[str, ...]
    """From `input`."""


@dataclass(frozen=True, slots=True)
class PaymentNotFound:
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class IdempotencyConflict:
    idempotency_key: str
    payment: Payment


@dataclass(frozen=True, slots=True)
class IdempotencyInProgress:
    retry_after_seconds: int


@dataclass(frozen=True, slots=True)
class PaymentNotCancelable:
    payment: Payment


@dataclass(frozen=True, slots=True)
class PaymentNotRefundable:
    payment: Payment
    refundable: Money
    because: str


@dataclass(frozen=True, slots=True)
class ProviderUnavailable:
    retry_after_seconds: int | None
    payment: Payment | None
