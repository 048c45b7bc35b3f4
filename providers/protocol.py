"""What this service asks of a payment provider, and the words it understands in the answers."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from data.money import Money


class ProviderError(Exception):
    """A provider did not do what it was asked to do."""


class ProviderSilentError(ProviderError):
    """No answer, or one that says nothing: what was asked may have happened or not. Never a failure of the payment."""


class RefundUnansweredError(ProviderSilentError):
    """Every call of this attempt at a refund has ended in an error, which the provider will only ever repeat."""


class ProviderDownError(ProviderError):
    """The provider surely did nothing: it refused to work now, or the call was never made. May be repeated."""

    def __init__(self, message: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ProviderRefusedError(ProviderError):
    """The provider will not do this; the text is its reason, fit to show. Repeating does not help."""


class SignatureRefusedError(ProviderError):
    """A webhook that the provider did not sign, or not lately."""


class CheckoutState(StrEnum):
    OPEN = "OPEN"
    """The payer may still pay, also after a decline."""
    PROCESSING = "PROCESSING"
    """The payer has acted, and the money is on its way."""
    PAID = "PAID"
    FAILED = "FAILED"
    """Over, and not paid."""
    EXPIRED = "EXPIRED"
    """Over by time or because somebody closed it."""


class RefundState(StrEnum):
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class FailureCode(StrEnum):
    CARD_DECLINED = "CARD_DECLINED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    EXPIRED_CARD = "EXPIRED_CARD"
    AUTHENTICATION_REQUIRED = "AUTHENTICATION_REQUIRED"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"
    PROVIDER_REJECTED = "PROVIDER_REJECTED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """All a provider is told; equal orders are one checkout (`payment_id` and `attempt` are its idempotency key)."""

    payment_id: UUID
    attempt: int
    amount: Money
    expires_at: datetime
    created_at: datetime
    success_url: str
    cancel_url: str
    description: str | None = None
    payer_email: str | None = None
    reservation_id: UUID | None = None
    subscription_id: UUID | None = None
    user_id: UUID | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout that the provider has: its own id of it, and where the payer goes."""

    provider_payment_id: str
    url: str | None
    """None once nobody can pay there any more."""


@dataclass(frozen=True, slots=True)
class Decline:
    code: FailureCode
    message: str


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    provider_refund_id: str
    refund_id: UUID | None
    """Ours, where we asked for it; null where it was made in the provider's dashboard."""
    amount: Money
    state: RefundState


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything the provider says of one checkout at one moment."""

    state: CheckoutState
    received: Money | None = None
    """What came in; set exactly when `state` is PAID."""
    decline: Decline | None = None
    """Why the last attempt to pay failed."""
    closed_by_payer: bool = False
    """With EXPIRED: somebody closed it at the provider, not time and not us."""
    ran_out: bool = False
    """With EXPIRED: it was over by the provider's clock, which may be a little before ours says so."""
    nothing_there: bool = False
    """With EXPIRED: when it was to be closed, the provider had no checkout; one may have been opened since."""
    refunds: tuple[ProviderRefund, ...] = ()
    disputes: tuple[str, ...] = ()
    """The provider's ids of disputes over it; of one that is over also the id, a space, and what became of it."""


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Orders with one `refund_id` are one refund; with `attempt` it is the idempotency key."""

    refund_id: UUID
    payment_id: UUID
    provider_payment_id: str
    amount: Money
    reason: str | None
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Notice:
    """A provider's webhook, signature checked: only a reason to fetch. Without any id it is not ours."""

    event_id: str
    type: str
    payment_id: UUID | None
    provider_payment_id: str | None
    part: str | None = None
    """The provider's id of a part of the payment, where it names only that; `payment_of` knows whose it is."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A checkout as the provider has it in its books."""

    provider_payment_id: str
    payment_id: UUID | None
    """Ours, where we opened it; null where somebody else did."""
    truth: Truth


class Provider(Protocol):
    """Every call may raise ProviderSilentError or ProviderDownError. No call opens or needs a transaction."""

    @property
    def name(self) -> str:
        """`mock` or `stripe`, as `payments.provider` has it."""
        ...

    async def create_checkout(self, order: CheckoutOrder) -> Checkout:
        """Open a checkout, or answer with the one this order opened before. Raises ProviderRefusedError."""
        ...

    async def find_checkout(self, order: CheckoutOrder) -> Checkout | None:
        """The checkout that this order opened, when its answer was lost; None when surely none was opened."""
        ...

    async def fetch(self, provider_payment_id: str) -> Truth: ...

    async def close_checkout(self, provider_payment_id: str) -> Truth:
        """Let nobody pay it any more, unless somebody has: the truth after trying."""
        ...

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        """Give money back, or answer with what this order did before. Raises ProviderRefusedError."""
        ...

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Raises SignatureRefusedError; header names are lower case."""
        ...

    async def payment_of(self, part: str) -> UUID | None:
        """Whose part a notice named; None where it is of no payment of ours."""
        ...


class Books(Provider, Protocol):
    """A provider that can be asked for everything it has."""

    def checkouts_since(self, since: datetime) -> AsyncIterator[Recorded]:
        """Newest first. Raises ProviderError."""
        ...
