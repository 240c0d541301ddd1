"""Timing on a noisy machine: contestants take turns within each round, and a ratio is taken round by round.

What slows the machine down for a while slows neighbours alike, so the median of the rounds' ratios is steady where the
times themselves are not. Of the times, the best one says most. The rounds are spread over several processes, because
where a process happens to have its objects in memory makes one contestant or another faster for as long as it lives.
"""

import gc
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
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


def in_processes(contest: Callable[[int], Mapping[str, Run]], fewer: int, processes: int, rounds: int) -> Samples:
    """Time the contestants that ``contest(fewer)`` makes, in that many new processes, one after the other."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        jobs = [pool.submit(_interleaved, contest, fewer, rounds) for _ in range(processes)]
        return _together([job.result() for job in jobs])


def _together(parts: Iterable[Mapping[str, list[float]]]) -> Samples:
    taken: dict[str, list[float]] = {}
    for part in parts:
        for name, samples in part.items():
            taken.setdefault(name, []).extend(samples)
    return Samples(taken)


def _interleaved(contest: Callable[[int], Mapping[str, Run]], fewer: int, rounds: int) -> dict[str, list[float]]:
    """Everybody's samples of one process: one a round, after a turn that is not counted."""
    contestants = contest(fewer)
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, run in contestants.items():
            gc.collect()
            began = perf_counter()
            operations = run()
            spent = perf_counter() - began
            if turn:
                taken[name].append(spent / operations * 1e9)
    return taken
