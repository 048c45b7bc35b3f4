"""Money, given and taken."""

from decimal import Decimal

import strawberry

from data.money import Money as Amount
from schema.scalars import Currency


@strawberry.type(description="An exact amount of one currency.")
class Money:
    amount: Decimal = strawberry.field(
        description='With as many decimals as the currency has: "12.50" USD, "1250" JPY.'
    )
    currency: Currency


@strawberry.input(description="Digits that the currency does not have are an InvalidInputError; nothing is rounded.")
class MoneyInput:
    amount: Decimal
    currency: Currency = Currency("USD")


def money(amount: Amount) -> Money:
    return Money(amount=amount.text(), currency=Currency(amount.currency))  # type: ignore[arg-type]
