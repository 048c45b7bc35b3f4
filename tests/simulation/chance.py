"""All that is left to chance, drawn from one seed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from providers.protocol import ProviderDownError, ProviderSilentError
from resolvers.exchange import PROVIDER_SECONDS
from tests.races.stepped_provider import Fault, no_fault
from tests.races.steps import current

FAULTS = {"none": 80, "down": 6, "silent": 7, "silent_but_done": 7}
"""How a call to the provider goes, and how often of 100."""


class EachItsOwn(Random):
    """Draws from the random of the operation whose code is running, so that nobody's draws depend on the others'."""

    def getrandbits(self, k: int, /) -> int:
        operation = current()
        return super().getrandbits(k) if operation is None else operation.random.getrandbits(k)


class Faults:
    """A provider that fails, is silent before or after the effect, or takes longer than anybody waits."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.on = True

    def __call__(self) -> Fault:
        operation = current()
        if operation is None or not self.on:
            return no_fault
        random, began = operation.random, self.clock()
        (kind,) = random.choices(list(FAULTS), list(FAULTS.values()))

        def fault(when: str) -> None:
            late = self.clock() - began > timedelta(seconds=PROVIDER_SECONDS)
            if when == "before" and kind == "down":
                raise ProviderDownError("the provider is down", 1)
            if when == "before" and (kind == "silent" or (late and random.random() < 0.5)):
                raise ProviderSilentError("no answer")
            if when == "after" and (late or kind == "silent_but_done"):
                raise ProviderSilentError("no answer")

        return fault


def one_of(random: Random, weights: dict[Any, int]) -> Any:
    return random.choices(list(weights), list(weights.values()))[0]
