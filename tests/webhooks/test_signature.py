"""Signatures against the published vectors, the reference library as receiver, and garbage."""

import base64
import copy
import hashlib
import hmac
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from data.secret import Secret, secret_of
from webhooks.signature import sign, standard_key
from webhooks.verification import Refusal, Verdict, holds, verify

HEX = "6f1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff0"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"type":"payment.succeeded"}'
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

VECTORS = [
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        '{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1649367553,
        '{"email":"test@example.com","username":"test_user"}',
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
]


@pytest.mark.parametrize(("secret", "webhook_id", "seconds", "body", "signature"), VECTORS)
def test_published_vectors(secret: str, webhook_id: str, seconds: int, body: str, signature: str) -> None:
    sent_at = datetime.fromtimestamp(seconds, UTC)
    for text in (secret, secret.removeprefix("whsec_")):
        assert sign([Secret(text)], webhook_id, sent_at, body.encode())["webhook-signature"] == signature


@pytest.mark.parametrize("secret", [HEX, WHSEC, base64.b64encode(bytes(range(24))).decode(), "MfKQ9r8GKYqrTwjUPD8ILA"])
def test_the_reference_library_takes_it(secret: str) -> None:
    headers = sign([Secret(secret)], "msg_1", datetime.now(UTC), BODY)
    assert Webhook(secret).verify(BODY, headers) == {"type": "payment.succeeded"}


def test_the_older_header_is_keyed_by_the_literal_text() -> None:
    headers = sign([Secret(HEX)], "msg_1", NOW, BODY)
    seconds = int(NOW.timestamp())
    right = hmac.new(HEX.encode(), f"{seconds}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert headers["X-Webhook-Signature"] == headers["X-MesaYa-Signature"] == f"t={seconds},v1={right}"


@pytest.mark.parametrize(
    "secret", ["not base64!", "c2hvcnQ=", "whsec_c2hvcnQ=", "AAAAAAAAAAAAAAAAAAAAA=A", "-" * 32, "A" * 25, "ñ" * 32]
)
def test_a_secret_that_is_no_key_signs_the_older_header_alone(secret: str) -> None:
    headers = sign([Secret(secret)], "msg_1", NOW, BODY)
    assert set(headers) == {"webhook-id", "webhook-timestamp", "X-Webhook-Signature", "X-MesaYa-Signature"}
    refusals = {verdict.header: verdict.refusal for verdict in verify(headers, BODY, [Secret(secret)], NOW)}
    assert refusals["webhook-signature"] is Refusal.MISSING
    assert refusals["X-MesaYa-Signature"] is None


def test_without_a_secret_nothing_is_signed() -> None:
    assert set(sign([], "msg_1", NOW, BODY)) == {"webhook-id", "webhook-timestamp"}


@pytest.mark.parametrize("text", [None, "", " ", "\n", "whsec_", "whsec_ ", "\ud800"])
def test_an_empty_secret_is_none(text: str | None) -> None:
    assert secret_of(text) is None


def test_rotation_signs_by_both_and_the_older_header_by_the_new() -> None:
    new, old = Secret(WHSEC), Secret(HEX)
    headers = sign([new, old], "msg_1", datetime.now(UTC), BODY)
    for secret in (WHSEC, HEX):
        Webhook(secret).verify(BODY, headers)
    now = datetime.now(UTC)
    assert all(verdict.refusal is None for verdict in verify(headers, BODY, [new], now))
    refusals = [verdict.refusal for verdict in verify(headers, BODY, [old], now)]
    assert refusals == [None, Refusal.WRONG, Refusal.WRONG]


@pytest.mark.parametrize(
    ("shift", "refusal"),
    [(0, None), (300, None), (-300, None), (301, Refusal.TOO_OLD), (-301, Refusal.TOO_NEW), (10**9, Refusal.TOO_OLD)],
)
def test_the_window(shift: int, refusal: Refusal | None) -> None:
    headers = sign([Secret(WHSEC)], "msg_1", NOW, BODY)
    verdicts = verify(headers, BODY, [Secret(WHSEC)], NOW + timedelta(seconds=shift))
    assert [verdict.refusal for verdict in verdicts] == [refusal] * 3


@pytest.mark.parametrize(
    ("change", "refusals"),
    [
        ({"webhook-id": "msg_2"}, [Refusal.WRONG, None, None]),
        ({"webhook-id": ""}, [Refusal.MISSING, None, None]),
        ({"webhook-timestamp": "٣"}, [Refusal.MALFORMED, None, None]),
        ({"webhook-timestamp": "9" * 5000}, [Refusal.MALFORMED, None, None]),
        ({"webhook-timestamp": "1e3"}, [Refusal.MALFORMED, None, None]),
        ({"webhook-signature": "v1"}, [Refusal.MALFORMED, None, None]),
        ({"webhook-signature": "v2,AAAA"}, [Refusal.MALFORMED, None, None]),
        ({"webhook-signature": "v1,AAAA"}, [Refusal.MALFORMED, None, None]),
        ({"webhook-signature": f"v1,{'A' * 43}="}, [Refusal.WRONG, None, None]),
        ({"X-Webhook-Signature": "t=1, v1=00"}, [None, Refusal.MALFORMED, None]),
        ({"X-Webhook-Signature": "t=1,v1=" + "0" * 64}, [None, Refusal.WRONG, None]),
        ({"X-MesaYa-Signature": ""}, [None, None, Refusal.MISSING]),
    ],
)
def test_refusals(change: dict[str, str], refusals: list[Refusal | None]) -> None:
    headers = sign([Secret(WHSEC)], "msg_1", NOW, BODY) | change
    assert [verdict.refusal for verdict in verify(headers, BODY, [Secret(WHSEC)], NOW)] == refusals


def test_another_body_another_secret_and_no_key() -> None:
    headers = sign([Secret(WHSEC)], "msg_1", NOW, BODY)
    assert [v.refusal for v in verify(headers, BODY + b" ", [Secret(WHSEC)], NOW)] == [Refusal.WRONG] * 3
    assert not holds(verify(headers, BODY, [Secret(HEX)], NOW))
    assert verify(headers, BODY, [Secret("short")], NOW)[0].refusal is Refusal.NO_KEY
    assert not holds(verify({}, BODY, [Secret(WHSEC)], NOW))


def test_unknown_versions_beside_a_good_one_are_passed_over() -> None:
    headers = sign([Secret(WHSEC)], "msg_1", NOW, BODY)
    headers["webhook-signature"] = f"v1a,!!! v3, {headers['webhook-signature']}"
    assert verify(headers, BODY, [Secret(WHSEC)], NOW)[0].refusal is None


_NAMES = ["webhook-id", "webhook-timestamp", "webhook-signature", "X-Webhook-Signature", "x-mesaya-signature"]
_PIECES = st.sampled_from(["t=", "v1=", "v1,", ",", " ", "=", "0" * 64, "1772366400", "AAAA", "whsec_", "\x00"])
_VALUES = st.text() | st.lists(_PIECES | st.text(max_size=3), max_size=9).map("".join)


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES), st.binary(max_size=64))
def test_garbage_is_refused_by_type_and_never_raises(headers: dict[str, str], body: bytes) -> None:
    verdicts = verify(headers, body, [Secret(WHSEC), Secret(HEX)], NOW)
    assert len(verdicts) == 3
    assert all(isinstance(verdict, Verdict) and isinstance(verdict.refusal, Refusal) for verdict in verdicts)


@given(st.text(min_size=1).filter(lambda text: secret_of(text) is not None), st.binary(max_size=64))
def test_whatever_the_secret_what_is_signed_verifies(text: str, body: bytes) -> None:
    secret = Secret(text)
    verdicts = verify(sign([secret], "msg_1", NOW, body), body, [secret], NOW)
    expected = None if standard_key(secret) else Refusal.MISSING
    assert [verdict.refusal for verdict in verdicts] == [expected, None, None]


def test_a_secret_is_never_shown() -> None:
    secret = Secret(WHSEC)
    shown = [repr(secret), str(secret), f"{secret}", f"{[secret]}", f"{secret!r:>40}"]
    assert not any("MfKQ" in text for text in shown)
    assert secret == Secret(WHSEC)
    assert secret != Secret(HEX)
    assert len({secret, Secret(WHSEC)}) == 1
    unsafe: list[Any] = [pickle.dumps, copy.copy]
    for leak in unsafe:
        with pytest.raises(TypeError, match="not pickled"):
            leak(secret)
