"""Amounts are exact, bounded, and never rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.money import EXPONENTS, MAX_AMOUNT, MoneyError, charge_of

currencies = st.sampled_from(sorted(EXPONENTS))


@given(currencies, st.integers(1, int(MAX_AMOUNT)))
def test_what_is_taken_is_what_is_charged(currency: str, minor_units: int) -> None:
    amount = Decimal(minor_units).scaleb(-EXPONENTS[currency])
    charged = charge_of(amount, currency)
    assert charged.amount == amount
    assert Decimal(charged.text()) == amount
    assert len(charged.text().partition(".")[2]) == EXPONENTS[currency]


@given(currencies, st.decimals(allow_nan=True, allow_infinity=True))
def test_any_decimal_is_taken_exactly_or_refused(currency: str, amount: Decimal) -> None:
    try:
        charged = charge_of(amount, currency)
    except MoneyError:
        return
    assert charged.amount == amount and 0 < amount <= MAX_AMOUNT


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("0", "USD", "greater than zero"),
        ("-1", "USD", "greater than zero"),
        ("0.001", "USD", "USD has 2 decimals"),
        ("500.5", "JPY", "JPY has 0 decimals"),
        ("100000000", "USD", "at most 99999999.99"),
        ("1", "KWD", "not an ISO 4217 currency with zero or two decimals"),
        ("1", "usd", "not an ISO 4217 currency"),
        ("1", "", "not an ISO 4217 currency"),
    ],
)
def test_a_refusal_says_why(amount: str, currency: str, said: str) -> None:
    with pytest.raises(MoneyError, match=said):
        charge_of(Decimal(amount), currency)
