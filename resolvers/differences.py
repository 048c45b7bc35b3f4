"""One payment beside what its provider has of it: where they differ. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from data.events import EventKind
from data.payment import Payment
from data.refunds import Refund, RefundStatus
from data.status import Status
from providers.protocol import CheckoutState, ProviderRefund, Recorded
from resolvers.settle import Word, settle


class DifferenceKind(StrEnum):
    STATUS = "STATUS"
    AMOUNT = "AMOUNT"
    """Another amount or currency came in."""
    REFUND = "REFUND"
    DISPUTE = "DISPUTE"
    MISSING = "MISSING"
    """The provider does not have what we have."""
    UNKNOWN = "UNKNOWN"
    """We do not have what the provider has."""
    SECOND = "SECOND"
    """The provider has one more checkout of this payment that is open, or was paid."""


@dataclass(frozen=True, slots=True)
class Difference:
    kind: DifferenceKind
    payment_id: UUID | None
    provider_payment_id: str | None
    ours: str
    theirs: str
    can_apply: bool = False
    """Whether taking the provider's word puts it right; where not, somebody has to look."""


KINDS = {
    EventKind.STATUS: DifferenceKind.STATUS,
    EventKind.REFUND: DifferenceKind.REFUND,
    EventKind.DISPUTE: DifferenceKind.DISPUTE,
    EventKind.MISMATCH: DifferenceKind.AMOUNT,
}
AGREES: dict[Status, frozenset[CheckoutState]] = {
    Status.PENDING: frozenset({CheckoutState.OPEN}),
    Status.PROCESSING: frozenset({CheckoutState.PROCESSING}),
    Status.SUCCEEDED: frozenset({CheckoutState.PAID}),
    Status.REFUNDED: frozenset({CheckoutState.PAID}),
    Status.FAILED: frozenset({CheckoutState.FAILED, CheckoutState.EXPIRED}),
    Status.CANCELED: frozenset({CheckoutState.EXPIRED, CheckoutState.FAILED}),
}
"""Status → what its provider may say of it; a payment that holds another amount is PAID there."""


def differences(
    payment: Payment, refunds: Sequence[Refund], recorded: Recorded, word: Word, new_id: Callable[[], UUID]
) -> list[Difference]:
    """`word` is what the provider says of `recorded`; what settling it would change is what differs."""
    settlement = settle(payment, list(refunds), word, new_id)
    found = [
        _of(payment, recorded, KINDS[event.kind], payment.status, event.detail or event.status, can_apply=True)
        for event in settlement.events
        if event.kind in KINDS
    ]
    if not any(event.moved for event in settlement.events) and not _agrees(payment, recorded.truth.state):
        left_open = payment.status in (Status.CANCELED, Status.FAILED) and recorded.truth.state is CheckoutState.OPEN
        found.append(
            _of(payment, recorded, DifferenceKind.STATUS, payment.status, recorded.truth.state, can_apply=left_open)
        )
    received = recorded.truth.received
    if received is not None and payment.holds_money and received != payment.paid:
        came = f"{received.text()} {received.currency}"
        found.append(
            _of(payment, recorded, DifferenceKind.AMOUNT, f"{payment.paid.text()} {payment.paid.currency}", came)
        )
    said = {refund.provider_refund_id: refund for refund in recorded.truth.refunds}
    return [*found, *_refunds(payment, refunds, recorded, said)]


def _agrees(payment: Payment, state: CheckoutState) -> bool:
    if payment.wrong_amount and payment.status is Status.PROCESSING:
        return state is CheckoutState.PAID
    return state in AGREES[payment.status]


def _refunds(
    payment: Payment, refunds: Iterable[Refund], recorded: Recorded, said: dict[str, ProviderRefund]
) -> Iterable[Difference]:
    """What no word of the provider's settles: refunds that it does not have, or of another amount."""
    for mine in refunds:
        ours = f"{mine.status} {mine.amount.text()} {mine.amount.currency} {mine.id}"
        theirs = said.get(mine.provider_refund_id or "")
        if theirs is None and mine.status is not RefundStatus.FAILED and mine.id not in _ours(said):
            yield _of(payment, recorded, DifferenceKind.MISSING, ours, "", can_apply=mine.provider_refund_id is None)
        elif theirs is not None and theirs.amount != mine.amount:
            yield _of(
                payment, recorded, DifferenceKind.REFUND, ours, f"{theirs.amount.text()} {theirs.amount.currency}"
            )


def _ours(said: dict[str, ProviderRefund]) -> set[UUID | None]:
    return {refund.refund_id for refund in said.values()}


def _of(
    payment: Payment, recorded: Recorded, kind: DifferenceKind, ours: str, theirs: str, *, can_apply: bool = False
) -> Difference:
    return Difference(kind, payment.id, recorded.provider_payment_id, str(ours), str(theirs), can_apply)
