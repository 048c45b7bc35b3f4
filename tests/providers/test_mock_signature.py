"""The mock provider's signature: holds for what was signed, and for nothing else; garbage is only ever refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.mock_reports import read
from providers.mock_signature import HEADER, TOLERANCE_SECONDS, check, derived, sign
from providers.protocol import SignatureRefusedError

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
KEYS = derived([b"first", b"second"])

mangled = st.text() | st.from_regex(r"t=[0-9]{0,14},v1=[0-9a-f]{0,66}", fullmatch=True)


@given(st.binary(), st.integers(-TOLERANCE_SECONDS, TOLERANCE_SECONDS), st.sampled_from(KEYS))
def test_what_was_signed_holds_with_each_key_within_the_tolerance(body: bytes, seconds: int, key: bytes) -> None:
    check(sign(key, body, NOW), body, KEYS, NOW + timedelta(seconds=seconds))


@given(st.binary(), st.binary(), st.integers(TOLERANCE_SECONDS + 1, 10**9), st.booleans())
def test_another_body_key_or_time_does_not(body: bytes, other: bytes, seconds: int, later: bool) -> None:
    header = sign(KEYS[0], body, NOW)
    off = timedelta(seconds=seconds if later else -seconds)
    with pytest.raises(SignatureRefusedError):
        check(header, body, KEYS, NOW + off)
    with pytest.raises(SignatureRefusedError):
        check(header, body, KEYS[1:], NOW)
    if other != body:
        with pytest.raises(SignatureRefusedError):
            check(header, other, KEYS, NOW)


@given(mangled, st.binary())
def test_garbage_is_refused_in_one_way(header: str, body: bytes) -> None:
    with pytest.raises(SignatureRefusedError):
        read({HEADER: header}, body, KEYS, NOW)


@given(st.binary() | st.sampled_from([b"[]", b"7", b'{"id": 1}', b'{"id":"e","type":"t","payment_id":7}', b"\xff"]))
def test_a_signed_body_that_is_no_event_is_refused_too(body: bytes) -> None:
    with pytest.raises(SignatureRefusedError):
        read({HEADER: sign(KEYS[0], body, NOW)}, body, KEYS, NOW)


def test_the_keys_are_good_for_nothing_else() -> None:
    assert KEYS[0] not in (b"first", b"second") and KEYS[0] != KEYS[1]
