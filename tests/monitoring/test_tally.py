"""Our own counting shows what prometheus_client's own would, but for when each figure began."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from monitoring.metrics import REQUEST_BUCKETS
from monitoring.tally import Count, Seconds

LABELS = st.sampled_from(["/graphql", "/health", 'a "quoted" one'])
TIMES = st.one_of(st.floats(0, 100), st.sampled_from(REQUEST_BUCKETS))


def shown(registry: CollectorRegistry) -> list[str]:
    return sorted(line for line in generate_latest(registry).decode().splitlines() if "_created" not in line)


@given(st.lists(st.tuples(LABELS, st.lists(TIMES, min_size=1, max_size=3))))
def test_seconds_fall_into_the_same_buckets(told: list[tuple[str, list[float]]]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    seconds = Seconds("took", "How long", "route", REQUEST_BUCKETS, ours)
    histogram = Histogram("took", "How long", ["route"], buckets=REQUEST_BUCKETS, registry=theirs)
    for label, values in told:
        seconds.add(label, *values)
        for value in values:
            histogram.labels(label).observe(value)
    assert shown(ours) == shown(theirs)


@given(st.lists(st.tuples(LABELS, LABELS, st.integers(1, 3))))
def test_counts_are_the_same(told: list[tuple[str, str, int]]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    count = Count("requests", "How many", ["route", "status"], ours)
    counter = Counter("requests", "How many", ["route", "status"], registry=theirs)
    for *labels, times in told:
        count.add(*labels, times=times)
        counter.labels(*labels).inc(times)
    assert shown(ours) == shown(theirs)
