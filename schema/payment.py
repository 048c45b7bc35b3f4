"""Payment, and how each of its fields reads a row."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from data.delivery_pages import Slice
from data.events import first_event
from data.payment import AMOUNT_MISMATCH, CancellationCause, PaymentType, first_version
from data.payment import Payment as WholePayment
from data.refunds import Refund as RefundRow
from data.refunds import RefundStatus
from data.shown_payment import Shown, shown
from data.status import Status
from providers.protocol import FailureCode
from resolvers.deliveries import DeliveryPageKey
from resolvers.loads import EventPageKey
from schema.columns import column, columns, computed
from schema.context import Info
from schema.cursors import delivery_position, page_size, seen
from schema.enums import PaymentAction, ProviderName
from schema.event import PaymentEventConnection, event_connection
from schema.money import Money, money
from schema.scalars import JSON, URL, uuid_of

if TYPE_CHECKING:
    from schema.delivery import WebhookDeliveryConnection
    from schema.reservation import Reservation


@strawberry.type
class Payer:
    email: str | None
    name: str | None


@strawberry.type
class PaymentFailure:
    code: FailureCode
    message: str


@strawberry.type
class PaymentCancellation:
    cause: CancellationCause
    reason: str | None


@strawberry.type
class Reconciliation:
    since: datetime
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None


@strawberry.type
class Refund:
    id: strawberry.ID
    amount: Money
    status: RefundStatus
    reason: str | None
    provider_refund_id: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: RefundRow) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            amount=money(row.amount),
            status=row.status,
            reason=row.reason,
            provider_refund_id=row.provider_refund_id,
            created_at=row.created_at,
        )


@strawberry.federation.type(keys=["id"])
class Payment:
    """Its fields read what PostgreSQL has finished; which of it, each says, so that nothing else is read."""

    row: strawberry.Private[Shown]

    @classmethod
    def of(cls, row: Shown) -> Self:
        return cls(row=row)

    @classmethod
    def of_whole(cls, payment: WholePayment) -> Self:
        return cls(row=shown(payment))

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Awaitable[Payment | None] | None":
        return info.context.load.payment(uuid_of(id, "id"), None, info.wanted, cls.of)

    id = column("id", strawberry.ID)
    status = column("status", Status)
    type = column("type", PaymentType)

    @columns({"amount": "amount", "currency": "currency"})
    def amount(self) -> Money:
        return Money(amount=self.row["amount"], currency=self.row["currency"])

    @columns({"amount": "amount_refunded", "currency": "paid_in"})
    def amount_refunded(self) -> Money:
        return Money(amount=self.row["amount_refunded"], currency=self.row["paid_in"])

    @computed("reservation_id")
    def reservation(self) -> Annotated["Reservation", strawberry.lazy("schema.reservation")] | None:
        from schema.reservation import Reservation

        id_ = self.row["reservation_id"]
        return None if id_ is None else Reservation(id=id_)

    subscription_id = column("subscription_id", strawberry.ID | None)
    user_id = column("user_id", strawberry.ID | None)

    provider = column("provider", ProviderName)
    provider_payment_id = column("provider_payment_id", str | None)

    checkout_url = column("checkout_url", URL | None, "Where to send the payer. Null once nothing is left to pay.")

    expires_at = column("expires_at", datetime | None)

    @columns({"email": "payer_email", "name": "payer_name"}, or_null=True)
    def payer(self) -> Payer | None:
        email, name = self.row["payer_email"], self.row["payer_name"]
        return None if email is None and name is None else Payer(email=email, name=name)

    description = column("description", str | None)
    metadata = column("metadata", JSON)

    @computed(
        "failure_code",
        "failure_message",
        description="Why the last attempt to pay failed, in words fit to show. A payer may have tried again: `status` "
        "decides.",
    )
    def failure(self) -> PaymentFailure | None:
        code, message = self.row["failure_code"], self.row["failure_message"]
        if code is None and message is None:
            return None
        return PaymentFailure(code=FailureCode(code) if code else FailureCode.UNKNOWN, message=message or "")

    @computed("cancellation_cause", "cancellation_reason")
    def cancellation(self) -> PaymentCancellation | None:
        cause = self.row["cancellation_cause"]
        return None if cause is None else PaymentCancellation(cause=cause, reason=self.row["cancellation_reason"])

    @computed(
        *("unknown_since", "checks", "next_check_at", "last_error"),
        description="Set while the provider's answer is not known: since when, how often it was asked, when it is "
        "asked next.",
    )
    def reconciliation(self) -> Reconciliation | None:
        row = self.row
        since = row["unknown_since"]
        if since is None:
            return None
        return Reconciliation(
            since=since, attempts=row["checks"], next_attempt_at=row["next_check_at"], last_error=row["last_error"]
        )

    @computed(
        *("ours", "status", "failure_code", "refundable"),
        description="What may be asked of this payment now, by whoever may: REFUND by ADMIN and services. Empty once "
        "it is final.",
    )
    def actions(self) -> list[PaymentAction]:
        row = self.row
        status, wrong_amount = row["status"], row["failure_code"] == AMOUNT_MISMATCH
        if not row["ours"]:
            return []
        if status == Status.PENDING:
            return [PaymentAction.VERIFY, PaymentAction.CANCEL]
        processing = status == Status.PROCESSING
        holds_money = status == Status.SUCCEEDED or (processing and wrong_amount)
        verify = [PaymentAction.VERIFY] if processing and not wrong_amount else []
        refund = [PaymentAction.REFUND] if holds_money and row["refundable"] else []
        return verify + refund

    @computed(
        *("id", "ours", "status", "created_at"),
        description="The whole history, oldest first. The `cursor` of an edge resumes the subscription after it.",
    )
    async def events(self, info: Info, first: int = 20, after: str | None = None) -> PaymentEventConnection:
        row, size, since = self.row, page_size(first), seen(after)
        id_ = UUID(row["id"])
        if not row["ours"]:
            status = Status(row["status"])
            event = first_event(id_, status, datetime.fromisoformat(row["created_at"]))
            return event_connection([] if since else [(first_version(status), event)], size, after)
        key = EventPageKey(id_, since.sequence if since else 0, size + 1)
        events = await info.context.load.event_page.load(key)
        return event_connection([(str(event.sequence), event) for event in events], size, after)

    @computed("id")
    async def refunds(self, info: Info) -> list[Refund]:
        return [Refund.of(row) for row in await info.context.load.refunds.load(UUID(self.row["id"]))]

    @computed("id", description="For ADMIN and services; null with FORBIDDEN for others, and the payment stays.")
    async def deliveries(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Annotated["WebhookDeliveryConnection", strawberry.lazy("schema.delivery")] | None:
        from schema.delivery import delivery_connection

        size = page_size(first)
        key = DeliveryPageKey(Slice(size + 1, delivery_position(after)), payment_id=UUID(self.row["id"]))
        return delivery_connection(await info.context.load.delivery_page.load(key), size, after)

    created_at = column("created_at", datetime)
    updated_at = column("updated_at", datetime)
