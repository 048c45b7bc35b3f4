"""GraphiQL in a real browser, on the real service: the tour that the README promises."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from playground.fetch import NotFetchedError, fetch
from tests.api.client import SERVICE, running
from tests.playground.browser import CHROMIUM, Playground, playground_at
from tests.running.environment import PUBLIC_KEY
from tests.running.until import until

PATIENCE_SECONDS = 30
ANOTHER_ID = "0199c3a4-7a10-7000-8000-0000000000c2"


@asynccontextmanager
async def graphiql_of(database_url: str, **settings: Any) -> AsyncIterator[Playground]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing")
    try:
        await asyncio.to_thread(fetch)
    except NotFetchedError as error:
        pytest.skip(f"GraphiQL's files were not fetched: {error}")
    async with running(database_url, **settings) as api, playground_at(api.url) as playground:
        yield playground
        assert playground.elsewhere == []
        assert playground.complaints == []


@pytest.fixture
async def graphiql(database_url: str) -> AsyncIterator[Playground]:
    async with graphiql_of(database_url) as playground:
        yield playground


async def test_checkout_pay_and_the_open_subscription_says_succeeded(graphiql: Playground) -> None:
    await graphiql.open("/graphql")
    await graphiql.line_says("No payment yet")
    await graphiql.run()
    await graphiql.answers('"created": true')
    await graphiql.show("Watch")
    await graphiql.run()
    await graphiql.answers('"status": "PENDING"')
    async with graphiql.page.expect_popup() as opened:
        await graphiql.page.get_by_role("link", name="Open its checkout page").click()
    checkout = await opened.value
    await checkout.get_by_role("button", name="Pay", exact=False).first.click()
    await expect(checkout.get_by_role("heading", name="Paid")).to_be_visible()
    await graphiql.answers('"status": "SUCCEEDED"')
    await graphiql.line_says("SUCCEEDED")
    await expect(graphiql.page.get_by_role("link", name="Open its checkout page")).to_have_count(0)


async def test_every_tab_of_the_story_answers(graphiql: Playground) -> None:
    await graphiql.open()
    await graphiql.run()
    await graphiql.answers('"created": true')
    for tab, answer in [("Verify", '"changed": false'), ("Read", '"sequence": 1'), ("Cancel", '"CANCELED"')]:
        await graphiql.show(tab)
        await graphiql.run()
        await graphiql.answers(answer)
    await graphiql.show("Refund")
    await graphiql.run()
    await graphiql.answers("PaymentNotRefundableError")


async def carried(graphiql: Playground) -> str:
    """The payment that the line below the answer shows."""
    await expect(graphiql.page.locator(".story code")).to_be_visible()
    return await graphiql.page.locator(".story code").inner_text()


async def test_shows_the_contracts_own_descriptions(graphiql: Playground) -> None:
    await graphiql.open()
    await graphiql.page.get_by_role("button", name="Show Documentation Explorer").click()
    await graphiql.page.get_by_role("link", name="Mutation").click()
    await expect(graphiql.page.locator(".graphiql-doc-explorer")).to_contain_text("Open a checkout.")


async def test_shows_its_credentials_to_the_socket_too_and_lets_go_of_it(database_url: str) -> None:
    async with graphiql_of(database_url, jwt_public_key=PUBLIC_KEY) as graphiql, httpx.AsyncClient() as http:
        headers = {"Authorization": f"Bearer {SERVICE}"}
        await graphiql.open()
        await graphiql.write("Headers", f'{{"Authorization": "Bearer {SERVICE}"}}')
        await graphiql.run()
        await graphiql.answers('"created": true')
        await graphiql.show("Watch")
        await graphiql.write("Headers", f'{{"Authorization": "Bearer {SERVICE}"}}')
        await graphiql.run()
        await graphiql.answers('"status": "PENDING"')

        async def are_open(subscriptions: int) -> bool:
            shown = (await http.get(f"{graphiql.url}/metrics", headers=headers)).text
            return f"mesaya_open_subscriptions {subscriptions}.0" in shown

        assert await are_open(1)
        await graphiql.show("Read")
        await until(lambda: are_open(0), PATIENCE_SECONDS)


async def test_leaves_an_id_that_somebody_wrote(graphiql: Playground) -> None:
    await graphiql.open()
    await graphiql.show("Read")
    await graphiql.write("Variables", f'{{"paymentId": "{ANOTHER_ID}"}}')
    await graphiql.show("CheckOut")
    await graphiql.run()
    payment_id = await carried(graphiql)
    await graphiql.show("Read")
    assert ANOTHER_ID in await graphiql.variables()
    await graphiql.show("Refund")
    assert f'"{payment_id}"' in await graphiql.variables()


async def test_remembers_the_payment_for_as_long_as_the_window_is_open(graphiql: Playground) -> None:
    await graphiql.open()
    await graphiql.run()
    payment_id = await carried(graphiql)
    await graphiql.open()
    await graphiql.line_says(payment_id)
    assert await graphiql.page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("dialog", ["settings", "short keys"])
async def test_opens_its_dialogs_within_the_content_security_policy(graphiql: Playground, dialog: str) -> None:
    await graphiql.open()
    await graphiql.page.get_by_role("button", name=f"Open {dialog} dialog").click()
    await expect(graphiql.page.get_by_role("dialog")).to_be_visible()


async def test_explores_the_operation(graphiql: Playground) -> None:
    await graphiql.open()
    await graphiql.page.get_by_role("button", name="Show GraphiQL Explorer").click()
    await expect(graphiql.page.locator(".graphiql-explorer-root")).to_contain_text("checkout")
