"""Orders as the tests of every provider send them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from data.money import Money
from providers.protocol import Checkout, CheckoutOrder, RefundOrder

PAYMENT_ID = UUID("01990000-0000-7000-8000-000000000001")
CREATED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def order(number: int = 1, **changed: Any) -> CheckoutOrder:
    made = CheckoutOrder(
        payment_id=UUID(int=PAYMENT_ID.int + number),
        attempt=1,
        amount=usd("10.00"),
        created_at=CREATED_AT,
        expires_at=CREATED_AT + timedelta(hours=1),
        success_url="https://shop.test/paid",
        cancel_url="https://shop.test/basket",
        description="A table for two",
    )
    return replace(made, **changed)


def refund_order(checkout: Checkout, amount: str, number: int = 1) -> RefundOrder:
    return RefundOrder(UUID(int=number), order().payment_id, checkout.provider_payment_id, usd(amount), None)
