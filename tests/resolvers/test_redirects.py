"""Payers are sent to allowed places alone, with the payment's id filled in and nothing else touched."""

from dataclasses import replace

import pytest

from resolvers.answers import InvalidInput
from resolvers.checkout import checkout
from resolvers.client_secret import Purpose, proof
from tests.resolvers.world import RULES, SERVICE, World, request

SHOP = replace(RULES, redirect_origins=("https://shop.example", "http://localhost:4200"))

REFUSED = [
    "https://shop.example.evil.test/",
    "https://shop.example:8443/",
    "http://shop.example/",
    "https://shop.example@evil.test/",
    "https://evil.test/?https://shop.example",
    "//shop.example/",
    "/paid",
    "javascript:alert(1)",
    "https://shop.example\\@evil.test/",
    "https://shop.example/\n",
    "https://shop.example/" + "a" * 2048,
    "",
]


@pytest.fixture
def shop(world: World) -> World:
    world.runtime = replace(world.runtime, rules=SHOP)
    return world


@pytest.mark.parametrize("name", ["success_url", "cancel_url"])
async def test_other_places_are_refused_and_nothing_is_written(shop: World, name: str) -> None:
    path = ("input", "successUrl" if name == "success_url" else "cancelUrl")
    for url in REFUSED:
        answer = await checkout(shop.runtime, SERVICE, request(**{name: url}))
        assert isinstance(answer, InvalidInput) and answer.path == path, url
    assert await shop.sql("SELECT 1 FROM payments") == []


async def test_the_placeholder_is_filled_in_and_the_providers_own_is_left(shop: World) -> None:
    made = await shop.checkout(
        success_url="https://shop.example/paid?id={PAYMENT_ID}&s={CHECKOUT_SESSION_ID}",
        cancel_url="http://localhost:4200/{PAYMENT_ID}/{PAYMENT_ID}",
    )
    await shop.checkout(success_url="https://shop.example:443/paid", idempotency_key="another")
    assert made.success_url == f"https://shop.example/paid?id={made.id}&s={{CHECKOUT_SESSION_ID}}"
    assert made.cancel_url == f"http://localhost:4200/{made.id}/{made.id}"


async def test_without_a_place_the_operators_serves_and_else_our_own_page(shop: World) -> None:
    ours = await shop.checkout()
    page = f"{RULES.public_url}/payments/{ours.id}/result/{proof(ours.id, RULES.secret_keys, Purpose.RESULT_PAGE)}"
    assert ours.success_url == ours.cancel_url == page
    shop.runtime = replace(shop.runtime, rules=replace(SHOP, success_url="https://shop.example/{PAYMENT_ID}"))
    theirs = await shop.checkout(idempotency_key="another")
    assert theirs.success_url == f"https://shop.example/{theirs.id}"
