"""Where providers report: what is answered, and that 2xx means committed."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from data.database import Database
from data.status import Status
from endpoints.provider_webhook import MAX_BODY_BYTES
from providers.mock import WEBHOOK_PATH
from providers.mock_outcomes import Outcome
from providers.mock_signature import HEADER, derived, sign
from providers.protocol import ProviderDownError, ProviderSilentError, Truth
from tests.providers.checkouts import opened, stored
from tests.providers.house import KEYS, House, house


@pytest.fixture
async def home(database: Database, database_url: str) -> AsyncIterator[House]:
    async with house(database, database_url) as opened_house:
        yield opened_house


async def sent(home: House, body: bytes, signature: str | None = None) -> httpx.Response:
    signed = sign(derived(KEYS)[0], body, datetime.now(UTC)) if signature is None else signature
    return await home.browser.post(home.url + WEBHOOK_PATH, content=body, headers={HEADER: signed})


def event(payment_id: object, checkout_id: object = "mock_x") -> bytes:
    told = {"id": "evt_1", "type": "checkout.paid", "payment_id": str(payment_id), "checkout_id": str(checkout_id)}
    return json.dumps(told).encode()


async def heard(home: House) -> int:
    async with home.runtime.database.transaction() as connection:
        (counted,) = await connection.execute(text("SELECT count(*) AS n FROM mesaya_payments.provider_events"))
        return int(counted.n)


async def test_taken_means_committed(home: House) -> None:
    payment = await opened(home)
    await home.provider.play(payment.provider_payment_id or "", Outcome.PAY_SILENTLY)
    answer = await sent(home, event(payment.id))
    assert answer.status_code == 200
    assert (await stored(home, payment)).status is Status.SUCCEEDED and await heard(home) == 1


async def test_the_same_event_three_times_at_once_has_one_effect(home: House) -> None:
    payment = await opened(home)
    await home.provider.play(payment.provider_payment_id or "", Outcome.PAY_SILENTLY)
    taken = await asyncio.gather(*(sent(home, event(payment.id)) for _ in range(3)))
    assert [answer.status_code for answer in taken] == [200] * 3
    assert (await stored(home, payment)).sequence == payment.sequence + 1 and await heard(home) == 1


@pytest.mark.parametrize("signature", ["", "garbage", "t=,v1=", f"t=1,v1={'0' * 64}", "é", "t=" + "9" * 5000])
async def test_a_bad_signature_is_refused_in_few_words(home: House, signature: str) -> None:
    answer = await home.browser.post(
        home.url + WEBHOOK_PATH, content=event(uuid4()), headers={HEADER.encode(): signature.encode()}
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "The signature does not hold"})
    assert await heard(home) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"7",
        event(uuid4()).replace(b"evt_1", b"evt_\\u0000"),
        event(uuid4()).replace(b"evt_1", b"evt_\\ud800"),
        event(uuid4(), "mock\0"),
    ],
    ids=["deep", "no object", "NUL", "half a pair", "NUL in the checkout"],
)
async def test_what_is_signed_and_yet_no_event_is_refused(home: House, body: bytes) -> None:
    assert (await sent(home, body)).status_code == 400
    assert await heard(home) == 0


async def test_an_old_signature_is_refused(home: House) -> None:
    body = event(uuid4())
    old = sign(derived(KEYS)[0], body, datetime.now(UTC) - timedelta(minutes=10))
    assert (await sent(home, body, old)).status_code == 400


async def test_what_is_not_ours_is_taken_noted_once_and_changes_nothing(home: House) -> None:
    payment = await opened(home)
    for _ in range(2):
        assert (await sent(home, event(uuid4()))).status_code == 200
    assert await heard(home) == 1
    assert (await stored(home, payment)).sequence == payment.sequence


@pytest.mark.parametrize(
    ("error", "retry"), [(ProviderSilentError("inner text"), "5"), (ProviderDownError("inner text", 30), "30")]
)
async def test_not_asked_is_not_taken_and_comes_again(
    home: House, monkeypatch: pytest.MonkeyPatch, error: Exception, retry: str
) -> None:
    payment = await opened(home)
    await home.provider.play(payment.provider_payment_id or "", Outcome.PAY_SILENTLY)

    async def fetch(provider_payment_id: str) -> Truth:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(home.provider, "fetch", fetch)
        answer = await sent(home, event(payment.id))
    assert answer.status_code == 503 and answer.headers["retry-after"] == retry and "inner" not in answer.text
    assert (await stored(home, payment)).status is Status.PENDING and await heard(home) == 0
    assert (await sent(home, event(payment.id))).status_code == 200
    assert (await stored(home, payment)).status is Status.SUCCEEDED


async def test_a_failure_to_keep_it_is_no_2xx(home: House) -> None:
    payment = await opened(home)
    await home.provider.play(payment.provider_payment_id or "", Outcome.PAY_SILENTLY)
    async with home.runtime.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE mesaya_payments.events RENAME TO away"))
    assert (await sent(home, event(payment.id))).status_code == 500
    async with home.runtime.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE mesaya_payments.away RENAME TO events"))
    assert await heard(home) == 0
    assert (await sent(home, event(payment.id))).status_code == 200
    assert (await stored(home, payment)).status is Status.SUCCEEDED


async def test_a_body_over_the_limit_is_not_read(home: House) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1000 + 2):
            yield b"x" * 1000

    answer = await home.browser.post(home.url + WEBHOOK_PATH, content=chunks())
    assert answer.status_code == 413 and "error" in answer.json()


async def test_only_post(home: House) -> None:
    assert (await home.browser.get(home.url + WEBHOOK_PATH)).status_code == 405
    assert (await home.browser.post(home.url + "/webhooks/stripe")).status_code == 404
