"""Tokens good and forged. Each test says what a caller becomes, or the exact words of the refusal."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import (
    ISSUER,
    LEEWAY,
    MAX_CREDENTIALS,
    UNKNOWN,
    CredentialsRefusedError,
    Forwarded,
    Identity,
)
from resolvers.caller import ANYBODY, NOBODY, Caller, Kind
from tests.tokens import (
    CLAIMS,
    EXPIRES,
    HEADER,
    KEY,
    NOW,
    PEM,
    USER,
    by_hand,
    nothing,
    raw,
    sign,
    sign_with_another_key,
    sign_with_public_key,
    signed,
    tampered,
)

HOUR = timedelta(hours=1)
SERVICE_TOKENS = ["gateway-token-of-today", "gateway-token-of-tomorrow"]
SERVICES = dict.fromkeys(SERVICE_TOKENS, "")

NOT_BEARER = "Authorization is “Bearer” and a token"
LACKS = "This token lacks exp, iss or sub"
WRONG_SIGNATURE = "This token's signature is wrong"
WRONG_ALGORITHM = "This token is not signed with RS256"
WRONG_ISSUER = "This token was not issued by mesaYA-auth"
EXPIRED = "This token has expired"
TOO_EARLY = "This token is not valid yet"

identity = Identity(PEM, SERVICES, open_to_all=True)

REFUSED = {
    "another key": (by_hand(HEADER, CLAIMS, sign_with_another_key), WRONG_SIGNATURE),
    "claims changed": (tampered(), WRONG_SIGNATURE),
    "no signature": (by_hand(HEADER, CLAIMS, nothing), WRONG_SIGNATURE),
    "alg none": (by_hand({"alg": "none"}, CLAIMS, nothing), WRONG_ALGORITHM),
    "alg None": (by_hand({"alg": "None"}, CLAIMS, nothing), WRONG_ALGORITHM),
    "the public key as a password": (by_hand({"alg": "HS256"}, CLAIMS, sign_with_public_key), WRONG_ALGORITHM),
    "a service token as a password": (jwt.encode(CLAIMS, SERVICE_TOKENS[0] * 2, "HS256"), WRONG_ALGORITHM),
    "RS512": (jwt.encode(CLAIMS, KEY, "RS512"), WRONG_ALGORITHM),
    "PS256": (jwt.encode(CLAIMS, KEY, "PS256"), WRONG_ALGORITHM),
    "alg missing": (by_hand({"typ": "JWT"}, CLAIMS, sign), WRONG_ALGORITHM),
    "a key of its own": (
        by_hand({**HEADER, "jwk": {"kty": "oct", "k": "AA"}, "kid": "../x"}, CLAIMS, sign_with_another_key),
        WRONG_SIGNATURE,
    ),
    "an extension that must be understood": (by_hand({**HEADER, "crit": ["x"]}, CLAIMS, sign), UNKNOWN),
    "header no object": (by_hand([], CLAIMS, sign), UNKNOWN),
    "claims no object": (by_hand(HEADER, [], sign), UNKNOWN),
    "header nested too deep": (raw("[" * 5000, "{}", nothing), UNKNOWN),
    "claims nested too deep": (raw(json.dumps(HEADER), "[" * 3000, sign), UNKNOWN),
    "two parts": ("a.b", UNKNOWN),
    "three empty parts": ("..", UNKNOWN),
    "another issuer": (signed(iss="somebody"), WRONG_ISSUER),
    "issuers": (signed(iss=[ISSUER]), WRONG_ISSUER),
    "no issuer": (signed(without="iss"), LACKS),
    "no user": (signed(without="sub"), LACKS),
    "no end": (signed(without="exp"), LACKS),
    "end null": (signed(exp=None), LACKS),
    "end a text": (signed(exp="tomorrow"), UNKNOWN),
    "end a number in a text": (signed(exp=str(CLAIMS["exp"])), UNKNOWN),
    "end a list": (signed(exp=[CLAIMS["exp"]]), UNKNOWN),
    "end after the last year": (signed(exp=10**30), UNKNOWN),
    "end never": (signed(exp=float("inf")), UNKNOWN),
    "end no number": (signed(exp=float("nan")), UNKNOWN),
    "end true": (signed(exp=True), EXPIRED),
    "expired": (signed(exp=(NOW - LEEWAY).timestamp()), EXPIRED),
    "too early": (signed(nbf=(NOW + LEEWAY).timestamp() + 1), TOO_EARLY),
    "begins with a text": (signed(nbf="now"), UNKNOWN),
    "user no uuid": (signed(sub="admin"), UNKNOWN),
    "user a number": (signed(sub=7), UNKNOWN),
    "half a surrogate": ("\ud800", UNKNOWN),
    "too long": ("a" * (MAX_CREDENTIALS + 1), NOT_BEARER),
    "a service token and more": (SERVICE_TOKENS[0] + "x", UNKNOWN),
    "half a service token": (SERVICE_TOKENS[0][:8], UNKNOWN),
    "two tokens": (f"{SERVICE_TOKENS[0]} {SERVICE_TOKENS[1]}", UNKNOWN),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_token_is_refused_and_never_repeated(name: str) -> None:
    token, words = REFUSED[name]
    with pytest.raises(CredentialsRefusedError) as caught:
        identity.caller(f"Bearer {token}", NOW)
    assert str(caught.value) == words
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic YTpi", "Token x", " ", "bearer\tx", SERVICE_TOKENS[0]])
def test_what_is_no_bearer_token_is_refused(header: str) -> None:
    with pytest.raises(CredentialsRefusedError, match=f"^{NOT_BEARER}$"):
        identity.caller(header, NOW)


def test_a_person() -> None:
    caller = identity.caller(f"Bearer {signed(roles=['USER', 'OWNER'], email='a@b.example')}", NOW)
    assert caller == Caller(Kind.USER, f"user:{USER}", USER, EXPIRES)


@pytest.mark.parametrize(
    ("roles", "kind"),
    [
        (["USER", "ADMIN"], Kind.ADMIN),
        (["admin"], Kind.USER),
        ("ADMIN", Kind.USER),
        ([["ADMIN"], {"ADMIN": 1}, 3, None], Kind.USER),
        ({"ADMIN": True}, Kind.USER),
        (None, Kind.USER),
        ([], Kind.USER),
    ],
)
def test_roles(roles: Any, kind: Kind) -> None:
    assert identity.caller(f"Bearer {signed(roles=roles)}", NOW).kind is kind


def test_a_token_lives_as_long_as_it_says_and_the_clocks_may_differ() -> None:
    header = f"bearer  {signed(nbf=NOW.timestamp())}"
    for moment in (NOW - LEEWAY, EXPIRES, EXPIRES + LEEWAY - timedelta(milliseconds=1)):
        assert identity.caller(header, moment).user_id == USER
    for moment in (NOW - LEEWAY - timedelta(seconds=1), EXPIRES + LEEWAY):
        with pytest.raises(CredentialsRefusedError):
            identity.caller(header, moment)


def test_a_token_may_last_till_the_end_of_time() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert identity.caller(f"Bearer {signed(exp=int(last.timestamp()))}", NOW).expires_at == last


@pytest.mark.parametrize("token", SERVICE_TOKENS)
def test_every_service_token_counts_and_is_told_apart_by_its_hash(token: str) -> None:
    caller = identity.caller(f"Bearer {token}", NOW)
    assert caller == Caller(Kind.SERVICE, "service")


def test_a_service_that_has_a_name_is_known_by_it_whatever_its_token() -> None:
    named = Identity(PEM, {"of-today": "desk", "of-tomorrow": "desk", "another": "kiosk"}, open_to_all=False)
    callers = [named.caller(f"Bearer {token}", NOW).id for token in ("of-today", "of-tomorrow", "another")]
    assert callers == ["service:desk", "service:desk", "service:kiosk"]


def test_every_service_token_is_compared_whichever_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(known: bytes, shown: bytes) -> bool:
        compared.append(known)
        return known == shown

    monkeypatch.setattr("identity.hmac.compare_digest", compare)
    Identity(PEM, SERVICES, open_to_all=True).caller(f"Bearer {SERVICE_TOKENS[0]}", NOW)
    assert compared == [token.encode() for token in SERVICE_TOKENS]


def test_what_no_encoding_can_write_is_no_service_token() -> None:
    with pytest.raises(CredentialsRefusedError):
        Identity(PEM, {"what?": ""}, open_to_all=False).caller("Bearer what\ud800", NOW)


@pytest.mark.parametrize(
    ("public_key", "open_to_all", "caller"),
    [(None, True, ANYBODY), (PEM, True, NOBODY), (None, False, NOBODY), (PEM, False, NOBODY)],
)
@pytest.mark.parametrize("shown", [None, ""])
def test_who_shows_nothing(public_key: str | None, open_to_all: bool, caller: Caller, shown: str | None) -> None:
    assert Identity(public_key, SERVICES, open_to_all=open_to_all).caller(shown, NOW) is caller


@pytest.mark.parametrize("token", [signed(), "a.b.c", SERVICE_TOKENS[0]])
def test_a_bad_token_is_not_taken_for_none_where_everything_is_open(token: str) -> None:
    with pytest.raises(CredentialsRefusedError, match=f"^{UNKNOWN}$"):
        Identity(None, {}, open_to_all=True).caller(f"Bearer {token}", NOW)


everything = st.text(st.characters(exclude_categories=()))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
claims = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["iss", "sub", "exp", "nbf", "iat", "aud", "jti", "roles"], json_values)
)


@given(everything)
def test_garbage_is_refused(text: str) -> None:
    for header in (f"Bearer {text}", text.strip() or "?"):
        with pytest.raises(CredentialsRefusedError):
            identity.caller(header, NOW)


@given(json_values, json_values, st.binary())
def test_garbage_in_the_form_of_a_token_is_refused(header: Any, body: Any, signature: bytes) -> None:
    with pytest.raises(CredentialsRefusedError):
        identity.caller(f"Bearer {by_hand(header, body, lambda _: signature)}", NOW)


@given(claims)
def test_whatever_mesaya_auth_signs_is_a_person_or_refused(changed: dict[str, Any]) -> None:
    try:
        caller = identity.caller(f"Bearer {signed(**changed)}", NOW)
    except CredentialsRefusedError:
        return
    assert caller.user_id is not None
    assert caller.kind in (Kind.USER, Kind.ADMIN)


def test_a_token_that_was_good_is_looked_at_again_by_its_moments_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, decoded = Identity(PEM, SERVICES, open_to_all=True), list[str]()
    decode = jwt.decode

    def counted(token: str, *given: Any, **named: Any) -> Any:
        decoded.append(token)
        return decode(token, *given, **named)

    monkeypatch.setattr("identity.jwt.decode", counted)
    token = signed(exp=(NOW + HOUR).timestamp(), nbf=NOW.timestamp())
    first = fresh.caller(f"Bearer {token}", NOW)
    assert fresh.caller(f"Bearer {token}", NOW + HOUR) == first
    for moment, refused in ((NOW + HOUR + LEEWAY, EXPIRED), (NOW - HOUR, TOO_EARLY)):
        with pytest.raises(CredentialsRefusedError, match=refused):
            fresh.caller(f"Bearer {token}", moment)
    assert fresh.caller(f"Bearer {token}", NOW) == first
    assert len(decoded) == 3  # once found good, and where it had to be refused


def test_so_many_tokens_are_remembered_and_each_once() -> None:
    fresh = Identity(PEM, SERVICES, open_to_all=True)
    made = [f"Bearer {signed(sub=str(UUID(int=number)))}" for number in range(20)]
    with patch("identity.MAX_GOOD", 10):
        for token in (*made, made[-1], f"{made[-1]}  "):
            fresh.caller(token, NOW)
    assert len(fresh._good) == 10


def test_a_gateways_token_is_whoever_it_forwards_for_each_time() -> None:
    fresh = Identity(PEM, {}, gateway_tokens=["of-the-gateway-alone"], open_to_all=False)
    users = [str(UUID(int=number)) for number in (1, 2)]
    for user in (*users, *users):
        caller = fresh.caller("Bearer of-the-gateway-alone", NOW, Forwarded(user))
        assert str(caller.user_id) == user
    assert fresh.caller("Bearer of-the-gateway-alone", NOW) == NOBODY


ODD_IDS = ["+190a1b2{}", "0190a1b2{}_", "0x90a1b2{}", "{{0190a1b2{}}}", "urn:uuid:0190a1b2{}"]


@pytest.mark.parametrize("written", ODD_IDS)
def test_an_id_that_is_written_otherwise_is_nobody_elses(written: str) -> None:
    """Python reads signs, underscores and prefixes in a UUID's digits."""
    rest = "-0000-7000-8000-00000000000a"
    odd = written.format(rest[:-1] if written.endswith("_") else rest)
    fresh = Identity(PEM, {}, gateway_tokens=["of-the-gateway-alone"], open_to_all=False)
    with pytest.raises(CredentialsRefusedError):
        fresh.caller("Bearer of-the-gateway-alone", NOW, Forwarded(odd))
    with pytest.raises(CredentialsRefusedError):
        fresh.caller(f"Bearer {signed(sub=odd)}", NOW)
