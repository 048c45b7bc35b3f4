"""When the provider is asked again: soon at first, then slower, daily after a week, never given up."""

from datetime import datetime, timedelta

from data.payment import Payment
from data.status import Status

FIRST_LOOK = timedelta(seconds=13)
"""With the reconciler's own pace, the first look is within 15 s."""
LONGEST_PAUSE = timedelta(hours=1)
OVERDUE_AFTER = timedelta(days=7)
"""After this an operator is told at every look."""
DAILY = timedelta(days=1)


def pause(since: datetime, now: datetime) -> timedelta:
    """As long as it has lasted already: each look doubles the age."""
    age = now - since
    if age >= OVERDUE_AFTER:
        return DAILY
    return min(max(age, FIRST_LOOK), LONGEST_PAUSE)


def overdue(since: datetime, now: datetime) -> bool:
    return now - since >= OVERDUE_AFTER


def next_look(payment: Payment, refund_waits_since: datetime | None, now: datetime) -> datetime | None:
    """None where there is nothing to find out. An open checkout is looked at when it expires at the latest."""
    if payment.unknown_since is not None:
        return now + pause(payment.unknown_since, now)
    if refund_waits_since is not None:
        return now + pause(refund_waits_since, now)
    if payment.status is Status.PENDING and payment.expires_at is not None:
        due = now + pause(payment.created_at, now)
        return due if now >= payment.expires_at else min(due, payment.expires_at)
    if payment.status is Status.PROCESSING and not payment.wrong_amount:
        return now + pause(payment.created_at, now)
    return None
