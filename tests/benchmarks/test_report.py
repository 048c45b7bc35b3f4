"""What a reader of the results sees is what was found."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.contenders import MERCURIUS, OURS
from benchmarks.load import Measured, middle
from benchmarks.picture import picture
from benchmarks.queries import goal_of, section
from benchmarks.report import BEGIN, END, report, said, with_goals
from benchmarks.section import Bars
from benchmarks.workloads import W1

THEIRS = Measured(rate=1000, p50=2, p99=5, cpu=900)
ENOUGH = Measured(rate=1500, p50=1, p99=5, cpu=500)
README = Path(__file__).parents[2] / "README.md"


def compared(ours: Measured) -> dict[tuple[str, str], list[Measured]]:
    """Three rounds on a machine that is half as fast in the first one, and where theirs was disturbed in the last."""
    return {
        (OURS.name, W1.name): [replace(ours, rate=ours.rate / 2), ours, ours],
        (MERCURIUS.name, W1.name): [replace(THEIRS, rate=500), THEIRS, replace(THEIRS, rate=900)],
    }


@pytest.mark.parametrize(
    ("ours", "reached"),
    [(ENOUGH, True), (replace(ENOUGH, rate=1499), False), (replace(ENOUGH, p99=5.1), False)],
)
def test_a_goal_is_reached_by_the_rate_and_the_slowest(ours: Measured, reached: bool) -> None:
    goal = goal_of(W1, compared(ours))
    assert goal.reached is reached
    assert said(goal).endswith("MISSED") is not reached


def test_a_missed_goal_is_said_to_be_missed() -> None:
    missed = section((OURS, MERCURIUS), (W1,), compared(replace(ENOUGH, rate=1400)))
    text = report([missed], "a machine", "graphql 16")
    assert "**missed**: 1.40 ×" in text and "a machine" in text
    assert f"| {OURS.title} | 1,400 | 1.40 | 1.0 | 5.0 | 500 |" in text
    assert f"| {MERCURIUS.title} | 900 | 1.00 | 2.0 | 5.0 | 900 |" in text


def test_the_readme_takes_the_table_and_keeps_the_rest() -> None:
    found = section((OURS, MERCURIUS), (W1,), compared(ENOUGH))
    before = README.read_text()
    once = with_goals(before, [found], "a machine")
    assert "1.50 ×" in once and with_goals(once, [found], "a machine") == once
    assert once.partition(BEGIN)[0] == before.partition(BEGIN)[0]
    assert once.partition(END)[2] == before.partition(END)[2]


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    drawn = ElementTree.fromstring(picture([Bars("A & B", "/s", (("ours", 300.0), ("theirs", 100.0)))]))
    ours, theirs = (float(bar.attrib["width"]) for bar in drawn.iter("{http://www.w3.org/2000/svg}rect"))
    assert ours == pytest.approx(3 * theirs, abs=3)


def test_the_middle_is_of_each_figure() -> None:
    rounds = [replace(THEIRS, rate=rate, p99=p99) for rate, p99 in ((1, 9), (3, 7), (2, 8))]
    assert middle(rounds) == replace(THEIRS, rate=2, p99=8)
