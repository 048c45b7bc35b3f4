"""What cannot be charged or kept is refused by name, on both adopted databases, and changes nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.migrate import migrate
from data.money import EXPONENTS, MAX_AMOUNT
from data.payment import PaymentType
from resolvers.answers import CheckoutSuccess, InvalidInput
from resolvers.checkout import checkout
from resolvers.checkout_input import Wanted, checked
from resolvers.input_checks import InputError
from tests.data.conftest import SHAPES, load
from tests.resolvers.world import RULES, SERVICE, World, opened, request

UNKNOWN = UUID(int=99)
HALF = "\ud83d"


@pytest.fixture(params=SHAPES)
async def adopted(request: pytest.FixtureRequest, empty_database_url: str) -> AsyncIterator[World]:
    await load(empty_database_url, str(request.param))
    await migrate(empty_database_url)
    async with opened(empty_database_url) as world:
        yield world


def nested(levels: int) -> Any:
    inner: Any = {}
    for _ in range(levels - 1):
        inner = {"in": inner}
    return inner


REFUSED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "zero": ({"amount": Decimal(0)}, ("amount",)),
    "negative": ({"amount": Decimal("-1")}, ("amount",)),
    "above the bound": ({"amount": Decimal("100000000.00")}, ("amount",)),
    "far above": ({"amount": Decimal("1E+999999")}, ("amount",)),
    "not a number": ({"amount": Decimal("sNaN")}, ("amount",)),
    "infinite": ({"amount": Decimal("Infinity")}, ("amount",)),
    "digits too many": ({"amount": Decimal("1.001")}, ("amount",)),
    "yen with decimals": ({"amount": Decimal("1.5"), "currency": "JPY"}, ("amount",)),
    "three decimals": ({"currency": "KWD"}, ("amount",)),
    "no currency": ({"currency": "XXX"}, ("amount",)),
    "currency with NUL": ({"currency": "U\0D"}, ("amount",)),
    "unknown reservation": ({"reservation_id": UNKNOWN}, ("reservationId",)),
    "unknown subscription": ({"reservation_id": None, "subscription_id": UNKNOWN}, ("subscriptionId",)),
    "no target": ({"reservation_id": None}, ("reservationId",)),
    "NUL in description": ({"description": "a\0b"}, ("description",)),
    "half a character in description": ({"description": HALF}, ("description",)),
    "long description": ({"description": "x" * 1001}, ("description",)),
    "NUL in name": ({"payer_name": "\0"}, ("payer", "name")),
    "long name": ({"payer_name": "x" * 256}, ("payer", "name")),
    "NUL in e-mail": ({"payer_email": "a\0@b"}, ("payer", "email")),
    "a control character in e-mail": ({"payer_email": "a@b\x01"}, ("payer", "email")),
    "NUL in key": ({"idempotency_key": "\0"}, ("idempotencyKey",)),
    "long key": ({"idempotency_key": "x" * 256}, ("idempotencyKey",)),
    "empty key": ({"idempotency_key": ""}, ("idempotencyKey",)),
    "NUL in a URL": ({"success_url": "http://a/\0"}, ("successUrl",)),
    "metadata that is no object": ({"metadata": [1]}, ("metadata",)),
    "NUL in metadata": ({"metadata": {"a": "\0"}}, ("metadata",)),
    "NUL in a metadata key": ({"metadata": {"\0": 1}}, ("metadata",)),
    "half a character in metadata": ({"metadata": {"a": HALF}}, ("metadata",)),
    "deep metadata": ({"metadata": nested(9)}, ("metadata",)),
    "very deep metadata": ({"metadata": nested(5000)}, ("metadata",)),
    "large metadata": ({"metadata": {"a": "x" * 16 * 1024}}, ("metadata",)),
    "infinite metadata": ({"metadata": {"a": float("inf")}}, ("metadata",)),
    "a number too long": ({"metadata": {"a": 10**5000}}, ("metadata",)),
    "a number of more than 64 bits": ({"metadata": {"a": [{"b": 2**64}]}}, ("metadata",)),
    "a negative one": ({"metadata": {"a": -(2**63) - 1}}, ("metadata",)),
    "expires too soon": ({"expires_in_minutes": 29}, ("expiresInMinutes",)),
    "expires too late": ({"expires_in_minutes": 1441}, ("expiresInMinutes",)),
}


async def test_everything_that_cannot_be_kept_is_refused_by_name(adopted: World) -> None:
    before = await adopted.sql("SELECT count(*) FROM payments")
    for what, (changes, path) in REFUSED.items():
        answer = await checkout(adopted.runtime, SERVICE, request(**changes))
        assert isinstance(answer, InvalidInput), (what, answer)
        assert answer.path == ("input", *path) and answer.message, (what, answer)
    assert await adopted.sql("SELECT count(*) FROM payments") == before
    assert not await adopted.sql("SELECT FROM mesaya_payments.idempotency_keys")
    assert not adopted.provider.calls


ROOM = 16 * 1024 - len('{"a":""}')

TAKEN: dict[str, dict[str, Any]] = {
    "the smallest": {"amount": Decimal("0.01")},
    "the largest": {"amount": MAX_AMOUNT},
    "yen": {"amount": Decimal("500"), "currency": "JPY"},
    "trailing zeros": {"amount": Decimal("1.000000")},
    "metadata to its bound": {"metadata": {"a": "x" * ROOM}},
    "metadata of eight levels": {"metadata": nested(8)},
    "every kind of metadata": {"metadata": {"a": [1, 1.5, None, True, "ñ", "😀", "\\u0000 spelt out"], "": {}}},
    "text to its bound": {"payer_name": "😀" * 255, "description": "ñ" * 1000, "payer_email": "a@" + "b" * 253},
}


async def test_everything_up_to_the_bounds_is_kept_as_it_came(adopted: World) -> None:
    for what, changes in TAKEN.items():
        made = await adopted.checkout(idempotency_key=what, **changes)
        kept = await adopted.payment(made.id)
        assert kept.amount.amount == changes.get("amount", Decimal(10)), what
        assert kept.metadata == changes.get("metadata", {}), what
        for name in ("payer_name", "description", "payer_email"):
            assert getattr(kept, name) == changes.get(name), what


async def test_what_is_written_is_what_others_expect(adopted: World) -> None:
    made = await adopted.checkout(user_id=UUID(int=5), idempotency_key="mine")
    ((currency, type_, provider, key, created),) = await adopted.sql(
        "SELECT currency, payment_type, provider, idempotency_key, created_at FROM payments WHERE payment_id = :id",
        id=made.id,
    )
    assert (currency, type_, provider) == ("usd", "reservation", "mock")
    assert key is None, "the shared column is unique over all callers, ours are not"
    assert created == adopted.clock.now.replace(tzinfo=None)
    assert made.type is PaymentType.RESERVATION and made.id.version == 7


async def test_one_key_of_two_callers_is_two_payments(adopted: World) -> None:
    first = await adopted.checkout(idempotency_key="same")
    second = await adopted.checkout(replace(SERVICE, id="service:other"), idempotency_key="same")
    assert first.id != second.id


decimals = st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(0, 10**8, places=2)


@given(decimals, st.sampled_from(["USD", "JPY"]))
def test_an_amount_is_taken_exactly_or_not_at_all(amount: Decimal, currency: str) -> None:
    taken = _checked(amount=amount, currency=currency)
    if taken is not None:
        assert taken.amount.amount == amount and 0 < amount <= MAX_AMOUNT
        exponent = taken.amount.amount.as_tuple().exponent
        assert exponent == -EXPONENTS[currency]
    elif amount.is_finite() and 0 < amount <= MAX_AMOUNT:
        assert amount * 10 ** EXPONENTS[currency] % 1 != 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=3),
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_metadata_is_checked_without_surprises(value: dict[str, Any]) -> None:
    taken = _checked(metadata=value)
    assert taken is None or taken.metadata == value


def _checked(**changes: Any) -> Wanted | None:
    try:
        return checked(request(**changes), RULES)
    except InputError:
        return None


async def test_an_unknown_subscription_that_nobody_guards_is_taken(world: World) -> None:
    """The plain shape of an empty database has no foreign keys."""
    answer = await checkout(world.runtime, SERVICE, request(reservation_id=None, subscription_id=UNKNOWN))
    assert isinstance(answer, CheckoutSuccess) and answer.payment.type is PaymentType.SUBSCRIPTION
