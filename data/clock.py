"""Time comes in as an argument, so that a run can be repeated."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the instant it is called at, in UTC."""


def instant(text: str) -> datetime:
    """Of ISO 8601, a date alone too; UTC where no zone is said. Raises ValueError."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def system_clock() -> datetime:
    return datetime.now(UTC)
