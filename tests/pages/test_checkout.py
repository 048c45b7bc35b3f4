"""The checkout page as a browser meets it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from data.database import Database
from pages.checkout import MAX_FORM_BYTES, checkout_routes
from pages.page import headers
from providers.mock import CHECKOUT_PATH, MockProvider
from providers.mock_outcomes import Outcome
from tests.providers.bench import SettableClock
from tests.providers.orders import order

URL = "http://payments.test"


class Page:
    def __init__(self, provider: MockProvider, browser: httpx.AsyncClient, clock: SettableClock) -> None:
        self.provider = provider
        self.browser = browser
        self.clock = clock

    async def opened(self, **changed: Any) -> str:
        url = (await self.provider.create_checkout(order(**changed))).url
        assert url is not None
        return url

    async def press(self, url: str, outcome: str) -> httpx.Response:
        return await self.browser.post(url, data={"outcome": outcome})


@pytest.fixture
async def page(database: Database) -> AsyncIterator[Page]:
    clock = SettableClock()
    nowhere = httpx.MockTransport(lambda _: httpx.Response(200))
    async with httpx.AsyncClient(transport=nowhere) as client:
        provider = MockProvider(database, clock, Random(1), URL, (b"key",), client)
        app = Starlette(routes=list(checkout_routes(provider)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as browser:
            yield Page(provider, browser, clock)
        await provider.aclose()


async def test_it_shows_what_is_to_be_paid_and_every_button(page: Page) -> None:
    text = (await page.browser.get(await page.opened())).text
    assert "10.00" in text and "USD" in text and "A table for two" in text and "shop.test" in text
    for outcome in set(Outcome) - {Outcome.PAY_ANYWAY}:
        assert f'value="{outcome}"' in text
    assert "<script" not in text and 'value="pay_anyway"' not in text


async def test_what_others_wrote_is_text(page: Page) -> None:
    text = (await page.browser.get(await page.opened(description='<script>"x"</script>'))).text
    assert "<script>" not in text and "&lt;script&gt;" in text


@pytest.mark.parametrize("outcome", ["pay", "pay_silently", "pay_late", "pay_twice", "pay_wrong_amount", "pay_anyway"])
async def test_paying_leads_to_the_success_url_a_second_click_too(page: Page, outcome: str) -> None:
    url = await page.opened()
    for _ in range(2 if outcome != "pay_late" else 1):
        answer = await page.press(url, outcome)
        assert (answer.status_code, answer.headers["location"]) == (303, "https://shop.test/paid")


@pytest.mark.parametrize("outcome", ["cancel", "fail"])
async def test_not_paying_leads_to_the_cancel_url(page: Page, outcome: str) -> None:
    url = await page.opened()
    for _ in range(2):
        answer = await page.press(url, outcome)
        assert (answer.status_code, answer.headers["location"]) == (303, "https://shop.test/basket")


async def test_without_urls_it_shows_what_happened(page: Page) -> None:
    url = await page.opened(success_url="", cancel_url="")
    answer = await page.press(url, "pay")
    assert answer.status_code == 200 and "Your payment has arrived" in answer.text


@pytest.mark.parametrize("outcome", ["decline", "insufficient_funds", "authentication_required"])
async def test_a_decline_shows_the_page_again_with_its_reason(page: Page, outcome: str) -> None:
    url = await page.opened()
    answer = await page.press(url, outcome)
    assert answer.status_code == 200 and 'role="alert"' in answer.text and 'value="pay"' in answer.text
    assert 'role="alert"' in (await page.browser.get(url)).text


async def test_what_is_over_offers_no_payment_but_the_one_for_tests(page: Page) -> None:
    url = await page.opened()
    page.clock.advance(timedelta(hours=2))
    text = (await page.browser.get(url)).text
    refused = await page.press(url, "pay")
    assert "No longer open" in text and 'value="pay"' not in text and 'value="pay_anyway"' in text
    assert refused.status_code == 409 and "No longer open" in refused.text


async def test_paid_is_paid_whatever_is_pressed_after(page: Page) -> None:
    url = await page.opened()
    await page.press(url, "pay")
    for outcome in ("cancel", "fail", "decline"):
        answer = await page.press(url, outcome)
        assert answer.status_code == 409 and "Your payment has arrived" in answer.text


@pytest.mark.parametrize("content", [b"", b"outcome=", b"outcome=PAY", b"other=pay", b"\xff\x00", b"outcome=pay%00"])
async def test_an_unknown_outcome_is_said_and_changes_nothing(page: Page, content: bytes) -> None:
    url = await page.opened()
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await page.browser.post(url, content=content, headers=form)
    assert answer.status_code == 400 and "pay_wrong_amount" in answer.text
    assert 'value="pay"' in (await page.browser.get(url)).text


async def test_a_multipart_form_does_as_well(page: Page) -> None:
    answer = await page.browser.post(await page.opened(), files={"outcome": (None, "pay")})
    assert answer.status_code == 303


async def test_a_large_form_is_not_read(page: Page) -> None:
    answer = await page.press(await page.opened(), "pay" + "x" * MAX_FORM_BYTES)
    assert answer.status_code == 413


@pytest.mark.parametrize("id_", ["nothing", "%00", "%ff", "x" * 5000, "mock_' OR 1=1 --"])
async def test_an_unknown_checkout_is_not_found(page: Page, id_: str) -> None:
    url = URL + CHECKOUT_PATH.format(checkout_id=id_)
    answers = [await page.browser.get(url), await page.press(url, "pay"), await page.press(url, "?")]
    assert [answer.status_code for answer in answers] == [404] * 3


async def test_a_browser_may_follow_the_form_to_the_shop_and_nowhere_else(page: Page) -> None:
    answer = await page.browser.get(await page.opened())
    assert answer.headers["content-security-policy"].endswith("form-action 'self' https://shop.test")
    assert answer.headers["referrer-policy"] == "no-referrer" and answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("http://localhost:4200/paid?x=1", "http://localhost:4200"),
        ("http://[::1]:4200/paid", "http:"),
        ("https://a;script-src *.test/", "https:"),
    ],
)
async def test_only_origins_that_csp_can_write_are_written(url: str, source: str) -> None:
    assert headers((url,))["Content-Security-Policy"].endswith(f"form-action 'self' {source}")


async def test_the_shop_may_ask_for_our_id_in_its_url(page: Page) -> None:
    url = await page.opened(success_url="https://shop.test/paid?session={CHECKOUT_SESSION_ID}&a=%20b#c")
    answer = await page.press(url, "pay")
    id_ = url.rpartition("/")[2]
    assert answer.headers["location"] == f"https://shop.test/paid?session={id_}&a=%20b#c"


async def test_ids_cannot_be_guessed_from_one_another(page: Page) -> None:
    ids = {(await page.opened(payment_id=order(n).payment_id)).partition("mock_")[2] for n in range(20)}
    assert len(ids) == 20 and all(len(id_) == 32 for id_ in ids)
