"""Entries of a mapping, taken all at once; by their places, where its class has `_fields` (`execution/reads.py`).

A row of a database gives its columns by their places in a quarter of the time that their names take.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

MAX_CLASSES = 16
"""Classes of mappings that are remembered."""

Taking = Callable[[Any], Sequence[Any]]


class Take(dict[type, Taking]):
    """By the class of a mapping. What is taken are these entries, in this order; KeyError where one is missing."""

    def __init__(self, names: Sequence[str]) -> None:
        """Two or more."""
        super().__init__()
        self._names = names

    def __missing__(self, mapping: type) -> Taking:
        if len(self) >= MAX_CLASSES:
            self.clear()
        taking = self[mapping] = _taking(self._names, getattr(mapping, "_fields", ()))
        return taking


def _taking(names: Sequence[str], fields: Sequence[str]) -> Taking:
    if not set(names) <= set(fields):
        return itemgetter(*names)
    places = [fields.index(name) for name in names]
    first, last = places[0], places[-1] + 1
    return itemgetter(slice(first, last)) if places == list(range(first, last)) else itemgetter(*places)
