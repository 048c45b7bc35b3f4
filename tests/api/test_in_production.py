"""The service as production assembles it, with Stripe's stand-in: what it keeps closed there is closed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from data.database import Database
from tests.api.client import SERVICE, Api, order, running
from tests.fake_stripe.events import SECRET
from tests.fake_stripe.server import KEY, fake_stripe
from tests.running.environment import PUBLIC_KEY
from tests.running.until import until
from tests.webhooks.partners import add_partner

PATIENCE_SECONDS = 20
DELIVERIES = "query ($id: ID!) { payment(id: $id) { deliveries { nodes { attempts { error } } } } }"


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with fake_stripe() as stripe:
        given: dict[str, Any] = {
            "environment": "production",
            "payment_provider": "stripe",
            "stripe_secret_key": KEY,
            "stripe_webhook_secret": SECRET,
            "stripe_api_base": stripe.url,
            "stripe_test_mode": True,
            "public_url": "https://pay.mesaya.example",
            "secret_key": "a-key-of-at-least-32-characters-for-this",
            "jwt_public_key": PUBLIC_KEY,
            "success_url": "https://mesaya.example/paid",
            "cancel_url": "https://mesaya.example/not",
            "allowed_origins": "https://mesaya.example",
            "webhook_allowed_networks": "127.0.0.0/8",
        }
        async with running(database_url, **given) as made:
            yield made


async def test_the_subgraphs_sdl_is_for_services(api: Api) -> None:
    refused = await api.answer("{ _service { sdl } }", token=None)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await api.ask("{ _service { sdl } }"))["sdl"]


async def test_payers_are_sent_back_to_our_pages_alone(api: Api) -> None:
    answer = await api.checkout(successUrl="https://evil.example/")
    assert (answer["__typename"], answer["path"]) == ("InvalidInputError", ["input", "successUrl"])
    await api.opened(successUrl="https://mesaya.example/thanks")


async def test_two_strangers_who_ask_alike_are_two(api: Api) -> None:
    alike = order()
    ids = {(await api.opened(**alike))["payment"]["id"] for _ in range(2)}
    assert len(ids) == 2


async def test_webhooks_go_by_https_alone(api: Api, database: Database) -> None:
    await add_partner(database, "http://127.0.0.1:9/hooks")
    payment = (await api.opened())["payment"]
    attempts: list[Any] = []

    async def tried() -> bool:
        (delivery,) = (await api.ask(DELIVERIES, token=SERVICE, id=payment["id"]))["deliveries"]["nodes"]
        attempts.extend(delivery["attempts"])
        return bool(attempts)

    await until(tried, PATIENCE_SECONDS)
    assert attempts[0]["error"] == "blocked_address"


@pytest.mark.parametrize("reconciler", [True, False])
async def test_whether_this_instance_reconciles_is_a_setting(
    database_url: str, monkeypatch: pytest.MonkeyPatch, reconciler: bool
) -> None:
    begun = []

    async def run(runtime: object) -> None:
        begun.append(runtime)

    monkeypatch.setattr("resolvers.reconcile.run", run)
    async with running(database_url, reconciler=reconciler) as api:
        await api.opened()
    assert len(begun) == reconciler
