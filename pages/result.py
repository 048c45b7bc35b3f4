"""The page a payer comes back to where nobody named another one: what happened, in one sentence."""

from pathlib import Path
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from data.payment import Payment
from data.status import Status
from resolvers.result import result
from resolvers.runtime import Runtime

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
}
WORDS = {
    Status.PENDING: ("Not paid yet", "We have no payment so far. You can go back and try again."),
    Status.PROCESSING: ("On its way", "Your payment is being processed. This page follows it."),
    Status.SUCCEEDED: ("Paid", "Thank you. Your payment has arrived."),
    Status.FAILED: ("Not paid", "The payment did not go through. Nothing was charged."),
    Status.CANCELED: ("Canceled", "This payment was canceled. Nothing was charged."),
    Status.REFUNDED: ("Refunded", "The whole amount went back to you."),
}
WRONG_AMOUNT = ("Another amount came in", "We have received your money, and will contact you or send it back.")

_templates = Jinja2Templates(Path(__file__).parent / "templates")


def result_route(runtime: Runtime) -> Route:
    async def show(request: Request) -> Response:
        payment = await _payment(runtime, request)
        if payment is None:
            return _templates.TemplateResponse(request, "unknown.html", status_code=404, headers=HEADERS)
        title, sentence = WRONG_AMOUNT if payment.wrong_amount else WORDS[payment.status]
        shown = {
            "title": title,
            "sentence": sentence,
            "payment": payment,
            "waiting": payment.status in (Status.PENDING, Status.PROCESSING) and not payment.wrong_amount,
        }
        return _templates.TemplateResponse(request, "result.html", shown, headers=HEADERS)

    return Route("/payments/{payment_id}/result/{proof}", show, name="result")


async def _payment(runtime: Runtime, request: Request) -> Payment | None:
    try:
        payment_id = UUID(request.path_params["payment_id"])
    except ValueError:
        return None
    return await result(runtime, payment_id, request.path_params["proof"])
