"""Figures told with every request and statement: prometheus_client shows them, and counts ten times as slowly.

For one thread. When a figure began, which prometheus_client shows of its own, is not among them.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector


class Count(Collector):
    """How often, by labels."""

    def __init__(self, name: str, about: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._about = name, about, labels
        self._counted: Counter[tuple[str, ...]] = Counter()
        registry.register(self)

    def add(self, *labels: str, times: int = 1) -> None:
        self._counted[labels] += times

    def collect(self) -> Iterator[CounterMetricFamily]:
        name, about, labels = self._about
        family = CounterMetricFamily(name, about, labels=labels)
        for values, count in self._counted.items():
            family.add_metric(values, count)
        yield family


class _Kept:
    __slots__ = ("counts", "seconds")

    def __init__(self, buckets: int) -> None:
        self.counts = [0] * buckets
        self.seconds = 0.0


class Seconds(Collector):
    """How long, by one label. `bounds` are those of its buckets, in seconds, ascending."""

    def __init__(self, name: str, about: str, label: str, bounds: Sequence[float], registry: CollectorRegistry) -> None:
        self._about = name, about, [label]
        self._bounds = tuple(bounds)
        self._kept: dict[str, _Kept] = {}
        registry.register(self)

    def add(self, label: str, *seconds: float) -> None:
        """Of one, or of several at once."""
        bounds, kept = self._bounds, self._kept.get(label)
        if kept is None:
            kept = self._kept[label] = _Kept(len(bounds) + 1)
        counts = kept.counts
        for one in seconds:
            counts[bisect_left(bounds, one)] += 1
            kept.seconds += one

    def collect(self) -> Iterator[HistogramMetricFamily]:
        name, about, labels = self._about
        family = HistogramMetricFamily(name, about, labels=labels)
        names = [*map(str, map(float, self._bounds)), "+Inf"]
        for label, kept in self._kept.items():
            within, buckets = 0, []
            for bound, count in zip(names, kept.counts, strict=True):
                within += count
                buckets.append((bound, within))
            family.add_metric([label], buckets, kept.seconds)
        yield family
