"""What a part of the benchmark has found, as the report shows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    what: str
    ours: str
    beside: str
    """What it is compared with; empty for a goal that is a number."""
    goal: str
    found: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """For the picture; the first one is ours, the longest is the best."""

    title: str
    unit: str
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    about: str
    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()
    bars: tuple[Bars, ...] = ()
