"""What comes up in one turn of the loop is done in the next, in order, in nobody's context."""

import asyncio
from collections.abc import Sequence

from monitoring.together import Together
from monitoring.trace import carry, said


async def test_all_of_one_turn_are_done_in_the_next() -> None:
    done: list[list[int]] = []
    contexts: list[object] = []

    def do(items: Sequence[int]) -> None:
        done.append(list(items))
        contexts.append(dict(said()))
        if items == [1, 2]:
            together.put(3)

    together = Together(do)
    carry("r-1", {})
    together.put(1)
    together.put(2)
    assert done == []
    await asyncio.sleep(0)
    assert done == [[1, 2]]
    await asyncio.sleep(0)
    assert done == [[1, 2], [3]]
    assert contexts == [{}, {}]
