"""Stripe's webhooks: events about objects, signed as Stripe signs them."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from itertools import count

from tests.fake_stripe.books import Books, Object
from tests.fake_stripe.shown import shown

SECRET = "whsec_of_the_tests"


@dataclass(frozen=True)
class Webhook:
    headers: dict[str, str]
    body: bytes


def signature(body: bytes, secret: str, at: int) -> str:
    """Written down from https://docs.stripe.com/webhooks#verify-manually, not taken from the library."""
    return hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()


def signed(body: bytes, at: int, *secrets: str) -> Webhook:
    signatures = ",".join(f"v1={signature(body, secret, at)}" for secret in secrets or (SECRET,))
    return Webhook({"stripe-signature": f"t={at},{signatures}", "content-type": "application/json"}, body)


@dataclass
class Events:
    books: Books
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def about(self, made: Object, type_: str, *secrets: str, id_: str | None = None) -> Webhook:
        """`made` as it is now; an object that changes later is an old event's body."""
        event = {
            "id": id_ or f"evt_{next(self._numbers):08d}",
            "object": "event",
            "api_version": "2020-08-27",
            "created": int(self.books.now()),
            "livemode": self.books.live,
            "type": type_,
            "data": {"object": shown(self.books, made)},
        }
        return signed(json.dumps(event, indent=2).encode(), int(self.books.now()), *secrets)
