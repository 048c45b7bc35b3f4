"""The example page in a real browser, on the real service: nothing is lost, doubled or charged twice."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import expect

from data.embedded import EmbeddedPostgres
from tests.api.client import REFUND, VERIFY
from tests.conftest import new_database, run
from tests.examples.frontend import Frontend, Visit, frontend_on
from tests.playground.browser import CHROMIUM

MONEY_WAITS = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.settles_at := NEW.settles_at + interval '1 day'; RETURN NEW; END $$;
CREATE TRIGGER wait BEFORE UPDATE ON mesaya_payments.mock_checkouts FOR EACH ROW
WHEN (OLD.settles_at IS NULL AND NEW.settles_at IS NOT NULL) EXECUTE FUNCTION wait()
"""
"""What is on its way stays so, until it is told to arrive."""
MONEY_ARRIVES = "UPDATE mesaya_payments.mock_checkouts SET settles_at = now() WHERE settles_at IS NOT NULL"
PAYMENTS = "query ($id: ID!) { payments(reservationId: $id) { nodes { id status } } }"


@pytest.fixture(scope="module")
async def frontend(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Frontend]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing")
    if shutil.which("npm") is None:
        pytest.skip("npm is not here")
    async for database_url in new_database(postgres, f"TEMPLATE {template} STRATEGY FILE_COPY"):
        await run(database_url, MONEY_WAITS)
        async with frontend_on(database_url) as started:
            yield started


async def payments_of(frontend: Frontend, visit: Visit) -> list[Any]:
    reservation_id = visit.page.url.partition("/reservations/")[2][:36]
    nodes: list[Any] = (await frontend.payments.ask(PAYMENTS, id=reservation_id))["nodes"]
    return nodes


async def test_from_click_to_succeeded_though_the_network_is_pulled(frontend: Frontend) -> None:
    async with frontend.visited() as visit:
        await visit.press("Pay $48.00")
        payment_id = await visit.back_from_checkout("Pay, arrives late")
        await visit.says("On its way")
        await expect(visit.page.get_by_text("Live", exact=True)).to_be_visible()
        await visit.page.context.set_offline(True)
        frontend.cable.pull()
        await expect(visit.page.get_by_text("You are offline.")).to_be_visible()
        await visit.is_accessible()
        await run(frontend.database_url, MONEY_ARRIVES)
        verified = await frontend.payments.ask(VERIFY, id=payment_id)
        assert verified["payment"]["status"] == "SUCCEEDED"
        await visit.says("On its way")
        frontend.cable.plug_in()
        await visit.page.context.set_offline(False)
        await visit.says("Paid")
        await expect(visit.page.get_by_text("You are offline.")).to_have_count(0)
        frontend.cable.pull()
        await expect(visit.page.get_by_text("Connecting…")).to_be_visible()
        for amount in ("8.00", "40.00"):
            wanted = {"paymentId": payment_id, "amount": {"amount": amount}, "idempotencyKey": amount}
            assert (await frontend.payments.ask(REFUND, input=wanted))["__typename"] == "RefundPaymentSuccess"
        frontend.cable.plug_in()
        await visit.says("Refunded")
        refunds = ["News of a refund"] * 4
        await visit.shows_history("Checkout opened", "Payment on its way", "Paid", *refunds, "Refunded in full")
        assert visit.told == [3, 8]
        assert None not in visit.resumed
        assert len(set(visit.resumed)) >= 2


async def test_by_keyboard_alone(frontend: Frontend) -> None:
    async with frontend.visited(viewport={"width": 360, "height": 740}, color_scheme="dark") as visit:
        await visit.is_accessible()
        for key in ("Tab", "Enter", "Tab"):
            await visit.page.keyboard.press(key)
        await expect(visit.page.get_by_role("button", name="Pay $48.00")).to_be_focused()
        await visit.page.keyboard.press("Enter")
        await visit.page.wait_for_url("**/mock/checkout/**")
        for key in ("Tab", "Enter"):
            await visit.page.keyboard.press(key)
        await visit.shown_payment()
        await expect(visit.page.get_by_role("heading", name="Paid", exact=True)).to_be_focused()
        await visit.is_accessible()
        assert await visit.page.evaluate("document.documentElement.scrollWidth") == 360


async def test_pays_once_whatever_is_pressed_twice(frontend: Frontend) -> None:
    async with frontend.visited() as visit:
        frontend.cable.lose_answers()
        await visit.press("Pay $48.00")
        await expect(visit.page.get_by_role("alert")).to_contain_text("However often you try, you pay once.")
        await visit.is_accessible()
        assert len(await payments_of(frontend, visit)) == 1
        frontend.cable.plug_in()
        await visit.page.get_by_role("button", name="Pay $48.00").dblclick()
        await visit.back_from_checkout("Pay 48.00")
        await visit.says("Paid")
        assert [payment["status"] for payment in await payments_of(frontend, visit)] == ["SUCCEEDED"]


async def test_cancels_and_pays_again(frontend: Frontend) -> None:
    async with frontend.visited() as visit:
        await visit.press("Pay $48.00")
        await visit.page.wait_for_url("**/mock/checkout/**")
        await visit.page.go_back()
        await visit.says("Waiting for your payment")
        await visit.is_accessible()
        await visit.press("Cancel the payment")
        await expect(visit.page.get_by_role("heading", name="Canceled", exact=True)).to_be_focused()
        await visit.shows_history("Checkout opened", "Canceled")
        await visit.press("Pay again $48.00")
        await visit.back_from_checkout("Pay 48.00")
        await visit.says("Paid")
        await visit.page.get_by_role("navigation", name="Other payments").get_by_role("link", name="Canceled").click()
        await visit.shows_history("Checkout opened", "Canceled")
        await visit.is_accessible()
        await expect(visit.page.get_by_role("button", name="Pay again")).to_have_count(0)


async def test_an_admin_refunds_in_parts(frontend: Frontend) -> None:
    async with frontend.visited() as visit:
        await visit.press("Pay $48.00")
        await visit.back_from_checkout("Pay 48.00")
        await visit.says("Paid")
        await expect(visit.page.get_by_role("button", name="Refund…")).to_have_count(0)
        await visit.become("Marta, admin")
        await visit.press("Refund…")
        await visit.is_accessible()
        for amount, words in (("much", "Write an amount like 12.50."), ("48.01", "48.00"), ("0.001", "USD")):
            await visit.page.get_by_label("Amount in USD").fill(amount)
            await visit.press("Refund")
            await expect(visit.page.get_by_role("dialog").get_by_role("alert")).to_contain_text(words)
        await visit.page.get_by_label("Amount in USD").fill("8.50")
        await visit.press("Refund")
        await expect(visit.page.get_by_text("$8.50 of it went back.")).to_be_visible()
        await visit.press("Refund…")
        await expect(visit.page.get_by_label("Amount in USD")).to_have_value("39.50")
        await visit.press("Refund")
        await expect(visit.page.get_by_role("heading", name="Refunded", exact=True)).to_be_focused()
        await visit.is_accessible()
        await expect(visit.page.get_by_role("button", name="Refund…")).to_have_count(0)


async def test_a_payer_who_comes_back_signed_out_sees_that_payment_and_no_other(frontend: Frontend) -> None:
    async with frontend.visited() as visit:
        await visit.press("Pay $48.00")
        await visit.back_from_checkout("Pay 48.00")
        await visit.become("Signed out")
        await visit.page.reload()
        await visit.says("Paid")
        await visit.page.evaluate(
            "sessionStorage.removeItem(Object.keys(sessionStorage).find(k => k.includes('secret')))"
        )
        await visit.page.reload()
        await visit.says("Nothing to see here")
        await visit.press("New reservation")
        await visit.says("Sign in to pay")
        await expect(visit.page.get_by_role("heading", name="Your reservation")).to_be_focused()
