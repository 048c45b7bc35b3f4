"""Stripe's own decimals, currency by currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.money import EXPONENTS, Money
from providers.protocol import ProviderRefusedError
from providers.stripe_money import STRIPE_EXPONENTS, money_of, units_of

# https://docs.stripe.com/currencies#zero-decimal
ZERO_DECIMAL = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("500", "JPY", 500),
        ("12.50", "USD", 1250),
        ("0.01", "EUR", 1),
        ("500", "ISK", 50_000),
        ("500", "UGX", 50_000),
        ("500.00", "MGA", 500),
        ("99999999.99", "HUF", 9_999_999_999),
    ],
)
def test_amounts_as_stripe_counts_them(amount: str, currency: str, units: int) -> None:
    money = Money(Decimal(amount), currency)
    assert units_of(money) == units
    assert money_of(units, currency.lower()) == money


def test_stripe_has_no_decimals_where_its_documents_say_so() -> None:
    without = {code for code, exponent in STRIPE_EXPONENTS.items() if exponent == 0}
    assert without == {*ZERO_DECIMAL.split(), "UYI"}, "UYI Stripe does not take at all"
    assert STRIPE_EXPONENTS.keys() == EXPONENTS.keys()


def test_nothing_is_rounded() -> None:
    with pytest.raises(ProviderRefusedError):
        units_of(Money(Decimal("10.50"), "MGA"))


def test_a_fraction_that_iso_does_not_know_differs_from_every_amount_of_ours() -> None:
    assert money_of(50_050, "isk") not in (Money(Decimal(500), "ISK"), Money(Decimal(501), "ISK"))


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(1, 9_999_999_999))
def test_there_and_back_again(currency: str, units: int) -> None:
    assert units_of(money_of(units, currency.lower())) == units
