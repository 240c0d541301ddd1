"""Timing on a noisy machine: contestants take turns within each round, and a ratio is taken round by round.

What slows the machine down for a while slows neighbours alike, so the median of the rounds' ratios is steady where the
times themselves are not. Of the times, the best one says most.
"""

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

Run = Callable[[], int]
"""Does its work, and returns how many operations that were."""


class Samples:
    """Nanoseconds an operation: one sample for each contestant and round."""

    def __init__(self, taken: Mapping[str, list[float]]) -> None:
        self.taken = taken

    def best(self, name: str) -> float:
        """The least of a contestant's samples."""
        return min(self.taken[name])

    def ratio(self, name: str, base: str) -> float:
        """How many times as long as ``base`` it took: the median over the rounds."""
        return median(mine / its for mine, its in zip(self.taken[name], self.taken[base], strict=True))


def interleaved(contestants: Mapping[str, Run], rounds: int) -> Samples:
    """Time all contestants once a round, in turn, after one turn that is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for count in range(rounds + 1):
        for name, run in contestants.items():
            gc.collect()
            began = perf_counter()
            operations = run()
            spent = perf_counter() - began
            if count:
                taken[name].append(spent / operations * 1e9)
    return Samples(taken)
