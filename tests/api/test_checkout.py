"""Checkout over GraphQL: one payment for one intention, whatever is repeated, lost or late."""

import asyncio
from typing import Any

import pytest

from tests.api.client import CANCEL, PAYMENT, REFUND, VERIFY, Api, order


async def test_from_checkout_to_success(api: Api) -> None:
    opened = await api.opened(amount={"amount": "25.5", "currency": "USD"})
    payment = opened["payment"]
    assert opened["created"] is True
    assert (payment["status"], payment["amount"]) == ("PENDING", {"amount": "25.50", "currency": "USD"})
    redirect = await api.pay(payment["checkoutUrl"])
    assert redirect.status_code == 303
    verified = await api.ask(VERIFY, id=payment["id"])
    assert verified["payment"]["status"] == "SUCCEEDED"
    whole = await api.payment(payment["id"])
    events = whole["events"]["nodes"]
    assert [event["sequence"] for event in events] == [1, 2]
    assert [event["status"] for event in events] == ["PENDING", "SUCCEEDED"]
    assert whole["actions"] == ["REFUND"]


async def test_a_key_replays_its_answer_and_refuses_other_arguments(api: Api) -> None:
    given = {**order(), "idempotencyKey": "key-1"}
    first, again = await api.checkout(**given), await api.checkout(**given)
    other = await api.checkout(**{**given, "amount": {"amount": "26.00"}})
    assert (first["created"], again["created"]) == (True, False)
    assert first["payment"]["id"] == again["payment"]["id"] and first["clientSecret"] == again["clientSecret"]
    assert (other["__typename"], other["idempotencyKey"]) == ("IdempotencyConflictError", "key-1")
    assert other["payment"]["id"] == first["payment"]["id"]


async def test_twenty_equal_checkouts_at_once_are_one_payment(api: Api) -> None:
    given = order()
    answers = await asyncio.gather(*(api.checkout(**given) for _ in range(20)))
    assert {answer["__typename"] for answer in answers} == {"CheckoutSuccess"}
    assert len({answer["payment"]["id"] for answer in answers}) == 1
    assert sum(answer["created"] for answer in answers) == 1
    page = await api.ask("{ payments { nodes { id } } }")
    assert len(page["nodes"]) == 1


async def test_after_the_end_an_equal_checkout_is_a_new_one(api: Api) -> None:
    given = order()
    first = await api.opened(**given)
    await api.pay(first["payment"]["checkoutUrl"])
    await api.ask(VERIFY, id=first["payment"]["id"])
    second = await api.opened(**given)
    assert second["created"] and second["payment"]["id"] != first["payment"]["id"]


async def test_a_lost_answer_is_found_again_under_the_same_key(api: Api) -> None:
    given = {**order(), "metadata": {"mock": "timeout_created"}, "idempotencyKey": "lost"}
    lost = await api.checkout(**given)
    assert lost["__typename"] == "ProviderUnavailableError"
    assert lost["begun"]["status"] == "PENDING"
    waiting = await api.payment(lost["begun"]["id"])
    assert waiting["reconciliation"] is not None
    found = await api.opened(**given)
    assert found["payment"]["id"] == lost["begun"]["id"]
    await api.pay(found["payment"]["checkoutUrl"])
    assert (await api.ask(VERIFY, id=lost["begun"]["id"]))["payment"]["status"] == "SUCCEEDED"


async def test_what_the_provider_rejects_is_invalid_and_failed(api: Api) -> None:
    given = {**order(), "metadata": {"mock": "reject"}, "idempotencyKey": "r"}
    answer, again = await api.checkout(**given), await api.checkout(**given)
    assert answer == again and answer["__typename"] == "InvalidInputError"
    (payment,) = (await api.ask("{ payments { nodes { status failure { code } } } }"))["nodes"]
    assert payment == {"status": "FAILED", "failure": {"code": "PROVIDER_REJECTED"}}


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("decline", "CARD_DECLINED"),
        ("insufficient_funds", "INSUFFICIENT_FUNDS"),
        ("authentication_required", "AUTHENTICATION_REQUIRED"),
    ],
)
async def test_a_decline_leaves_the_checkout_open(api: Api, outcome: str, code: str) -> None:
    payment = (await api.opened())["payment"]
    await api.pay(payment["checkoutUrl"], outcome)
    declined = (await api.ask(VERIFY, id=payment["id"]))["payment"]
    assert (declined["status"], declined["failure"]) == ("PENDING", {"code": code})
    await api.pay(payment["checkoutUrl"])
    paid = (await api.ask(VERIFY, id=payment["id"]))["payment"]
    assert (paid["status"], paid["failure"]) == ("SUCCEEDED", None)


async def test_another_amount_is_never_a_success_and_can_be_given_back(api: Api) -> None:
    payment = (await api.opened())["payment"]
    await api.pay(payment["checkoutUrl"], "pay_wrong_amount")
    await api.ask(VERIFY, id=payment["id"])
    held = await api.payment(payment["id"])
    assert (held["status"], held["failure"]["code"], held["actions"]) == (
        "PROCESSING",
        "AMOUNT_MISMATCH",
        ["REFUND"],
    )
    assert (await api.ask(CANCEL, id=payment["id"]))["__typename"] == "PaymentNotCancelableError"
    assert (await api.ask(REFUND, input={"paymentId": payment["id"]}))["payment"]["status"] == "REFUNDED"


async def test_cancel_twice_is_one_cancellation_and_paid_stays_paid(api: Api) -> None:
    payment = (await api.opened())["payment"]
    for _ in range(2):
        answer = await api.ask(CANCEL, id=payment["id"], reason="changed plans")
        assert answer["payment"]["cancellation"] == {"cause": "REQUESTED", "reason": "changed plans"}
    assert len((await api.payment(payment["id"]))["events"]["nodes"]) == 2
    await api.pay(payment["checkoutUrl"], "pay_anyway")
    assert (await api.ask(VERIFY, id=payment["id"]))["payment"]["status"] == "SUCCEEDED", "paid wins"
    refused = await api.ask(CANCEL, id=payment["id"])
    assert (refused["__typename"], refused["payment"]["status"]) == ("PaymentNotCancelableError", "SUCCEEDED")


async def test_two_refunds_at_once_stay_within_what_was_paid(api: Api) -> None:
    payment = (await api.opened(amount={"amount": "100.00"}))["payment"]
    await api.pay(payment["checkoutUrl"])
    await api.ask(VERIFY, id=payment["id"])

    def sixty(key: str) -> dict[str, Any]:
        return {"paymentId": payment["id"], "amount": {"amount": "60.00"}, "idempotencyKey": key}

    both = await asyncio.gather(*(api.ask(REFUND, input=sixty(key)) for key in ("a", "b")))
    kinds = sorted(answer["__typename"] for answer in both)
    assert kinds == ["PaymentNotRefundableError", "RefundPaymentSuccess"]
    (refused,) = (answer for answer in both if answer["__typename"] == "PaymentNotRefundableError")
    assert refused["refundable"] == {"amount": "40.00"}
    rest = await api.ask(REFUND, input={"paymentId": payment["id"]})
    assert (rest["payment"]["status"], rest["payment"]["amountRefunded"]["amount"]) == ("REFUNDED", "100.00")
    whole = await api.payment(payment["id"])
    assert [refund["amount"]["amount"] for refund in whole["refunds"]] == ["60.00", "40.00"]


async def test_a_client_secret_opens_one_payment_and_no_other(api: Api) -> None:
    one, other = await api.opened(), await api.opened()
    mine = await api.ask(PAYMENT, id=one["payment"]["id"], secret=one["clientSecret"])
    assert mine["id"] == one["payment"]["id"]
    assert one["clientSecret"] != other["clientSecret"]


async def test_a_variable_that_was_not_sent_leaves_metadata_without_it(api: Api) -> None:
    """Within a literal; three times, so that it is compiled too."""
    amount, target = 'amount: {amount: "25.00"}', f'reservationId: "{order()["reservationId"]}"'
    text = f"""mutation ($absent: JSON, $there: JSON) {{ checkout(input: {{{amount}, {target}, idempotencyKey: "open",
      metadata: {{list: [1, $absent, [$absent]], gone: $absent, kept: {{gone: $absent, there: $there}}}}}}) {{
      ... on CheckoutSuccess {{ payment {{ metadata }} }} }} }}"""
    for _ in range(3):
        checkout = await api.ask(text, there=[True])
        assert checkout["payment"]["metadata"] == {"list": [1, None, [None]], "kept": {"there": [True]}}


async def test_numbers_of_metadata_come_back_as_they_were_sent(api: Api) -> None:
    numbers = {"numbers": [2**64 - 1, -(2**63), 2**53 + 1, 0.1, 1e18, -1.5]}
    opened = await api.opened(metadata=numbers)
    asked = "query Numbers($id: ID!) { payment(id: $id) { metadata } }"
    assert await api.ask(asked, id=opened["payment"]["id"]) == {"metadata": numbers}
