"""Payments, refunds and truths as tests need them, and Hypothesis' ways to make any of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from data.events import Cause
from data.money import Money
from data.payment import Payment, PaymentType
from data.refunds import Refund, RefundStatus
from data.status import Status
from providers.protocol import CheckoutState, Decline, FailureCode, ProviderRefund, RefundState, Truth
from resolvers.settle import Word

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ID = UUID("01990000-0000-7000-8000-000000000001")
TEN = Money(Decimal("10.00"), "USD")


def payment(status: Status = Status.PENDING) -> Payment:
    return Payment(
        id=ID,
        status=status,
        amount=TEN,
        type=PaymentType.RESERVATION,
        reservation_id=None,
        subscription_id=None,
        user_id=None,
        provider="mock",
        provider_payment_id="mock_1",
        checkout_url="http://127.0.0.1/checkout",
        payer_email=None,
        payer_name=None,
        description=None,
        metadata={},
        created_at=NOW,
        updated_at=NOW,
        ours=True,
        expires_at=NOW + timedelta(hours=1),
    )


def refund(number: int, amount: str, status: RefundStatus = RefundStatus.PENDING) -> Refund:
    return Refund(UUID(int=number), ID, Money(Decimal(amount), "USD"), status, None, f"re_{number}", NOW)


def word(truth: Truth, cause: Cause = Cause.VERIFY, at: datetime = NOW) -> Word:
    return Word(truth, cause, at)


def paid(amount: str = "10.00", currency: str = "USD", refunds: tuple[ProviderRefund, ...] = ()) -> Truth:
    return Truth(CheckoutState.PAID, received=Money(Decimal(amount), currency), refunds=refunds)


amounts = st.sampled_from(["2.00", "3.00", "5.00", "8.00", "10.00"]).map(Decimal)
provider_refunds = st.builds(
    ProviderRefund,
    provider_refund_id=st.sampled_from(["re_1", "re_2", "re_3"]),
    refund_id=st.none(),
    amount=st.just(Money(Decimal("5.00"), "USD")),
    state=st.sampled_from(RefundState),
)
truths = st.builds(
    lambda state, received, decline, closed, refunds: Truth(
        state,
        received=received if state is CheckoutState.PAID else None,
        decline=decline,
        closed_by_payer=closed,
        refunds=tuple({said.provider_refund_id: said for said in refunds}.values())[:2]
        if state is CheckoutState.PAID
        else (),
    ),
    st.sampled_from(CheckoutState),
    st.builds(Money, amounts, st.sampled_from(["USD", "EUR"])),
    st.none()
    | st.builds(Decline, st.sampled_from(FailureCode).filter(lambda code: code != "AMOUNT_MISMATCH"), st.text()),
    st.booleans(),
    st.lists(provider_refunds, max_size=2),
)
