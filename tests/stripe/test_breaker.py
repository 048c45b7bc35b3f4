"""The circuit breaker, by the clock."""

from datetime import timedelta

import pytest

from providers.breaker import FAILURES, PAUSE, Breaker
from providers.protocol import ProviderDownError
from tests.providers.bench import SettableClock


def broken(clock: SettableClock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.admit()
        breaker.failed()
    return breaker


def test_failures_in_a_row_hold_calls_back_and_say_for_how_long() -> None:
    clock = SettableClock()
    breaker = broken(clock)
    clock.advance(PAUSE - timedelta(seconds=3))
    with pytest.raises(ProviderDownError) as refused:
        breaker.admit()
    assert refused.value.retry_after_seconds == 3


def test_an_answer_in_between_starts_the_count_anew() -> None:
    breaker = Breaker(SettableClock())
    for _ in range(3 * FAILURES):
        breaker.failed()
        breaker.answered()
    breaker.admit()


def test_after_the_pause_one_call_goes_first_and_decides() -> None:
    clock = SettableClock()
    breaker = broken(clock)
    clock.advance(PAUSE)
    breaker.admit()
    with pytest.raises(ProviderDownError):
        breaker.admit()
    breaker.failed()
    with pytest.raises(ProviderDownError):
        breaker.admit()
    clock.advance(PAUSE)
    breaker.admit()
    breaker.answered()
    breaker.admit()
    breaker.admit()


def test_a_trial_that_was_given_up_leaves_room_for_another() -> None:
    clock = SettableClock()
    breaker = broken(clock)
    clock.advance(PAUSE)
    breaker.admit()
    breaker.abandoned()
    breaker.admit()


def test_a_clock_that_is_set_back_does_not_make_the_pause_longer() -> None:
    clock = SettableClock()
    breaker = broken(clock)
    clock.advance(timedelta(minutes=-10))
    with pytest.raises(ProviderDownError):
        breaker.admit()
    clock.advance(PAUSE)
    breaker.admit()
