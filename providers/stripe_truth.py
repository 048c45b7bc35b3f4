"""What a Checkout Session, its payment intent, charge, refunds and disputes say, in this service's words. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from data.money import Money
from providers.protocol import CheckoutState, Decline, FailureCode, ProviderRefund, RefundState, Truth
from providers.stripe_errors import MAX_REASON, without_secrets
from providers.stripe_money import money_of
from providers.stripe_order import REFUND_ID

Object = Mapping[str, Any]

REFUND_STATES = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
FAILURE_CODES = {
    "insufficient_funds": FailureCode.INSUFFICIENT_FUNDS,
    "expired_card": FailureCode.EXPIRED_CARD,
    "authentication_required": FailureCode.AUTHENTICATION_REQUIRED,
    "payment_intent_authentication_failure": FailureCode.AUTHENTICATION_REQUIRED,
    "card_declined": FailureCode.CARD_DECLINED,
}
"""Stripe's `decline_code` or `code`; any other error of a card is a decline, of anything else a rejection."""


ENDS_OF_DISPUTES = ("lost", "won", "warning_closed")


def truth_of(session: Object, now: datetime, refunds: Sequence[Object] = (), disputes: Sequence[Object] = ()) -> Truth:
    """`session` with `payment_intent` expanded. One that ended before its time was closed by somebody."""
    intent = intent_of(session)
    state = _state(session, intent)
    return Truth(
        state,
        received=_received(session, intent) if state is CheckoutState.PAID else None,
        decline=None if state is CheckoutState.PAID else _decline(intent),
        ran_out=state is CheckoutState.EXPIRED and now.timestamp() >= session["expires_at"],
        refunds=tuple(refund_of(refund) for refund in refunds),
        disputes=tuple(told for dispute in disputes for told in _told_of(dispute)),
    )


def _told_of(dispute: Object) -> list[str]:
    """Its id, and once it is over what became of it."""
    id_, status = str(dispute["id"]), dispute.get("status")
    return [id_, f"{id_} {status}"] if status in ENDS_OF_DISPUTES else [id_]


def intent_of(session: Object) -> Object:
    """Empty where nobody has tried to pay yet."""
    intent = session.get("payment_intent")
    return intent if isinstance(intent, Mapping) else {}


def charge_of(session: Object) -> Object:
    """The last one; a payment intent has at most one that succeeded, and that is the last."""
    charge = intent_of(session).get("latest_charge")
    return charge if isinstance(charge, Mapping) else {}


def refund_of(refund: Object) -> ProviderRefund:
    return ProviderRefund(
        provider_refund_id=refund["id"],
        refund_id=uuid_in(refund.get("metadata"), REFUND_ID),
        amount=money_of(refund["amount"], refund["currency"]),
        state=REFUND_STATES.get(refund.get("status") or "", RefundState.PENDING),
    )


def uuid_in(metadata: Any, name: str) -> UUID | None:
    return uuid_of(metadata.get(name)) if isinstance(metadata, Mapping) else None


def uuid_of(text: Any) -> UUID | None:
    """None for what somebody else's system calls an id."""
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _state(session: Object, intent: Object) -> CheckoutState:
    """The intent is what money comes in by; a session says it of one that cost nothing. `complete` alone is not paid:
    the money of a bank debit comes days later, or does not come. While it is open, what is on its way may be declined,
    and the payer tries again.
    """
    status = intent.get("status")
    paid = session["payment_status"] != "unpaid"
    if status == "succeeded" or (paid and status is None):
        return CheckoutState.PAID
    if paid or (status == "processing" and session["status"] != "open"):
        return CheckoutState.PROCESSING
    if session["status"] == "open":
        return CheckoutState.OPEN
    if session["status"] == "expired":
        return CheckoutState.EXPIRED
    over = status in ("requires_payment_method", "canceled")
    return CheckoutState.FAILED if over else CheckoutState.PROCESSING


def _received(session: Object, intent: Object) -> Money:
    """What the intent took in; a session without one cost nothing."""
    if "amount_received" in intent:
        return money_of(intent["amount_received"], intent["currency"])
    return money_of(session["amount_total"] or 0, session["currency"])


def _decline(intent: Object) -> Decline | None:
    error = intent.get("last_payment_error")
    if not isinstance(error, Mapping):
        return None
    known = [FAILURE_CODES[code] for code in (error.get("decline_code"), error.get("code")) if code in FAILURE_CODES]
    other = FailureCode.CARD_DECLINED if error.get("type") == "card_error" else FailureCode.PROVIDER_REJECTED
    message = without_secrets(str(error.get("message") or "The payment was declined."))[:MAX_REASON]
    return Decline(known[0] if known else other, message)
