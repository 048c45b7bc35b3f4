"""Every time that the README promises is the one that is kept."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from data import database, migrate
from resolvers import next_look
from webhooks import replay, schedule, sender, sending

TEXT = " ".join((Path(__file__).parents[2] / "README.md").read_text().split())
KEPT = {
    r"waits for nobody's table longer than (\d+ s) at a time": timedelta(seconds=migrate.LOCK_SECONDS),
    r"with any 2xx within (\d+ seconds)": timedelta(seconds=sender.TIME_LIMIT_SECONDS),
    r"each waiting for the one before for (\w+ minutes) at most": sending.IN_ORDER,
    r"After (\d+ days) of nothing but failures": sending.PATIENCE,
    r"kept back, and tried (\w+) with one": sending.PROBE,
    r"signed by the old and the new one for (\d+ hours)": sending.OVERLAP,
    r"After 429, 502, 504 or a time-out it is (\d+ s) at least": schedule.OVERLOADED_WAIT,
    r"What was missed in the last (\d+ days) can be sent again": replay.LONGEST,
    r"it is asked about again: after (\d+ seconds), then slower": next_look.FIRST_LOOK,
    r"then slower, (\w+) after a week": next_look.DAILY,
    r"then slower, daily after (a week)": next_look.OVERDUE_AFTER,
}
"""What the README says in parentheses, and what that is in the code."""
UNITS = {
    "s": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
WORDS = {"hourly": "1 hour", "daily": "1 day", "a week": "1 week", "ten minutes": "10 minutes"}


@pytest.mark.parametrize(("said", "kept"), KEPT.items(), ids=KEPT)
def test_it_is_kept(said: str, kept: timedelta) -> None:
    (words,) = re.findall(said, TEXT)
    number, unit = WORDS.get(words, words).split()
    assert int(number) * UNITS[unit.removesuffix("s") or unit] == kept


def test_so_many_connections_are_taken() -> None:
    assert f"{database.TRANSACTIONS} for transactions, {database.READS} for reading" in TEXT


def test_the_waits_of_a_delivery_are_bounded_as_it_says() -> None:
    assert "each wait up to a fifth shorter or longer" in TEXT and schedule.JITTER == 1 / 5
    assert "`Retry-After` is obeyed within one to two times the wait" in TEXT and schedule.RETRY_AFTER_STEPS == 2
