"""The mock provider's checkout page: what is to be paid, and buttons for everything that can happen."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from data.mock_provider import MockCheckout
from endpoints.body import BodyTooLargeError, limited
from pages.page import TEMPLATES, headers
from providers.mock import CHECKOUT_PATH, MockProvider, Played
from providers.mock_outcomes import ACTS, Outcome
from providers.protocol import CheckoutState

MAX_FORM_BYTES = 4096
SESSION_PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
"""In the success URL it stands for the provider's own id, as it does at Stripe."""
UNKNOWN_OUTCOME = f"The form field `outcome` is one of {', '.join(Outcome)}."
UNPAID = (CheckoutState.OPEN, CheckoutState.FAILED)
"""Where the last decline is worth telling."""


@dataclass(frozen=True, slots=True)
class Choice:
    outcome: Outcome
    label: str
    hint: str


DECLINES = (
    Choice(Outcome.DECLINE, "Card declined", "You may try again."),
    Choice(Outcome.INSUFFICIENT_FUNDS, "Not enough money", "You may try again."),
    Choice(Outcome.AUTHENTICATION_REQUIRED, "Bank check failed", "You may try again."),
    Choice(Outcome.FAIL, "Refused for good", "The payment ends as failed."),
)
ODDITIES = (
    Choice(Outcome.PAY_LATE, "Pay, arrives late", "On its way first, paid after 5 seconds."),
    Choice(Outcome.PAY_SILENTLY, "Pay, tell nobody", "Only a verify or the reconciler finds out."),
    Choice(Outcome.PAY_TWICE, "Pay, tell twice", "The same report arrives twice at once."),
    Choice(Outcome.PAY_WRONG_AMOUNT, "Pay another amount", "Stays processing until it is refunded."),
)
ANYWAY = Choice(Outcome.PAY_ANYWAY, "Pay anyway", "As if it had been paid just before it ended.")
WORDS = {
    CheckoutState.OPEN: ("Pay", ""),
    CheckoutState.PROCESSING: ("On its way", "You have paid, and the money is on its way. It takes a few seconds."),
    CheckoutState.PAID: ("Paid", "Thank you. Your payment has arrived."),
    CheckoutState.FAILED: ("Not paid", "The payment did not go through. Nothing was charged."),
    CheckoutState.EXPIRED: ("No longer open", "This checkout has expired or was canceled. Nothing was charged."),
}
CANCELED = ("Canceled", "You canceled this payment. Nothing was charged.")


def checkout_routes(provider: MockProvider) -> list[Route]:
    async def show(request: Request) -> Response:
        checkout = await provider.look(_id(request))
        return _unknown(request) if checkout is None else _page(request, checkout)

    async def act(request: Request) -> Response:
        outcome = await _outcome(request)
        if outcome is None:
            checkout = await provider.look(_id(request))
            return _unknown(request) if checkout is None else _page(request, checkout, 400, UNKNOWN_OUTCOME)
        played = await provider.play(_id(request), outcome)
        return _unknown(request) if played is None else _went(request, played, outcome)

    async def answer(request: Request) -> Response:
        return await (act if request.method == "POST" else show)(request)

    return [Route(CHECKOUT_PATH, answer, methods=["GET", "POST"])]


def _id(request: Request) -> str:
    """What cannot be an id is none."""
    given: str = request.path_params["checkout_id"]
    return given if given.isascii() and given.isprintable() else ""


async def _outcome(request: Request) -> Outcome | None:
    try:
        async with limited(request, MAX_FORM_BYTES).form(max_files=0) as form:
            return Outcome(str(form.get("outcome")))
    except ValueError:
        return None
    except BodyTooLargeError as error:
        raise HTTPException(413, f"The form is over {MAX_FORM_BYTES} bytes") from error


def _went(request: Request, played: Played, outcome: Outcome) -> Response:
    """Back to the shop, where that is what this outcome leads to; a second click on the same button leads there too."""
    checkout, act = played.checkout, ACTS[outcome]
    if not played.accepted and checkout.state != act.leads_to:
        return _page(request, checkout, 409)
    if checkout.state == CheckoutState.OPEN:
        return _page(request, checkout)
    url = checkout.success_url if act.pays else checkout.cancel_url
    to = url.replace(SESSION_PLACEHOLDER, checkout.id)
    return RedirectResponse(to, 303, headers()) if to else _page(request, checkout)


def _page(request: Request, checkout: MockCheckout, status: int = 200, problem: str | None = None) -> Response:
    state = CheckoutState(checkout.state)
    title, sentence = CANCELED if checkout.closed_by_payer else WORDS[state]
    shown = {
        "title": title,
        "sentence": sentence,
        "checkout": checkout,
        "state": state,
        "problem": problem or (checkout.decline_message if state in UNPAID else None),
        "back_to": _shop(request, checkout),
        "declines": DECLINES,
        "oddities": ODDITIES,
        "anyway": ANYWAY if ACTS[Outcome.PAY_ANYWAY].possible_in - {CheckoutState.OPEN} >= {state} else None,
    }
    allowed = headers((checkout.success_url, checkout.cancel_url))
    return TEMPLATES.TemplateResponse(request, "checkout.html", shown, status, allowed)


def _shop(request: Request, checkout: MockCheckout) -> str | None:
    """Where the payer came from, unless that is only our own page, which says what happened."""
    to = urlsplit(checkout.success_url)
    return None if to.netloc == request.url.netloc else to.hostname


def _unknown(request: Request) -> Response:
    return TEMPLATES.TemplateResponse(request, "no_checkout.html", status_code=404, headers=headers())
