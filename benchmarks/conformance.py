"""``python -m benchmarks.conformance``: what the kit costs, with ratios in one run.

The machine is measured against one of seven rules that is written by hand (`benchmarks.byhand`), over the same driver,
with the same settings. What is counted is an action of the implementation, with all that is compared after it.
"""

import gc
from random import Random
from statistics import median
from time import perf_counter

import attrs
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

import ixnstate as ix
from benchmarks.byhand import ByHand, Unchecked
from ixnstate.testing import EVERYTHING, WORLD, Bench, Call, InProcessDriver, Scope, linearize, suite
from ixnstate.testing.forms import WORKBINS
from ixnstate.testing.machine import Plan, _settings, search
from ixnstate.values import changed

STORED = ix.Interaction("x1", "workitem", "InWorkbin", workbin=ix.WorkbinPlace("team", agent_group="G"))
SCOPE = Scope(ix.GWS, WORLD, EVERYTHING)


def all_edges_and_cells() -> tuple[int, float]:
    """Generate and run the suite of every edge and every refused cell of all media: cases, seconds."""
    began = perf_counter()
    driver = InProcessDriver()
    cases = suite(SCOPE, ("tour", "cells"))
    for case in cases:
        Bench(driver).run(case.script)
    return len(cases), perf_counter() - began


class Counting(Bench):
    """A bench that counts."""

    actions = 0

    def do(self, action):
        Counting.actions += 1
        return super().do(action)


def machine(plan: Plan) -> float:
    """Seconds an action of the machine, comparisons included."""
    Counting.actions = 0
    gc.collect()
    began = perf_counter()
    assert search(lambda: Counting(InProcessDriver()), plan, examples=50, seed=1) is None
    return (perf_counter() - began) / Counting.actions


def written(rules: type[Unchecked]) -> float:
    """Seconds an action of a machine that is written by hand, over the same driver. It does about as many of them."""
    Unchecked.actions = 0
    gc.collect()
    began = perf_counter()
    run_state_machine_as_test(seeded(1)(rules), settings=_settings(240, 20))
    return (perf_counter() - began) / Unchecked.actions


def history(size: int, seed: int) -> list[Call]:
    """Legal calls of two agents that overlap: pulled from a workbin, worked on, put back."""
    dice, record, calls = Random(seed), STORED, []
    while len(calls) < size:
        by = record.holders[0] if record.holders else dice.choice(("a1", "a2"))
        put = ix.AddWorkitem(by=by, workbin="team", agent_group="G")
        work = ix.UpdateUserData(by=by, user_data={"k": 1})
        command = dice.choice((put, work)) if record.holders else ix.PullWorkitem(by=by)
        at = len(calls)
        calls.append(Call(command, at - dice.random() * 1.5, at + dice.random() * 1.5, True))
        record = ix.step(record, command).interaction
    return calls


def histories(size: int) -> tuple[float, float]:
    """Microseconds, median: to decide a legal history, and one of which an outcome was turned around."""
    legal, corrupted = [], []
    for seed in range(60):
        calls = history(size, seed)
        wrong = [*calls]
        wrong[seed % size] = attrs.evolve(wrong[seed % size], ok=False)
        for taken, each in ((legal, calls), (corrupted, wrong)):
            began = perf_counter()
            linearize(STORED, each)
            taken.append((perf_counter() - began) * 1e6)
    return median(legal), median(corrupted)


def main() -> None:
    """Measure and print."""
    count, seconds = all_edges_and_cells()
    print(f"every edge and refused cell of all media: {count} cases in {seconds:.2f} s")
    ours = {"workitems": Plan(changed(SCOPE, supports=frozenset({"workitem", *WORKBINS}))), "all media": Plan(SCOPE)}
    theirs = {"comparing views": ByHand, "comparing replies only": Unchecked}
    rounds = [
        ({name: machine(plan) for name, plan in ours.items()}, {name: written(each) for name, each in theirs.items()})
        for _ in range(5)
    ]
    for hand in theirs:
        print(f"an action by hand, {hand}: {median(by_hand[hand] for _, by_hand in rounds) * 1e6:.0f} us")
    for media in ours:
        print(f"an action of the machine, {media}: {median(machine[media] for machine, _ in rounds) * 1e6:.0f} us")
        for hand in theirs:
            print(f"  by hand, {hand}: {median(one[media] / other[hand] for one, other in rounds):.2f} times")
    for size in (20, 40):
        legal, corrupted = histories(size)
        print(f"a history of {size} operations: {legal:.0f} us, a corrupted one {corrupted:.0f} us")


if __name__ == "__main__":
    main()
