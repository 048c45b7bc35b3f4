"""Exact amounts of one currency, and the currencies this service takes."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

MAX_AMOUNT = Decimal("99999999.99")
"""What `payments.amount numeric(10,2)` holds."""
MAX_CURRENCIES = 1000
"""Whose decimals are kept; an old row may have any text there."""

_ZERO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO_DECIMALS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK
NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB
TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG
"""

EXPONENTS: dict[str, int] = dict.fromkeys(_ZERO_DECIMALS.split(), 0) | dict.fromkeys(_TWO_DECIMALS.split(), 2)
"""ISO 4217 currencies with zero or two decimals: code → decimals. Three-decimal ones do not fit `numeric(10,2)`."""


class MoneyError(ValueError):
    """An amount that cannot be charged; the text says why and is fit to show."""


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` is positive or zero and carries exactly the decimals its currency has."""

    amount: Decimal
    currency: str

    def text(self) -> str:
        """The amount as partners and clients read it: "12.50" USD, "1250" JPY. Nothing is rounded."""
        return str(stored_money(self.amount, self.currency).amount)


def stored_money(amount: Decimal, currency: str) -> Money:
    """With the currency's own decimals; an old row may hold digits its currency has not, and keeps them."""
    quantum = _quantum(currency)
    if amount.same_quantum(quantum):
        return Money(amount, currency)
    quantized = amount.quantize(quantum)
    return Money(quantized if quantized == amount else amount, currency)


@lru_cache(MAX_CURRENCIES)
def _quantum(currency: str) -> Decimal:
    return Decimal(1).scaleb(-EXPONENTS.get(currency, 2))


def charge_of(amount: Decimal, currency: str) -> Money:
    """An amount somebody asks to be charged or refunded; nothing is rounded. Raises MoneyError."""
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        raise MoneyError(f"{currency} is not an ISO 4217 currency with zero or two decimals")
    if not amount.is_finite() or amount <= 0:
        raise MoneyError("An amount must be greater than zero")
    if amount > MAX_AMOUNT:
        raise MoneyError(f"An amount is at most {MAX_AMOUNT}")
    quantized = amount.quantize(Decimal(1).scaleb(-exponent))
    if quantized != amount:
        raise MoneyError(f"{currency} has {exponent} decimals; {amount} has more")
    return Money(quantized, currency)
