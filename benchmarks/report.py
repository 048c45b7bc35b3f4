"""`results.md`, `results.svg`, and the table in the README: what was measured, and which goals it reaches."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.picture import picture
from benchmarks.section import Goal, Section, Table

BEGIN, END = "<!-- make bench -->", "<!-- end of make bench -->"
"""Around what is written anew in the README."""
SHOWN = """
![Requests a second, beside other servers](benchmarks/results.svg)

{table}

All figures: [benchmarks/results.md](benchmarks/results.md). {machine}
"""
GOALS = ("", "here", "beside it", "goal", "found")


def write_report(folder: Path, readme: Path, sections: Sequence[Section], machine: str, versions: str) -> None:
    (folder / "results.md").write_text(report(sections, machine, versions))
    (folder / "results.svg").write_text(picture([bars for section in sections for bars in section.bars]))
    readme.write_text(with_goals(readme.read_text(), sections, machine))


def report(sections: Sequence[Section], machine: str, versions: str) -> str:
    parts = ["# Speed", machine, versions + ".", goals_table(sections)]
    for section in sections:
        parts += [f"## {section.title}", section.about]
        for table in section.tables:
            parts += [f"### {table.title}"] if table.title else []
            parts.append(markdown(table))
    return "\n\n".join(parts) + "\n"


def with_goals(readme: str, sections: Sequence[Section], machine: str) -> str:
    """Raises ValueError where the README has no place for it."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no {BEGIN} and {END}")
    return f"{before}{begin}{SHOWN.format(table=goals_table(sections), machine=machine)}{end}{after}"


def goals_table(sections: Sequence[Section]) -> str:
    return markdown(Table("", GOALS, tuple(_row(goal) for section in sections for goal in section.goals)))


def markdown(table: Table) -> str:
    """The first column to the left, figures to the right."""
    rule = "|---|" + "---:|" * (len(table.head) - 1)
    lines = [f"| {' | '.join(row)} |" for row in (table.head, *table.rows)]
    return "\n".join([lines[0], rule, *lines[1:]])


def said(goal: Goal) -> str:
    """A line for the terminal."""
    beside = f", beside it {goal.beside}" if goal.beside else ""
    return (
        f"{goal.what}: {goal.ours}{beside}: {goal.found}, the goal is {goal.goal}{'' if goal.reached else ': MISSED'}"
    )


def _row(goal: Goal) -> tuple[str, ...]:
    return goal.what, goal.ours, goal.beside, goal.goal, goal.found if goal.reached else f"**missed**: {goal.found}"
