"""``python -m benchmarks.conformance``: what the kit costs, with ratios in one run.

The machine is measured against a bare hypothesis state machine of seven rules, which performs an action on the same
driver in each, and compares nothing.
"""

from random import Random
from statistics import median
from time import perf_counter

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

import ixnstate as ix
from ixnstate.testing import EVERYTHING, WORLD, Bench, Call, InProcessDriver, Scope, linearize, suite
from ixnstate.testing.machine import Plan, _settings, search

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
    began = perf_counter()
    assert search(lambda: Counting(InProcessDriver()), plan, examples=50, seed=1) is None
    return (perf_counter() - began) / Counting.actions


def bare() -> float:
    """Seconds an action of a bare machine of seven rules, over the same driver."""

    class Bare(RuleBasedStateMachine):
        actions = 0

        def __init__(self):
            super().__init__()
            self.driver = InProcessDriver()

        def act(self, which, form):
            Bare.actions += 1
            self.driver.perform(ix.Accept(by=f"a{which}", interaction=f"x{form}"))

    for number in range(7):
        rules = rule(which=st.integers(0, 3), form=st.integers(0, 3))
        setattr(Bare, f"rule{number}", rules(lambda self, which, form: self.act(which, form)))
    began = perf_counter()
    run_state_machine_as_test(Bare, settings=_settings(50, 20))
    return (perf_counter() - began) / Bare.actions


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
    plan = Plan(SCOPE)
    pairs = [(machine(plan), bare()) for _ in range(5)]
    ours, theirs = (median(each) * 1e6 for each in zip(*pairs, strict=True))
    ratio = median(one / other for one, other in pairs)
    print(f"an action of the machine: {ours:.0f} us; of a bare one: {theirs:.0f} us; ratio {ratio:.2f}")
    for size in (20, 40):
        legal, corrupted = histories(size)
        print(f"a history of {size} operations: {legal:.0f} us, a corrupted one {corrupted:.0f} us")


if __name__ == "__main__":
    main()
