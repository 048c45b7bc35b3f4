"""Time comes in as an argument, so that a run can be repeated."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the instant it is called at, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)
