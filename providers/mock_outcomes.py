"""What a payer can do to a mock checkout, and what comes of it. Pure; the time comes in as an argument."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from data.mock_provider import MockCheckout, MockRefund
from data.money import EXPONENTS, Money
from providers.protocol import CheckoutState, Decline, FailureCode, ProviderRefund, RefundState, Truth

SETTLING = timedelta(seconds=5)
"""How long money that comes late is on its way."""


class Outcome(StrEnum):
    """The values of the checkout page's form field `outcome`."""

    PAY = "pay"
    DECLINE = "decline"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    AUTHENTICATION_REQUIRED = "authentication_required"
    FAIL = "fail"
    CANCEL = "cancel"
    PAY_SILENTLY = "pay_silently"
    PAY_LATE = "pay_late"
    PAY_TWICE = "pay_twice"
    PAY_WRONG_AMOUNT = "pay_wrong_amount"
    PAY_ANYWAY = "pay_anyway"


class EventType(StrEnum):
    PAID = "checkout.paid"
    PROCESSING = "checkout.processing"
    DECLINED = "checkout.declined"
    FAILED = "checkout.failed"
    CANCELED = "checkout.canceled"


@dataclass(frozen=True, slots=True)
class Report:
    """One event that the merchant is told of."""

    type: EventType
    copies: int = 1
    """How often it arrives, all at once and under one id."""
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Act:
    leads_to: CheckoutState
    reports: tuple[Report, ...]
    possible_in: frozenset[CheckoutState] = frozenset({CheckoutState.OPEN})
    decline: Decline | None = None
    right_amount: bool = True

    @property
    def pays(self) -> bool:
        return self.leads_to in (CheckoutState.PAID, CheckoutState.PROCESSING)


_PAID = (Report(EventType.PAID),)
_DECLINED = (Report(EventType.DECLINED),)
_UNPAID = frozenset({CheckoutState.OPEN, CheckoutState.EXPIRED, CheckoutState.FAILED})

ACTS: dict[Outcome, Act] = {
    Outcome.PAY: Act(CheckoutState.PAID, _PAID),
    Outcome.DECLINE: Act(
        CheckoutState.OPEN,
        _DECLINED,
        decline=Decline(FailureCode.CARD_DECLINED, "The card was declined. Try again, or use another card."),
    ),
    Outcome.INSUFFICIENT_FUNDS: Act(
        CheckoutState.OPEN,
        _DECLINED,
        decline=Decline(FailureCode.INSUFFICIENT_FUNDS, "There is not enough money in the account."),
    ),
    Outcome.AUTHENTICATION_REQUIRED: Act(
        CheckoutState.OPEN,
        _DECLINED,
        decline=Decline(FailureCode.AUTHENTICATION_REQUIRED, "The bank could not make sure that it is you."),
    ),
    Outcome.FAIL: Act(
        CheckoutState.FAILED,
        (Report(EventType.FAILED),),
        decline=Decline(FailureCode.CARD_DECLINED, "The bank refused the payment for good."),
    ),
    Outcome.CANCEL: Act(CheckoutState.EXPIRED, (Report(EventType.CANCELED),)),
    Outcome.PAY_SILENTLY: Act(CheckoutState.PAID, ()),
    Outcome.PAY_LATE: Act(
        CheckoutState.PROCESSING, (Report(EventType.PROCESSING), Report(EventType.PAID, after=SETTLING))
    ),
    Outcome.PAY_TWICE: Act(CheckoutState.PAID, (Report(EventType.PAID, copies=2),)),
    Outcome.PAY_WRONG_AMOUNT: Act(CheckoutState.PAID, _PAID, right_amount=False),
    Outcome.PAY_ANYWAY: Act(CheckoutState.PAID, _PAID, possible_in=_UNPAID),
}


def as_of(checkout: MockCheckout, now: datetime) -> MockCheckout:
    """What time has made of it: an open one expires, money on its way arrives."""
    state = CheckoutState(checkout.state)
    if state is CheckoutState.OPEN and now >= checkout.expires_at:
        state = CheckoutState.EXPIRED
    elif state is CheckoutState.PROCESSING and checkout.settles_at is not None and now >= checkout.settles_at:
        state = CheckoutState.PAID
    return replace(checkout, state=state)


def acted(checkout: MockCheckout, act: Act, now: datetime) -> MockCheckout:
    """After a payer's act; `charged` is the money that it moved."""
    said = act.decline
    charged = checkout.amount if act.right_amount else _wrong(checkout.amount)
    return replace(
        checkout,
        state=act.leads_to,
        closed_by_payer=act.leads_to is CheckoutState.EXPIRED,
        decline_code=said.code if said else None,
        decline_message=said.message if said else None,
        settles_at=now + SETTLING if act.leads_to is CheckoutState.PROCESSING else None,
        charged=charged if act.pays else None,
    )


def truth_of(checkout: MockCheckout, refunds: Iterable[MockRefund]) -> Truth:
    """Of a checkout as of now."""
    state, code = CheckoutState(checkout.state), checkout.decline_code
    return Truth(
        state,
        received=checkout.charged if state is CheckoutState.PAID else None,
        decline=Decline(FailureCode(code), checkout.decline_message or "") if code else None,
        closed_by_payer=checkout.closed_by_payer,
        refunds=tuple(map(refund_of, refunds)),
    )


def refund_of(made: MockRefund) -> ProviderRefund:
    return ProviderRefund(made.id, made.refund_id, made.amount, RefundState(made.state))


def _wrong(amount: Money) -> Money:
    """The least less than was asked for; more, where nothing would be left."""
    least = Decimal(1).scaleb(-EXPONENTS[amount.currency])
    return Money(amount.amount - least if amount.amount > least else amount.amount + least, amount.currency)
