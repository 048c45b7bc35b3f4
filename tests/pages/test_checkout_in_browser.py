"""The checkout page in a real browser: the form, its redirect to another origin, and no complaint of the CSP."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from data.database import Database
from tests.playground.browser import ARGUMENTS, CHROMIUM
from tests.providers.checkouts import opened
from tests.providers.house import house
from tests.serving import serving

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")


async def shop(request: Request) -> HTMLResponse:
    return HTMLResponse(f"<h1>Shop: {request.url.path}</h1>")


@pytest.fixture
async def browser_page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(java_script_enabled=False)
        yield page
        await browser.close()


async def test_a_payer_declines_then_pays_and_is_back_in_the_shop(
    database: Database, database_url: str, browser_page: Page
) -> None:
    complaints: list[str] = []
    browser_page.on("console", lambda message: complaints.append(message.text))
    async with serving(Starlette(routes=[Route("/{path}", shop)])) as shop_url, house(database, database_url) as home:
        payment = await opened(home, success_url=f"{shop_url}/paid", cancel_url=f"{shop_url}/basket")
        await browser_page.goto(payment.checkout_url or "")
        await browser_page.get_by_role("button", name="Not enough money").click()
        await expect(browser_page.get_by_role("alert")).to_contain_text("not enough money")
        await browser_page.get_by_role("button", name="Pay 10.00 USD").click()
        await expect(browser_page.get_by_role("heading")).to_have_text("Shop: /paid")
        await browser_page.goto(payment.checkout_url or "")
        await expect(browser_page.get_by_role("status")).to_contain_text("Paid")
    assert complaints == []
