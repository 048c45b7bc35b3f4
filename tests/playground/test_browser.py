import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from playground.fetch import NotFetchedError, fetch
from playground.page import playground_routes
from tests.playground.browser import CHROMIUM, Playground, playground_at
from tests.playground.toy import CHECKOUT_URL, CLIENT_SECRET, PAYMENT_ID, Toy, toy_app
from tests.serving import serving

ANOTHER_ID = "0199c3a4-7a10-7000-8000-0000000000c2"


@pytest.fixture
async def toy() -> Toy:
    return Toy()


@pytest.fixture
async def graphiql(toy: Toy) -> AsyncIterator[Playground]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing")
    try:
        await asyncio.to_thread(fetch)
    except NotFetchedError as error:
        pytest.skip(f"GraphiQL's files were not fetched: {error}")
    async with serving(toy_app(toy, playground_routes)) as url, playground_at(url) as playground:
        yield playground
        assert playground.elsewhere == []
        assert playground.complaints == []


async def test_tells_the_story_of_a_payment(graphiql: Playground, toy: Toy) -> None:
    await graphiql.open("/graphql")
    await graphiql.line_says("No payment yet")
    await graphiql.run()
    await graphiql.answers('"created": true')
    link = graphiql.page.get_by_role("link", name="Open its checkout page")
    await expect(link).to_have_attribute("href", CHECKOUT_URL)

    await graphiql.show("Watch")
    await graphiql.run()
    await graphiql.answers('"status": "PENDING"')
    toy.paid.set()
    await graphiql.answers('"status": "SUCCEEDED"')
    await graphiql.line_says("SUCCEEDED")
    await expect(link).to_have_count(0)

    await graphiql.show("Read")
    await graphiql.run()
    await graphiql.answers('"sequence": 1')
    assert toy.asked[-1]["variables"] == {"paymentId": PAYMENT_ID, "clientSecret": CLIENT_SECRET}


async def test_shows_the_contracts_own_descriptions(graphiql: Playground) -> None:
    await graphiql.open()
    await graphiql.page.get_by_role("button", name="Show Documentation Explorer").click()
    await graphiql.page.get_by_role("link", name="Mutation").click()
    await expect(graphiql.page.locator(".graphiql-doc-explorer")).to_contain_text("Open a checkout.")


async def test_shows_its_credentials_to_the_socket_too_and_lets_go_of_it(graphiql: Playground, toy: Toy) -> None:
    await graphiql.open()
    await graphiql.run()
    await graphiql.show("Watch")
    await graphiql.write("Headers", '{"Authorization": "Bearer of-the-test"}')
    await graphiql.run()
    await graphiql.answers('"status": "PENDING"')
    assert toy.said_hello == [{"Authorization": "Bearer of-the-test"}]
    await graphiql.show("Read")
    await asyncio.wait_for(toy.stopped.wait(), timeout=5)


async def test_leaves_an_id_that_somebody_wrote(graphiql: Playground) -> None:
    await graphiql.open()
    await graphiql.show("Read")
    await graphiql.write("Variables", f'{{"paymentId": "{ANOTHER_ID}"}}')
    await graphiql.show("CheckOut")
    await graphiql.run()
    await graphiql.line_says(PAYMENT_ID)
    await graphiql.show("Read")
    assert ANOTHER_ID in await graphiql.variables()
    await graphiql.show("Refund")
    assert f'"{PAYMENT_ID}"' in await graphiql.variables()


async def test_remembers_the_payment_for_as_long_as_the_window_is_open(graphiql: Playground) -> None:
    await graphiql.open()
    await graphiql.run()
    await graphiql.line_says(PAYMENT_ID)
    await graphiql.open()
    await graphiql.line_says(PAYMENT_ID)
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
