"""Where a payment can be, and every way between: the one table that Python, PostgreSQL and the documents follow."""

from enum import StrEnum


class Status(StrEnum):
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    REFUNDED = "REFUNDED"


class Guard(StrEnum):
    """What must hold besides the two statuses."""

    ALWAYS = "ALWAYS"
    RIGHT_AMOUNT = "RIGHT_AMOUNT"
    """No other amount or currency has come in."""
    WRONG_AMOUNT = "WRONG_AMOUNT"
    """Another amount or currency has come in (`failure.code` AMOUNT_MISMATCH)."""


FINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELED, Status.REFUNDED})

TRANSITIONS: dict[tuple[Status, Status], Guard] = {
    (Status.PENDING, Status.PROCESSING): Guard.ALWAYS,
    (Status.PENDING, Status.SUCCEEDED): Guard.RIGHT_AMOUNT,
    (Status.PENDING, Status.FAILED): Guard.RIGHT_AMOUNT,
    (Status.PENDING, Status.CANCELED): Guard.RIGHT_AMOUNT,
    (Status.PROCESSING, Status.SUCCEEDED): Guard.RIGHT_AMOUNT,
    (Status.PROCESSING, Status.FAILED): Guard.RIGHT_AMOUNT,
    (Status.PROCESSING, Status.CANCELED): Guard.RIGHT_AMOUNT,
    (Status.PROCESSING, Status.REFUNDED): Guard.WRONG_AMOUNT,
    (Status.SUCCEEDED, Status.REFUNDED): Guard.RIGHT_AMOUNT,
    # Only on the provider's word, and with a warning in the log:
    (Status.FAILED, Status.SUCCEEDED): Guard.RIGHT_AMOUNT,
    (Status.CANCELED, Status.SUCCEEDED): Guard.RIGHT_AMOUNT,
    (Status.FAILED, Status.PROCESSING): Guard.WRONG_AMOUNT,
    (Status.CANCELED, Status.PROCESSING): Guard.WRONG_AMOUNT,
    (Status.REFUNDED, Status.SUCCEEDED): Guard.RIGHT_AMOUNT,
    (Status.REFUNDED, Status.PROCESSING): Guard.WRONG_AMOUNT,
}
"""(from, to) → what must hold once the change is made. A pair that is not here does not happen."""

ON_PROVIDERS_WORD = frozenset(pair for pair in TRANSITIONS if pair[0] in FINAL - {Status.SUCCEEDED})
"""Changes of a payment that was already over: made only because the provider says so."""


def allowed(old: Status, new: Status, *, wrong_amount: bool) -> bool:
    """Whether a payment may go from `old` to `new`. Staying is not a transition: it changes nothing."""
    guard = TRANSITIONS.get((old, new))
    if guard is None:
        return False
    return guard is Guard.ALWAYS or (guard is Guard.WRONG_AMOUNT) == wrong_amount
