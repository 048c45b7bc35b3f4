"""The routes about payments."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from resolvers.caller import Caller
from rest import shapes
from rest.body import checkout_input, idempotency_key, object_of, text_of
from rest.envelope import NOT_FOUND, Refused, done, of_refusal
from rest.stored import Stored


async def create(stored: Stored, request: Request, caller: Caller) -> Response:
    given = checkout_input(await object_of(request), idempotency_key(request))
    answer = _success((await stored.run(request, caller, "checkout", input=given))["checkout"], "CheckoutSuccess")
    return done("Payment created", shapes.opened(answer), 201)


async def show(stored: Stored, request: Request, caller: Caller) -> Response:
    node = (await stored.run(request, caller, "payment", id=_id(request)))["payment"]
    if node is None:
        raise Refused(404, NOT_FOUND)
    return done("Payment found", shapes.payment(node))


async def of_reservation(stored: Stored, request: Request, caller: Caller) -> Response:
    nodes = await stored.all_pages(request, caller, "payments_of_reservation", id=_id(request))
    return done("Payments found", [shapes.payment(node) for node in nodes])


async def verify(stored: Stored, request: Request, caller: Caller) -> Response:
    await object_of(request)
    data = await stored.run(request, caller, "verify", input={"paymentId": _id(request)})
    return done("Payment verified", shapes.verified(_success(data["verifyPayment"], "VerifyPaymentSuccess")))


async def cancel(stored: Stored, request: Request, caller: Caller) -> Response:
    reason = text_of(await object_of(request), "reason")
    data = await stored.run(request, caller, "cancel", input={"paymentId": _id(request), "reason": reason})
    answer = _success(data["cancelPayment"], "CancelPaymentSuccess", "PaymentNotCancelableError")
    node, canceled = answer["payment"], answer["__typename"] == "CancelPaymentSuccess"
    shown = {"payment_id": node["id"], "status": shapes.word(node["status"]), "canceled": canceled}
    return done("Payment canceled" if canceled else answer["message"], shown)


async def refund(stored: Stored, request: Request, caller: Caller) -> Response:
    said = await object_of(request)
    if "amount" in said:
        raise Refused(422, "amount: this route gives back all that is left; GraphQL's refundPayment takes a part")
    given = {"paymentId": _id(request), "reason": text_of(said, "reason"), "idempotencyKey": idempotency_key(request)}
    data = await stored.run(request, caller, "refund", input=given)
    answer = _success(data["refundPayment"], "RefundPaymentSuccess", "PaymentNotRefundableError")
    made = answer.get("refund") or {"id": None, "status": "FAILED"}
    refunded = made["status"] == "SUCCEEDED"
    shown = {
        "payment_id": answer["payment"]["id"],
        "status": shapes.word(answer["payment"]["status"]),
        "refund_id": made["id"],
        "refunded": refunded,
        "error_message": answer.get("message"),
    }
    return done("Payment refunded" if refunded else answer.get("message") or "The refund is on its way", shown)


def _id(request: Request) -> str:
    return str(request.path_params["id"])


def _success(answer: dict[str, Any], *kinds: str) -> dict[str, Any]:
    """Raises Refused for an answer of any other kind."""
    if answer["__typename"] not in kinds:
        raise of_refusal(answer)
    return answer
