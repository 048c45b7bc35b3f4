"""When a delivery is tried again: a table and a pure function."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random

from data.attempt import Attempt, AttemptError

STEPS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""What is waited after the first attempt, the second and so on: 10 attempts over 75 h 35 min."""
MAX_ATTEMPTS = len(STEPS) + 1
JITTER = 0.2
OVERLOADED = frozenset({429, 502, 504})
"""Answers that ask for less."""
OVERLOADED_WAIT = timedelta(seconds=60)
"""After one of them, or a time-out, at least this long, whatever the step."""
RETRY_AFTER_STEPS = 2
"""`Retry-After` is obeyed from one to this many times the step."""

_SECONDS = re.compile(r"[0-9]{1,9}")


def next_wait(tried: int, attempt: Attempt, random: Random, scale: float = 1.0) -> timedelta | None:
    """How long to wait after the `tried`-th attempt (from 1), which failed; None when it was the last.

    `scale` shortens all but `Retry-After`, which is the partner's own and kept within the shortened bounds.
    """
    if tried >= MAX_ATTEMPTS:
        return None
    step = STEPS[tried - 1] * scale
    wait = step * random.uniform(1 - JITTER, 1 + JITTER)
    asked = retry_after(attempt.retry_after, attempt.started_at + timedelta(milliseconds=attempt.duration_ms))
    if asked is not None:
        wait = min(max(asked, step), step * RETRY_AFTER_STEPS)
    if attempt.response_status in OVERLOADED or attempt.error is AttemptError.TIMEOUT:
        wait = max(wait, OVERLOADED_WAIT * scale)
    return wait


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """RFC 9110: seconds, or an HTTP date. None where it says nothing that can be understood."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
        return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now, timedelta(0))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
