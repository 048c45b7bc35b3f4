"""The contract's enums, with its words. Members and values are those that `data/` and `providers/` use."""

from enum import Enum, StrEnum
from typing import TypeVar

import strawberry

from data.delivery import DeliveryState
from data.events import Cause, EventKind
from data.partners import PartnerStatus
from data.payment import CancellationCause, PaymentType
from data.refunds import RefundStatus
from data.status import Status
from providers.protocol import FailureCode

AnyEnum = TypeVar("AnyEnum", bound=type[Enum])


class PaymentAction(StrEnum):
    VERIFY = "VERIFY"
    CANCEL = "CANCEL"
    REFUND = "REFUND"


class ProviderName(StrEnum):
    MOCK = "mock"
    STRIPE = "stripe"


def _described(enum: AnyEnum, name: str, description: str | None = None, **values: str) -> AnyEnum:
    strawberry.enum(enum, name=name, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values.get(value.name)
    return enum


_described(
    Status,
    "PaymentStatus",
    "Where a payment is in its life. Only the provider's word moves a FAILED, CANCELED or REFUNDED payment any more: "
    "it was paid after all, or its refund failed.",
    PENDING="The payer has not paid yet.",
    PROCESSING="The payer has acted; the provider has not given its final answer, or another amount came in "
    "(`failure.code` AMOUNT_MISMATCH).",
    CANCELED="By request, or because its checkout expired: see `cancellation`.",
    REFUNDED="The whole amount went back.",
)
_described(PaymentType, "PaymentType")
_described(ProviderName, "ProviderName")
_described(PaymentAction, "PaymentAction")
_described(FailureCode, "PaymentFailureCode")
_described(CancellationCause, "CancellationCause")
_described(RefundStatus, "RefundStatus")
_described(EventKind, "PaymentEventKind")
_described(Cause, "PaymentEventCause")
_described(PartnerStatus, "PartnerStatus")
_described(
    DeliveryState,
    "DeliveryState",
    PENDING="Waiting for its next attempt.",
    FAILED="Every attempt of the schedule failed.",
    HELD="Kept back: the partner is disabled, or its secret is not known. Sent when that ends.",
)
