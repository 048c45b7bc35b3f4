"""Amounts as Stripe counts them: whole numbers of its own smallest unit, which is not always ISO 4217's.

Source: https://docs.stripe.com/currencies ("Zero-decimal currencies" and "Special cases").
"""

from decimal import Decimal

from data.money import EXPONENTS, Money
from providers.protocol import ProviderRefusedError

STRIPE_EXPONENTS = {**EXPONENTS, "ISK": 2, "UGX": 2, "MGA": 0}
"""code → decimals. ISK and UGX have none in ISO 4217 and two here, always 00; MGA has two there and none here."""


def units_of(money: Money) -> int:
    """500 JPY is 500, 12.50 USD is 1250, 500 ISK is 50000. Raises ProviderRefusedError rather than round."""
    units = money.amount.scaleb(STRIPE_EXPONENTS.get(money.currency, 2))
    if units != units.to_integral_value():
        raise ProviderRefusedError(f"Stripe takes {money.currency} without decimals")
    return int(units)


def money_of(units: int, currency: str) -> Money:
    """`currency` as Stripe writes it, in lower case. Digits that ISO does not know stay: they show that it differs."""
    code = currency.upper()
    amount = Decimal(units).scaleb(-STRIPE_EXPONENTS.get(code, 2))
    proper = amount.quantize(Decimal(1).scaleb(-EXPONENTS.get(code, 2)))
    return Money(proper if proper == amount else amount, code)
