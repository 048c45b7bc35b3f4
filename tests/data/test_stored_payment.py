"""A payment that reads its row late says what one says that has read it all."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from data.payment import Payment, payment_of
from data.status import Status
from data.stored_payment import stored_payment

AT = datetime(2026, 1, 31, 12, tzinfo=UTC).replace(tzinfo=None)
IDS = st.none() | st.uuids()
TEXTS = st.none() | st.sampled_from(["", "x"])
MONEY = st.decimals(0, 999, places=2)
MOMENTS = st.none() | st.just(AT.replace(tzinfo=UTC))
SHARED = (
    *(st.uuids(), st.sampled_from([str(status) for status in Status]), MONEY, st.sampled_from(["USD", "JPY"])),
    *(st.sampled_from([None, "reservation", "SUBSCRIPTION", "?"]), IDS, IDS, IDS),
    *(st.sampled_from([None, "mock", "stripe"]), TEXTS, TEXTS, TEXTS, TEXTS, TEXTS),
    *(st.sampled_from([None, {}, {"a": 1}]), TEXTS, st.just(AT), st.just(AT)),
)
OWN = (
    st.just("user:1"), st.integers(1, 9), st.none() | MONEY, st.just("EUR"), MONEY, MONEY, st.integers(1, 3),
    st.just("s"), st.just("c"), MOMENTS, TEXTS, TEXTS, st.sampled_from([None, "EXPIRED", "REQUESTED"]), TEXTS, MOMENTS,
    TEXTS, st.integers(0, 4), MOMENTS, MOMENTS,
)  # fmt: skip
ROWS = st.tuples(*SHARED, st.just(True), *OWN) | st.tuples(*SHARED, st.just(False), *(st.none() for _ in OWN))


@given(ROWS)
def test_it_says_the_same(row: tuple[Any, ...]) -> None:
    whole, stored = payment_of(row), stored_payment(row)
    for field in fields(Payment):
        assert getattr(stored, field.name) == getattr(whole, field.name), field.name
    for name in ("paid", "refundable", "holds_money", "version", "wrong_amount"):
        assert getattr(stored, name) == getattr(whole, name)
    assert stored == stored_payment(row)


def test_a_changed_one_is_a_plain_payment() -> None:
    row = (UUID(int=1), "PENDING", Decimal("1.00"), "USD", *[None] * 12, AT, AT, False, *[None] * 19)
    assert replace(stored_payment(row), status=Status.FAILED) == replace(payment_of(row), status=Status.FAILED)
