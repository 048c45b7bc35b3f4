"""The schedule as a table."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.attempt import Attempt, AttemptError
from webhooks.schedule import MAX_ATTEMPTS, STEPS, next_wait, retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, MINUTE, SECOND = 3600, 60, 1


class Middle(Random):
    """No jitter."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def failed(status: int | None = 500, error: AttemptError = AttemptError.HTTP_5XX, after: str | None = None) -> Attempt:
    return Attempt(NOW, 0, status, "", error, after)


@pytest.mark.parametrize(
    ("tried", "seconds"),
    [
        (1, 5 * SECOND),
        (2, 5 * MINUTE),
        (3, 30 * MINUTE),
        (4, 2 * HOUR),
        (5, 5 * HOUR),
        (6, 10 * HOUR),
        (7, 14 * HOUR),
        (8, 20 * HOUR),
        (9, 24 * HOUR),
        (10, None),
        (11, None),
    ],
)
def test_ten_attempts(tried: int, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert next_wait(tried, failed(), Middle()) == expected


def test_over_75_hours_and_35_minutes() -> None:
    assert MAX_ATTEMPTS == 10
    assert sum(STEPS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(
    ("tried", "attempt", "seconds"),
    [
        (1, failed(429), 60),
        (1, failed(502), 60),
        (1, failed(504), 60),
        (1, failed(None, AttemptError.TIMEOUT), 60),
        (1, failed(503), 5),
        (1, failed(500), 5),
        (1, failed(404, AttemptError.HTTP_4XX), 5),
        (1, failed(302, AttemptError.REDIRECT), 5),
        (1, failed(None, AttemptError.DNS), 5),
        (1, failed(None, AttemptError.CONNECT), 5),
        (1, failed(None, AttemptError.TLS), 5),
        (1, failed(None, AttemptError.BLOCKED_ADDRESS), 5),
        (2, failed(429), 300),
        (2, failed(503, after="0"), 300),
        (2, failed(503, after="299"), 300),
        (2, failed(503, after="400"), 400),
        (2, failed(503, after="86400"), 600),
        (2, failed(503, after="Sun, 01 Mar 2026 12:07:30 GMT"), 450),
        (2, failed(503, after="Sun, 01 Mar 2020 12:00:00 GMT"), 300),
        (2, failed(503, after="soon"), 300),
        (1, failed(429, after="7"), 60),
        (1, failed(503, after="7"), 7),
        (10, failed(503, after="7"), None),
    ],
)
def test_what_the_partner_asks_for(tried: int, attempt: Attempt, seconds: float | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert next_wait(tried, attempt, Middle()) == expected


def test_the_scale_shortens_steps_and_floors_and_keeps_the_order() -> None:
    assert next_wait(1, failed(), Middle(), 0.001) == timedelta(milliseconds=5)
    assert next_wait(9, failed(), Middle(), 0.001) == timedelta(seconds=86.4)
    assert next_wait(1, failed(429), Middle(), 0.001) == timedelta(milliseconds=60)
    assert next_wait(1, failed(503, after="3600"), Middle(), 0.001) == timedelta(milliseconds=10)


@given(st.integers(1, 9), st.integers())
def test_the_jitter_is_a_fifth_either_way(tried: int, seed: int) -> None:
    wait = next_wait(tried, failed(), Random(seed))
    assert wait is not None
    assert 0.8 * STEPS[tried - 1] <= wait <= 1.2 * STEPS[tried - 1]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 120 ", 120),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 5000, None),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30),
        ("Sun, 99 Mar 2026 12:00:30 GMT", None),
        ("\x00", None),
    ],
)
def test_retry_after(header: str | None, seconds: int | None) -> None:
    assert retry_after(header, NOW) == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text())
def test_no_header_breaks_it(header: str) -> None:
    wait = next_wait(1, failed(after=header), Random(1))
    assert wait is not None
    assert wait <= timedelta(seconds=10)
