"""Stripe's signatures: whatever comes in, a notice or a refusal, and nothing else."""

import json
from contextlib import suppress
from uuid import UUID

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from providers.protocol import Notice, SignatureRefusedError
from providers.stripe_webhooks import TOLERANCE_SECONDS, notice_of
from tests.fake_stripe.books import Books
from tests.fake_stripe.events import SECRET, Events, Webhook, signature, signed
from tests.providers.bench import SettableClock

NOW = SettableClock().now
AT = int(NOW.timestamp())
PAYMENT_ID = UUID(int=7)
NAMES = st.sampled_from(["id", "type", "data", "object", "livemode"])
JSON = st.recursive(
    st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)
).map(lambda value: json.dumps(value).encode())


def read(webhook: Webhook, *secrets: str, live: bool = False) -> Notice:
    return notice_of(webhook.headers, webhook.body, secrets or (SECRET,), NOW, live=live)


def event(type_: str = "checkout.session.completed", **about: object) -> bytes:
    made = {"object": "checkout.session", "id": "cs_test_1", "client_reference_id": str(PAYMENT_ID), **about}
    return json.dumps({"id": "evt_1", "type": type_, "livemode": False, "data": {"object": made}}).encode()


def test_an_event_names_the_payment() -> None:
    assert read(signed(event(), AT)) == Notice("evt_1", "checkout.session.completed", PAYMENT_ID, "cs_test_1")


def test_the_stand_in_signs_as_the_library_does() -> None:
    theirs = stripe.WebhookSignature.generate_signature_header(event().decode(), SECRET, AT)
    assert theirs == signed(event(), AT).headers["stripe-signature"]


def test_while_a_secret_is_changed_both_are_taken() -> None:
    for secret in ("whsec_old", "whsec_new"):
        assert read(signed(event(), AT, secret), "whsec_old", "whsec_new").event_id == "evt_1"
    assert read(signed(event(), AT, "whsec_old", "whsec_new"), "whsec_new").event_id == "evt_1"
    for secrets in (("whsec_new",), ("",)):
        with pytest.raises(SignatureRefusedError):
            read(signed(event(), AT, "whsec_old"), *secrets)


@pytest.mark.parametrize("late", [TOLERANCE_SECONDS, -TOLERANCE_SECONDS, 0])
def test_within_the_tolerance(late: int) -> None:
    assert read(signed(event(), AT - late))


@pytest.mark.parametrize("late", [TOLERANCE_SECONDS + 1, -TOLERANCE_SECONDS - 1, AT])
def test_outside_the_tolerance(late: int) -> None:
    with pytest.raises(SignatureRefusedError):
        read(signed(event(), AT - late))


def test_the_age_is_the_one_that_was_signed() -> None:
    old = AT - 3600
    header = f"t={AT},t={old},v1={signature(event(), SECRET, old)}"
    for given_header in (header, f"t={old},t={AT},v1={signature(event(), SECRET, old)}"):
        with pytest.raises(SignatureRefusedError):
            read(Webhook({"stripe-signature": given_header}, event()))


@pytest.mark.parametrize("written", [" {}", "+{}", "{}=1", "{}_0", "0_{}"])
def test_an_old_signature_does_not_get_younger_by_how_its_time_is_written(written: str) -> None:
    old = AT - 3600
    signed_at = int(written.format(old).split("=")[0])
    header = f"t={written.format(old)},t={AT},v1={signature(event(), SECRET, signed_at)}"
    with pytest.raises(SignatureRefusedError):
        read(Webhook({"stripe-signature": header}, event()))


@given(st.text(max_size=300) | st.from_regex(r"t=\d{1,20}(,v[01]=[^,]{0,70}){0,3}"), st.binary(max_size=100))
def test_garbage_is_refused(header: str, body: bytes) -> None:
    with pytest.raises(SignatureRefusedError):
        read(Webhook({"stripe-signature": header}, body))


@given(st.binary(max_size=200) | JSON)
def test_what_is_signed_and_no_event_is_refused_or_names_nothing(body: bytes) -> None:
    with suppress(SignatureRefusedError):
        assert read(signed(body, AT)).payment_id is None


@given(st.integers(0, len(event()) * 8 - 1))
def test_one_bit_is_enough(bit: int) -> None:
    webhook = signed(event(), AT)
    changed = bytearray(webhook.body)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureRefusedError):
        read(Webhook(webhook.headers, bytes(changed)))


def test_what_is_of_the_other_mode_or_no_matter_of_ours_names_nobody() -> None:
    assert read(signed(event(), AT), live=True) == Notice("evt_1", "checkout.session.completed", None, None)
    assert read(signed(event("customer.created"), AT)) == Notice("evt_1", "customer.created", None, None)
    foreign = read(signed(event(client_reference_id="cart-17"), AT))
    assert (foreign.payment_id, foreign.provider_payment_id) == (None, "cs_test_1")


def test_what_the_dashboard_does_names_the_payment_intent() -> None:
    books = Books(now=NOW.timestamp)
    made = books.open_session({"expires_at": AT + 3600}, 1000, "usd")
    books.pay(made["id"])
    dispute = Events(books).about(books.dispute(made["id"]), "charge.dispute.created")
    assert read(dispute).part == made["payment_intent"]
