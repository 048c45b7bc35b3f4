"""A client secret opens the payment it was made for, and nothing else, for as long as its key is listed."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.client_secret import Purpose, client_secret, opens, proof, proves

keys = st.binary(min_size=32, max_size=64)
key_lists = st.lists(keys, min_size=1, max_size=3, unique=True)
ids = st.uuids()


@given(ids, ids, key_lists)
def test_opens_its_own_payment_alone(one: UUID, other: UUID, known: list[bytes]) -> None:
    secret = client_secret(one, known)
    assert opens(secret, one, known)
    assert opens(secret, other, known) is (one == other)
    assert opens(secret.replace(one.hex, other.hex), other, known) is (one == other)


@given(ids, keys, keys)
def test_goes_on_while_the_older_key_is_listed(payment: UUID, old: bytes, new: bytes) -> None:
    secret = client_secret(payment, [old])
    assert opens(secret, payment, [new, old])
    assert opens(secret, payment, [new]) is (new == old)
    assert client_secret(payment, [new, old]) == client_secret(payment, [new])


@given(ids, keys, st.text())
def test_whatever_is_shown_is_a_yes_or_a_no(payment: UUID, key: bytes, shown: str) -> None:
    assert not opens(shown, payment, [key])
    assert not opens(client_secret(payment, [key]) + shown, payment, [key]) or shown == ""
    assert not opens(None, payment, [key])


@pytest.mark.parametrize("purpose", Purpose)
@given(payment=ids, key=keys)
def test_what_proves_one_thing_proves_no_other(purpose: Purpose, payment: UUID, key: bytes) -> None:
    made = proof(payment, [key], purpose)
    assert [other for other in Purpose if proves(made, payment, [key], other)] == [purpose]
    assert key.hex() not in made
