"""The page that payers come back to where the checkout names no other: what happened, in words and by a sign."""

import re

import pytest

from tests.api.client import REFUND, Api


@pytest.mark.parametrize(
    ("outcome", "title", "sign"),
    [("pay", "Paid", "done"), ("cancel", "Canceled", "not-done"), ("pay_wrong_amount", "Another amount", "waiting")],
)
async def test_it_says_what_happened(api: Api, outcome: str, title: str, sign: str) -> None:
    page = await back(api, outcome)
    assert title in heading(page)
    assert f'<svg class="sign {sign}" viewBox="0 0 24 24" aria-hidden="true">' in page, "the words say it all"


async def test_of_money_that_went_back(api: Api) -> None:
    opened = (await api.opened())["payment"]
    url = (await api.pay(opened["checkoutUrl"])).headers["location"]
    assert heading((await api.http.get(url)).text) == "Paid"
    await api.ask(REFUND, input={"paymentId": opened["id"]})
    page = (await api.http.get(url)).text
    assert heading(page) == "Refunded" and 'class="sign back"' in page


async def test_a_proof_of_another_payment_shows_nothing(api: Api) -> None:
    mine, other = [(await api.opened())["payment"] for _ in range(2)]
    url = (await api.pay(mine["checkoutUrl"])).headers["location"]
    answer = await api.http.get(url.replace(mine["id"], other["id"]))
    assert answer.status_code == 404 and other["id"] not in answer.text


async def back(api: Api, outcome: str) -> str:
    """Where the payer is led after this, as a browser shows it."""
    answer = await api.pay((await api.opened())["payment"]["checkoutUrl"], outcome)
    assert answer.status_code == 303
    return (await api.http.get(answer.headers["location"])).text


def heading(page: str) -> str:
    found = re.search("<h1>(.*)</h1>", page)
    assert found is not None, page
    return found[1]
