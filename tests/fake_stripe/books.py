"""What this Stripe holds, and what payers, banks and people at the dashboard do to it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.fake_stripe.errors import invalid, missing

Object = dict[str, Any]
PROBLEMS = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
}


@dataclass
class Books:
    live: bool = False
    now: Callable[[], float] = time.time
    sessions: dict[str, Object] = field(default_factory=dict)
    intents: dict[str, Object] = field(default_factory=dict)
    charges: dict[str, Object] = field(default_factory=dict)
    refunds: dict[str, Object] = field(default_factory=dict)
    disputes: dict[str, Object] = field(default_factory=dict)
    refund_status: str = "succeeded"
    """What the next refunds begin as."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def session(self, id_: str) -> Object:
        if id_ not in self.sessions:
            raise missing("checkout.session", id_)
        return self.sessions[id_]

    def of_payment(self, payment_id: object) -> list[Object]:
        return [s for s in self.sessions.values() if s["client_reference_id"] == str(payment_id)]

    def pay(
        self, session_id: str, *, asynchronous: bool = False, amount: int | None = None, currency: str | None = None
    ) -> Object:
        """The payer pays; `asynchronous` by bank debit. Another amount or currency is what Stripe never does."""
        session = self._open(session_id)
        intent = self._intent(session)
        session["status"], session["url"] = "complete", None
        if amount is not None:
            intent["amount"] = session["amount_total"] = amount
        if currency is not None:
            intent["currency"] = session["currency"] = currency
        if asynchronous:
            intent["status"] = "processing"
        else:
            self.arrive(session_id)
        return session

    def begin(self, session_id: str) -> Object:
        """The payer has confirmed, and the session is not complete yet."""
        session = self._open(session_id)
        self._intent(session)["status"] = "processing"
        return session

    def arrive(self, session_id: str) -> Object:
        """The money of a payment is there."""
        session = self.sessions[session_id]
        intent = self.intents[session["payment_intent"]]
        charge = self._new("ch", "charge", amount=intent["amount"], currency=intent["currency"], status="succeeded")
        charge |= {"payment_intent": intent["id"], "metadata": dict(intent["metadata"]), "paid": True}
        charge |= {"disputed": False, "refunded": False, "amount_refunded": 0}
        self.charges[charge["id"]] = charge
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
        intent["latest_charge"] = charge["id"]
        session["payment_status"] = "paid"
        return charge

    def fail_to_arrive(self, session_id: str) -> Object:
        """A bank debit came back."""
        session = self.sessions[session_id]
        error = {"type": "invalid_request_error", "code": "payment_method_provider_decline", "message": "Returned."}
        self.intents[session["payment_intent"]] |= {"status": "requires_payment_method", "last_payment_error": error}
        return session

    def decline(self, session_id: str, code: str = "card_declined") -> Object:
        """The session stays open: the payer may try another card."""
        session = self._open(session_id)
        error = {"type": "card_error", "code": "card_declined", "decline_code": code, "message": PROBLEMS[code]}
        self._intent(session).update(status="requires_payment_method", last_payment_error=error)
        return session

    def expire(self, session_id: str) -> Object:
        session = self._open(session_id)
        session["status"], session["url"] = "expired", None
        return session

    def refund(self, intent_id: str, amount: int | None, metadata: Object) -> Object:
        intent = self.intents.get(intent_id)
        if intent is None:
            raise missing("payment_intent", intent_id)
        if intent["status"] != "succeeded":
            raise invalid("This PaymentIntent does not have a successful charge to refund.", "payment_intent")
        charge = self.charges[intent["latest_charge"]]
        left = charge["amount"] - self._given_back(charge)
        if left == 0:
            raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        amount = left if amount is None else amount
        if amount > left:
            raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount")
        made = self._new("re", "refund", amount=amount, currency=charge["currency"], status=self.refund_status)
        made |= {"charge": charge["id"], "payment_intent": intent_id, "metadata": metadata}
        self.refunds[made["id"]] = made
        self._sum(charge)
        return made

    def end_refund(self, refund_id: str, status: str) -> Object:
        refund = self.refunds[refund_id]
        refund["status"] = status
        self._sum(self.charges[refund["charge"]])
        return refund

    def dispute(self, session_id: str) -> Object:
        intent = self.intents[self.sessions[session_id]["payment_intent"]]
        charge = self.charges[intent["latest_charge"]]
        charge["disputed"] = True
        made = self._new("dp", "dispute", amount=charge["amount"], currency=charge["currency"], status="needs_response")
        made |= {"charge": charge["id"], "payment_intent": intent["id"], "metadata": {}}
        self.disputes[made["id"]] = made
        return made

    def open_session(self, params: Object, amount: int, currency: str) -> Object:
        made = self._new("cs_live" if self.live else "cs_test", "checkout.session", currency=currency, status="open")
        made |= {"amount_total": amount, "amount_subtotal": amount, "payment_status": "unpaid", "payment_intent": None}
        made |= {"mode": "payment", "expires_at": int(params["expires_at"]), "metadata": params.get("metadata", {})}
        made |= {name: params.get(name) for name in ("client_reference_id", "customer_email")}
        made |= {name: params.get(name) for name in ("success_url", "cancel_url")}
        made["url"] = f"https://checkout.stripe.com/c/pay/{made['id']}"
        made["_intent_data"] = params.get("payment_intent_data", {})
        self.sessions[made["id"]] = made
        return made

    def _open(self, session_id: str) -> Object:
        session = self.session(session_id)
        if session["status"] != "open":
            said = f'Only Checkout Sessions with a status in ["open"] can be expired. This has {session["status"]}.'
            raise invalid(said)
        return session

    def _intent(self, session: Object) -> Object:
        """Made when somebody first tries to pay, as Stripe does since 2022."""
        if session["payment_intent"] is None:
            data = session["_intent_data"]
            made = self._new("pi", "payment_intent", amount=session["amount_total"], currency=session["currency"])
            made |= {"status": "requires_payment_method", "amount_received": 0, "latest_charge": None}
            made |= {"last_payment_error": None, "metadata": dict(data.get("metadata", {}))}
            made["description"] = data.get("description")
            self.intents[made["id"]] = made
            session["payment_intent"] = made["id"]
        return self.intents[session["payment_intent"]]

    def _given_back(self, charge: Object) -> int:
        mine = [refund for refund in self.refunds.values() if refund["charge"] == charge["id"]]
        return sum(refund["amount"] for refund in mine if refund["status"] not in ("failed", "canceled"))

    def _sum(self, charge: Object) -> None:
        charge["amount_refunded"] = self._given_back(charge)
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]

    def _new(self, prefix: str, kind: str, **fields: Any) -> Object:
        number = next(self._numbers)
        return {
            "id": f"{prefix}_{number:08d}",
            "object": kind,
            "created": int(self.now()),
            "livemode": self.live,
            **fields,
            "_number": number,
        }
