"""The whole service with Stripe behind it: its start, its routes, and how it fares while Stripe is down."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from providers.breaker import FAILURES
from settings import SettingsError, load_settings
from tests.api.client import Api, running
from tests.fake_stripe.events import SECRET
from tests.fake_stripe.faults import Fault
from tests.fake_stripe.server import KEY, FakeStripe, fake_stripe
from tests.running.environment import PRODUCTION
from tests.serving import free_port

START_SECONDS = 60


@asynccontextmanager
async def with_stripe(database_url: str, stripe: FakeStripe, **changed: Any) -> AsyncIterator[Api]:
    given = {"payment_provider": "stripe", "stripe_secret_key": KEY, "stripe_webhook_secret": SECRET, **changed}
    async with running(database_url, stripe_api_base=stripe.url, **given) as api:
        yield api


@pytest.fixture
async def stripe() -> AsyncIterator[FakeStripe]:
    async with fake_stripe() as made:
        yield made


async def test_a_checkout_is_paid_by_the_webhook_on_either_path(database_url: str, stripe: FakeStripe) -> None:
    async with with_stripe(database_url, stripe, stripe_webhook_secret=f"whsec_older,{SECRET}") as api:
        for path in ("/webhooks/stripe", "/api/webhooks/stripe"):
            payment = (await api.opened())["payment"]
            assert payment["checkoutUrl"].startswith("https://checkout.stripe.com/")
            (session,) = stripe.books.of_payment(payment["id"])
            webhook = stripe.events.about(stripe.books.pay(session["id"]), "checkout.session.completed")
            answer = await api.http.post(path, content=webhook.body, headers=webhook.headers)
            assert answer.status_code == 200
            assert (await api.payment(payment["id"]))["status"] == "SUCCEEDED"
        assert (await api.http.get("/health")).json()["provider"] == "stripe"


async def test_with_stripe_down_only_what_needs_it_is_refused_and_at_once(
    database_url: str, stripe: FakeStripe
) -> None:
    async with with_stripe(database_url, stripe, reconciler=False) as api:
        payment = (await api.opened())["payment"]
        stripe.faults.lasting[stripe.faults.ANY] = Fault.SILENT_BEFORE
        await asyncio.gather(*(api.checkout() for _ in range(FAILURES)))
        calls = len(stripe.calls)
        assert (await api.payment(payment["id"]))["status"] == "PENDING"
        assert (await api.checkout())["__typename"] == "ProviderUnavailableError"
        assert len(stripe.calls) == calls, "nobody was asked, so nobody was waited for"


@pytest.mark.parametrize("key", ["sk_test_mistyped1234", "rk_test_mistyped1234"])
async def test_a_wrong_key_ends_the_start_with_one_line(database_url: str, stripe: FakeStripe, key: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PORT": str(free_port()),
        "DATABASE_URL": database_url,
        "PAYMENT_PROVIDER": "stripe",
        "STRIPE_SECRET_KEY": key,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_API_BASE": stripe.url,
    }
    pipe = asyncio.subprocess.PIPE
    service = await asyncio.create_subprocess_exec(sys.executable, "app.py", env=environment, stdout=pipe, stderr=pipe)
    out, error = await asyncio.wait_for(service.communicate(), START_SECONDS)
    assert service.returncode == 1
    assert error.decode().splitlines()[-1] == "Stripe does not accept STRIPE_SECRET_KEY (401)"
    assert b"mistyped" not in out + error and b"Traceback" not in error


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"STRIPE_SECRET_KEY": KEY}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_SECRET_KEY": "rk_test_hunter2"}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:1"}, "STRIPE_API_BASE"),
    ],
)
def test_production_is_not_for_tests_unless_it_is_told_so(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], named: str
) -> None:
    for name, value in {**PRODUCTION, **changed}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=named):
        load_settings(_env_file=None)
    monkeypatch.setenv("STRIPE_TEST_MODE", "true")
    assert load_settings(_env_file=None).stripe_test_mode
