"""Payment, and how each of its fields reads a row."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from data.delivery_pages import Slice
from data.events import first_event_of
from data.money import Money as Amount
from data.payment import CancellationCause, PaymentType
from data.payment import Payment as Row
from data.refunds import Refund as RefundRow
from data.refunds import RefundStatus
from data.status import Status
from providers.protocol import FailureCode
from resolvers.deliveries import DeliveryPageKey
from resolvers.loads import EventPageKey, PaymentKey
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
    row: strawberry.Private[Row]

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Payment | None":
        row = await info.context.load.payment.load(PaymentKey(uuid_of(id, "id")))
        return None if row is None else cls(row=row)

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.id))

    @strawberry.field
    def status(self) -> Status:
        return self.row.status

    @strawberry.field
    def type(self) -> PaymentType:
        return self.row.type

    @strawberry.field
    def amount(self) -> Money:
        return money(self.row.amount)

    @strawberry.field
    def amount_refunded(self) -> Money:
        row = self.row
        refunded = row.paid.amount if row.status is Status.REFUNDED and not row.ours else row.amount_refunded
        return money(Amount(refunded, row.paid.currency))

    @strawberry.field
    def reservation(self) -> Annotated["Reservation", strawberry.lazy("schema.reservation")] | None:
        from schema.reservation import Reservation

        row = self.row
        return None if row.reservation_id is None else Reservation(id=strawberry.ID(str(row.reservation_id)))

    @strawberry.field
    def subscription_id(self) -> strawberry.ID | None:
        return _id(self.row.subscription_id)

    @strawberry.field
    def user_id(self) -> strawberry.ID | None:
        return _id(self.row.user_id)

    @strawberry.field
    def provider(self) -> ProviderName:
        return ProviderName.STRIPE if self.row.provider == ProviderName.STRIPE else ProviderName.MOCK

    @strawberry.field
    def provider_payment_id(self) -> str | None:
        return self.row.provider_payment_id

    @strawberry.field(description="Where to send the payer. Null once nothing is left to pay.")
    def checkout_url(self) -> URL | None:
        row = self.row
        return URL(row.checkout_url) if row.checkout_url and row.status is Status.PENDING else None

    @strawberry.field
    def expires_at(self) -> datetime | None:
        return self.row.expires_at

    @strawberry.field
    def payer(self) -> Payer | None:
        row = self.row
        known = row.payer_email is not None or row.payer_name is not None
        return Payer(email=row.payer_email, name=row.payer_name) if known else None

    @strawberry.field
    def description(self) -> str | None:
        return self.row.description

    @strawberry.field
    def metadata(self) -> JSON:
        return JSON(self.row.metadata)

    @strawberry.field(
        description="Why the last attempt to pay failed, in words fit to show. A payer may have tried again: `status` "
        "decides."
    )
    def failure(self) -> PaymentFailure | None:
        row = self.row
        if row.failure_code is None and row.failure_message is None:
            return None
        code = FailureCode(row.failure_code) if row.failure_code else FailureCode.UNKNOWN
        return PaymentFailure(code=code, message=row.failure_message or "")

    @strawberry.field
    def cancellation(self) -> PaymentCancellation | None:
        cause = self.row.cancellation_cause
        return None if cause is None else PaymentCancellation(cause=cause, reason=self.row.cancellation_reason)

    @strawberry.field(
        description="Set while the provider's answer is not known: since when, how often it was asked, when it is "
        "asked next."
    )
    def reconciliation(self) -> Reconciliation | None:
        row = self.row
        if row.unknown_since is None:
            return None
        return Reconciliation(
            since=row.unknown_since, attempts=row.checks, next_attempt_at=row.next_check_at, last_error=row.last_error
        )

    @strawberry.field(description="What may be asked of this payment now; empty once it is final.")
    def actions(self) -> list[PaymentAction]:
        row = self.row
        if not row.ours:
            return []
        if row.status is Status.PENDING:
            return [PaymentAction.VERIFY, PaymentAction.CANCEL]
        verify = [PaymentAction.VERIFY] if row.status is Status.PROCESSING and not row.wrong_amount else []
        refund = [PaymentAction.REFUND] if row.holds_money and row.refundable.amount else []
        return verify + refund

    @strawberry.field(
        description="The whole history, oldest first. The `cursor` of an edge resumes the subscription after it."
    )
    async def events(self, info: Info, first: int = 20, after: str | None = None) -> PaymentEventConnection:
        size, since = page_size(first), seen(after)
        if not self.row.ours:
            rows = [] if since else [(self.row.version, first_event_of(self.row))]
            return event_connection(rows, size, after)
        key = EventPageKey(self.row.id, since.sequence if since else 0, size + 1)
        events = await info.context.load.event_page.load(key)
        return event_connection([(str(event.sequence), event) for event in events], size, after)

    @strawberry.field
    async def refunds(self, info: Info) -> list[Refund]:
        return [Refund.of(row) for row in await info.context.load.refunds.load(self.row.id)]

    @strawberry.field(description="For ADMIN and services; null with FORBIDDEN for others, and the payment stays.")
    async def deliveries(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Annotated["WebhookDeliveryConnection", strawberry.lazy("schema.delivery")] | None:
        from schema.delivery import delivery_connection

        size = page_size(first)
        key = DeliveryPageKey(Slice(size + 1, delivery_position(after)), payment_id=self.row.id)
        return delivery_connection(await info.context.load.delivery_page.load(key), size, after)

    @strawberry.field
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field
    def updated_at(self) -> datetime:
        return self.row.updated_at


def _id(value: object) -> strawberry.ID | None:
    return None if value is None else strawberry.ID(str(value))
