"""What a provider's word makes of a payment. Pure: the same payment and the same word give the same change."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from data.events import Cause, Event, EventKind
from data.idempotency import LEASE
from data.payment import AMOUNT_MISMATCH, CancellationCause, Payment
from data.refunds import Refund, RefundStatus
from data.status import ON_PROVIDERS_WORD, Status, allowed
from providers.protocol import CheckoutState, FailureCode, ProviderRefund, RefundState, Truth
from resolvers.next_look import next_look, pause

WITHOUT_REASON = "The provider gave no reason."
CLOSING = (Cause.CANCEL, Cause.EXPIRY)
"""Why a checkout is closed before its word is heard."""


@dataclass(frozen=True, slots=True)
class Word:
    """A provider's answer, and why it was asked."""

    truth: Truth
    cause: Cause
    heard_at: datetime
    cancel_reason: str | None = None
    known_disputes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settlement:
    payment: Payment
    events: tuple[Event, ...]
    refunds: tuple[Refund, ...]
    """Those that are new or have changed."""
    alarms: tuple[str, ...]
    """What an operator has to hear of."""
    told: tuple[Refund, ...] = ()
    """The refunds that the REFUND events tell of, in the same order."""


def settle(payment: Payment, refunds: list[Refund], word: Word, new_id: Callable[[], UUID]) -> Settlement:
    """Never moves a payment back: an answer older than what is known changes nothing."""
    story = _Story(payment, word)
    story.receive()
    merged, changed = _merge(refunds, payment.id, word, new_id)
    before = {refund.id: refund.status for refund in refunds}
    told = tuple(refund for refund in changed if refund.status != before.get(refund.id))
    story.alarms += _made_twice(word, changed, before)
    for refund in told:
        story.tell_refund(refund)
    story.refunded(merged)
    story.decline()
    story.dispute()
    after = _kept(story.payment, merged, word)
    return Settlement(after, tuple(story.events), tuple(changed), tuple(story.alarms), told)


class _Story:
    """The payment as it changes, event by event."""

    def __init__(self, payment: Payment, word: Word) -> None:
        self.payment = payment
        self.word = word
        self.events: list[Event] = []
        self.alarms: list[str] = []

    def receive(self) -> None:
        truth, status = self.word.truth, self.payment.status
        if truth.state is CheckoutState.PAID and status is not Status.REFUNDED:
            self._paid()
        elif truth.state is CheckoutState.PROCESSING and status is Status.PENDING:
            self._move(Status.PROCESSING)
        elif truth.state is CheckoutState.FAILED:
            self._fail()
        elif truth.state is CheckoutState.EXPIRED:
            self._cancel()

    def tell_refund(self, refund: Refund) -> None:
        text = f"{refund.status} {refund.amount.text()} {refund.amount.currency} {refund.id}"
        self._tell(EventKind.REFUND, self.payment.status, text)

    def refunded(self, refunds: list[Refund]) -> None:
        """The whole amount is back, or, since a refund failed, is not any more."""
        back = _sum(refund for refund in refunds if refund.status is RefundStatus.SUCCEEDED)
        if 0 < self.payment.paid.amount <= back and self.payment.holds_money:
            self._move(Status.REFUNDED)
        elif back < self.payment.paid.amount and self.payment.status is Status.REFUNDED:
            self._move(Status.PROCESSING if self.payment.wrong_amount else Status.SUCCEEDED)

    def decline(self) -> None:
        said = self.word.truth.decline
        payment = self.payment
        if said is None or payment.status is not Status.PENDING:
            return
        if (payment.failure_code, payment.failure_message) != (said.code, said.message):
            self.payment = replace(payment, failure_code=said.code, failure_message=said.message)
            self._tell(EventKind.DECLINE, payment.status, f"{said.code}: {said.message}")

    def dispute(self) -> None:
        for dispute in self.word.truth.disputes:
            if dispute not in self.word.known_disputes:
                self._tell(EventKind.DISPUTE, self.payment.status, dispute)
                self.alarms.append(f"the payer disputes this payment: {dispute}")

    def _paid(self) -> None:
        payment, received = self.payment, self.word.truth.received
        if received is None or payment.wrong_amount or payment.status is Status.SUCCEEDED:
            return
        if received == payment.amount:
            if self._move(Status.SUCCEEDED):
                self.payment = replace(self.payment, failure_code=None, failure_message=None)
                self.payment = replace(self.payment, cancellation_cause=None, cancellation_reason=None)
            return
        due = payment.amount
        came = f"{received.text()} {received.currency} came in instead of {due.text()} {due.currency}"
        self.alarms.append(f"{came}; refund it or settle it by hand")
        self.payment = replace(
            payment,
            received=received,
            failure_code=AMOUNT_MISMATCH,
            failure_message=f"{came}.",
            cancellation_cause=None,
            cancellation_reason=None,
        )
        self._move(Status.PROCESSING)
        self._tell(EventKind.MISMATCH, self.payment.status, came)

    def _fail(self) -> None:
        said = self.word.truth.decline
        code = said.code if said else FailureCode.UNKNOWN
        if self._move(Status.FAILED):
            message = said.message if said else WITHOUT_REASON
            self.payment = replace(self.payment, failure_code=code, failure_message=message)

    def _cancel(self) -> None:
        word, expires_at = self.word, self.payment.expires_at
        timely = (expires_at is None or word.heard_at < expires_at) and not word.truth.ran_out
        requested = word.cause is Cause.CANCEL or word.truth.closed_by_payer or timely
        if self._move(Status.CANCELED):
            cause = CancellationCause.REQUESTED if requested else CancellationCause.EXPIRED
            self.payment = replace(self.payment, cancellation_cause=cause, cancellation_reason=word.cancel_reason)

    def _move(self, new: Status) -> bool:
        old = self.payment.status
        if not allowed(old, new, wrong_amount=self.payment.wrong_amount):
            return False
        if (old, new) in ON_PROVIDERS_WORD:
            self.alarms.append(f"{old} is {new} after all, says the provider")
        self._tell(EventKind.STATUS, new, None)
        return True

    def _tell(self, kind: EventKind, status: Status, detail: str | None) -> None:
        payment, word = self.payment, self.word
        number = payment.sequence + 1
        event = Event(payment.id, number, kind, status, payment.status, word.cause, word.heard_at, detail)
        self.events.append(event)
        self.payment = replace(payment, status=status, sequence=number)


def _merge(
    refunds: list[Refund], payment_id: UUID, word: Word, new_id: Callable[[], UUID]
) -> tuple[list[Refund], list[Refund]]:
    """All refunds as they are now, and those of them that changed."""
    known = {refund.id: refund for refund in refunds}
    by_provider_id = {refund.provider_refund_id: refund for refund in refunds if refund.provider_refund_id}
    changed = []
    for heard in word.truth.refunds:
        said = _told_apart(heard, known)
        mine = (known.get(said.refund_id) if said.refund_id else None) or by_provider_id.get(said.provider_refund_id)
        after = _made_elsewhere(said, payment_id, word, new_id) if mine is None else _advanced(mine, said)
        if after != mine:
            known[after.id] = after
            changed.append(after)
    return list(known.values()), changed


def _made_twice(word: Word, changed: list[Refund], before: Mapping[UUID, RefundStatus]) -> list[str]:
    """Of refunds that are new to us, and that the provider made under the id of another one."""
    new = {refund.provider_refund_id for refund in changed if refund.id not in before}
    named = [(said.refund_id, said.provider_refund_id) for said in word.truth.refunds if said.refund_id]
    again = [twice for refund_id, twice in named if twice in new and refund_id in before]
    return [f"the provider made a refund of ours twice, the second time as {twice}" for twice in again]


def _told_apart(said: ProviderRefund, known: Mapping[UUID, Refund]) -> ProviderRefund:
    """A second refund that the provider made under the id of one of ours is one of its own: that money is gone too."""
    named = known.get(said.refund_id) if said.refund_id else None
    if named is None or not named.provider_refund_id or not said.provider_refund_id:
        return said
    return said if named.provider_refund_id == said.provider_refund_id else replace(said, refund_id=None)


def _made_elsewhere(said: ProviderRefund, payment_id: UUID, word: Word, new_id: Callable[[], UUID]) -> Refund:
    status = RefundStatus(said.state)
    return Refund(new_id(), payment_id, said.amount, status, None, said.provider_refund_id, word.heard_at)


def _advanced(mine: Refund, said: ProviderRefund) -> Refund:
    """PENDING goes anywhere, SUCCEEDED may still fail, FAILED stays: but one we took for refused may have been made."""
    refused = mine.status is RefundStatus.FAILED and mine.provider_refund_id is None and said.provider_refund_id != ""
    failed_later = mine.status is RefundStatus.SUCCEEDED and said.state is RefundState.FAILED
    moves = mine.status is RefundStatus.PENDING or failed_later or refused
    status = RefundStatus(said.state) if moves else mine.status
    return replace(mine, status=status, provider_refund_id=mine.provider_refund_id or said.provider_refund_id or None)


def with_refunds(payment: Payment, refunds: Iterable[Refund]) -> Payment:
    """The payment with the sums of all its refunds."""
    back = [refund for refund in refunds if refund.status is not RefundStatus.FAILED]
    done = [refund for refund in back if refund.status is RefundStatus.SUCCEEDED]
    return replace(payment, amount_refunded=_sum(done), amount_reserved=_sum(back))


def _sum(refunds: Iterable[Refund]) -> Decimal:
    return sum((refund.amount.amount for refund in refunds), Decimal(0))


def _kept(payment: Payment, refunds: list[Refund], word: Word) -> Payment:
    """The provider has answered: nothing is unknown now but a checkout that it may be about to make."""
    waiting = [refund.created_at for refund in refunds if refund.status is RefundStatus.PENDING]
    known = replace(payment, checked_at=word.heard_at)
    known_at = _known_at(payment, word)
    if known_at is None:
        known = replace(known, unknown_since=None, last_error=None, checks=0)
    later = next_look(known, min(waiting, default=None), word.heard_at)
    due = _to_be_closed(payment, word) or (later if known_at is None or later is None else min(later, known_at))
    return with_refunds(replace(known, next_check_at=due), refunds)


def _to_be_closed(payment: Payment, word: Word) -> datetime | None:
    """When, if somebody may still pay what is over; at once, unless that was tried just now."""
    if word.truth.nothing_there:
        return None if payment.provider_payment_id is None else word.heard_at  # opened while we closed
    if payment.status not in (Status.CANCELED, Status.FAILED):
        return None
    if word.truth.state not in (CheckoutState.OPEN, CheckoutState.PROCESSING):
        return None
    return word.heard_at + pause(payment.created_at, word.heard_at) if word.cause in CLOSING else word.heard_at


def _known_at(payment: Payment, word: Word) -> datetime | None:
    """When it is known whether there is a checkout to be looked for, if that is later: closed before the provider had
    one, while a call was under way that opens one.
    """
    if word.cause not in CLOSING or payment.provider_payment_id is not None or payment.opening_since is None:
        return None
    over = payment.opening_since + LEASE
    return over if word.heard_at < over else None
