"""What is checked of a value wherever it comes in: a refusal names its path, and nothing has been written yet."""

import re
from decimal import Decimal

from data.money import Money, MoneyError, charge_of

MAX_TEXT = 255
"""Characters in a payer's e-mail and name and in an idempotency key."""
MAX_REASON = 500
"""Characters of why a payment is canceled or refunded."""
_NOT_STORED = re.compile("[\0\ud800-\udfff]")


class InputError(ValueError):
    """A value that cannot be taken; the text is fit to show, `path` runs from `input`."""

    def __init__(self, message: str, *path: str) -> None:
        super().__init__(message)
        self.path = ("input", *path)


def charged(amount: Decimal, currency: str) -> Money:
    try:
        return charge_of(amount, currency)
    except MoneyError as error:
        raise InputError(str(error), "amount") from error


def check_key(key: str | None) -> None:
    check_text(key, MAX_TEXT, "idempotencyKey")
    if key == "":
        raise InputError("An idempotency key is not empty", "idempotencyKey")


def check_text(text: str | None, longest: int, *path: str) -> None:
    if text is None:
        return
    if len(text) > longest:
        raise InputError(f"{path[-1]} is at most {longest} characters", *path)
    if not storable(text):
        raise InputError(f"{path[-1]} has a character that cannot be stored", *path)


def storable(text: str) -> bool:
    """PostgreSQL keeps neither NUL nor half a surrogate pair."""
    return _NOT_STORED.search(text) is None
