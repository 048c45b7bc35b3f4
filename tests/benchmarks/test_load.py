"""Each of those compared begins as many rounds as the others."""

from collections import Counter

from benchmarks.load import in_turn


def test_each_round_has_all_and_is_begun_by_the_next() -> None:
    rounds = [in_turn("abc", number) for number in range(6)]
    assert all(sorted(one) == ["a", "b", "c"] for one in rounds)
    assert Counter(one[0] for one in rounds) == {"a": 2, "b": 2, "c": 2}
