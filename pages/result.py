"""The page a payer comes back to where nobody named another one: what happened, in one sentence."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.payment import Payment
from data.status import Status
from pages.page import TEMPLATES, headers
from resolvers.result import result
from resolvers.runtime import Runtime

WORDS = {
    Status.PENDING: ("Not paid yet", "We have no payment so far. You can go back and try again."),
    Status.PROCESSING: ("On its way", "Your payment is being processed. This page follows it."),
    Status.SUCCEEDED: ("Paid", "Thank you. Your payment has arrived."),
    Status.FAILED: ("Not paid", "The payment did not go through. Nothing was charged."),
    Status.CANCELED: ("Canceled", "This payment was canceled. Nothing was charged."),
    Status.REFUNDED: ("Refunded", "The whole amount went back to you."),
}
SIGNS = {
    Status.SUCCEEDED: "done",
    Status.FAILED: "not-done",
    Status.CANCELED: "not-done",
    Status.REFUNDED: "back",
}
"""What the page shows above its words; a clock while the outcome is open."""
WRONG_AMOUNT = ("Another amount came in", "We have received your money, and will contact you or send it back.")


def result_route(runtime: Runtime) -> Route:
    async def show(request: Request) -> Response:
        payment = await _payment(runtime, request)
        if payment is None:
            return TEMPLATES.TemplateResponse(request, "unknown.html", status_code=404, headers=headers())
        title, sentence = WRONG_AMOUNT if payment.wrong_amount else WORDS[payment.status]
        shown = {
            "title": title,
            "sentence": sentence,
            "payment": payment,
            "sign": "waiting" if payment.wrong_amount else SIGNS.get(payment.status, "waiting"),
            "waiting": payment.status in (Status.PENDING, Status.PROCESSING) and not payment.wrong_amount,
        }
        return TEMPLATES.TemplateResponse(request, "result.html", shown, headers=headers())

    return Route("/payments/{payment_id}/result/{proof}", show, name="result")


async def _payment(runtime: Runtime, request: Request) -> Payment | None:
    try:
        payment_id = UUID(request.path_params["payment_id"])
    except ValueError:
        return None
    return await result(runtime, payment_id, request.path_params["proof"])
