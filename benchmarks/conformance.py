"""``python -m benchmarks.conformance``: what the kit costs, with ratios in one run.

The machine is measured against one of seven rules that is written by hand (`benchmarks.byhand`), over the same driver,
with the same settings. What is counted is an action of the implementation, with all that is compared after it.
"""

import gc
from random import Random
from statistics import median
from time import perf_counter, sleep

import attrs
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

import ixnstate as ix
from benchmarks.byhand import ByHand, Unchecked
from ixnstate.testing import EVERYTHING, WORLD, Bench, Call, InProcessDriver, Scope, conform, linearize, suite
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


class Slow:
    """The reference, two milliseconds an answer; it counts its answers and the time that they take."""

    def __init__(self) -> None:
        self.driver = InProcessDriver()
        self.world, self.lacks = self.driver.world, {"concurrency"}
        self.answers, self.seconds = 0, 0.0

    def __getattr__(self, name: str):
        method = getattr(self.driver, name)

        def answer(*arguments):
            began = perf_counter()
            try:
                sleep(ANSWER)
                return method(*arguments)
            finally:
                self.answers += 1
                self.seconds += perf_counter() - began

        return answer if callable(method) else method


ANSWER = 0.002


def against_a_slow_server() -> tuple[int, int, float, float]:
    """The suite of one medium against a server with 2 ms an answer: cases, answers, seconds, those of the answers."""
    slow = Slow()
    began = perf_counter()
    report = conform(lambda: slow, supports={"workitem", *WORKBINS}, examples=0)
    assert report.ok
    return len(report.results), slow.answers, perf_counter() - began, slow.seconds


class Hanging(InProcessDriver):
    """Never answers Complete."""

    limit = 1.0
    hung = 0

    def perform(self, command):
        if command.operation == "Complete":
            Hanging.hung += 1
            sleep(3600)
        return super().perform(command)


def main() -> None:
    """Measure and print."""
    cases, answers, seconds, own = against_a_slow_server()
    said = f"the suite of workitems, {cases} cases, {answers} answers of 2 ms: {seconds:.1f} s"
    print(f"{said}, {seconds / own:.2f} of theirs")
    began = perf_counter()
    conform(Hanging, supports={"workitem"}, examples=0)
    said = f"an operation that hangs, with a limit of 1 s: asked {Hanging.hung} times"
    print(f"{said}, {perf_counter() - began:.1f} s in all")
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
