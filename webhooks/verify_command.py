"""`python -m webhooks verify`: which signatures of a request hold, and why the others do not."""

import sys
from collections.abc import Iterable
from datetime import datetime

from data.secret import Secret
from webhooks.raw_request import NoRequestError, read_request
from webhooks.signature import STANDARD_SIGNATURE
from webhooks.verification import Refusal, Verdict, holds
from webhooks.verification import verify as verdicts_of

WORDS = {
    Refusal.MISSING: "is not there",
    Refusal.MALFORMED: "is no signature",
    Refusal.TOO_OLD: "is right, and more than five minutes old",
    Refusal.TOO_NEW: "is right, and from the future by more than five minutes",
    Refusal.NO_KEY: "cannot be checked: this secret is not base64 of 16 bytes or more",
    Refusal.WRONG: "is wrong: another secret, or the body is not byte for byte what was sent",
}


def verify(secret: Secret, raw: bytes, now: datetime) -> int:
    """0 when a signature holds, 1 when none does, 2 where there is no request."""
    try:
        headers, body = read_request(raw)
    except NoRequestError as error:
        print(error, file=sys.stderr)
        return 2
    verdicts = verdicts_of(headers, body, [secret], now)
    print("\n".join(lines(verdicts)))
    return 0 if holds(verdicts) else 1


def lines(verdicts: Iterable[Verdict]) -> list[str]:
    return [f"{one.header} ({_family(one.header)}) {_said(one)}" for one in verdicts]


def _family(header: str) -> str:
    return "Standard Webhooks" if header == STANDARD_SIGNATURE else "older family"


def _said(verdict: Verdict) -> str:
    return "holds" if verdict.refusal is None else WORDS[verdict.refusal]
