"""A fault of a real system, planted into a day: the judge finds it, at its line, and nothing else."""

import random
from functools import cache
from itertools import count

import pytest
from days import recorded
from faults_of_days import FAULTS, Planted, plant, said
from test_trace_days import judged


@cache
def clean(seed):
    return recorded(seed, 350, lag=0.4)


@cache
def faulty(name, seed):
    """The first day after a number that has a place for the fault."""
    return next(found for number in count(7 * seed) if (found := plant(name, clean(number), random.Random(number))))


def found(planted, seen="full"):
    records, line = said(planted, seen)
    report = judged(records)
    assert report.unreadable == ()
    return [(each.code, each.place.line) for each in report.findings], line


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("name", "seen"), [(name, seen) for name, fault in FAULTS.items() for seen in fault.seen])
def test_a_fault_is_one_finding_at_its_line(name, seen, seed):
    codes, line = found(faulty(name, seed), seen)
    assert codes == [(FAULTS[name].code, line)]


@pytest.mark.parametrize("seed", range(12))
def test_independent_faults_are_as_many_findings(seed):
    chance = random.Random(seed)
    day, at = clean(seed), []
    for name in chance.sample(list(FAULTS), 12):
        planted = plant(name, day, chance)
        if planted is not None and len(at) < 3 and planted.at.item not in {each.item for each in at}:
            day, at = planted.day, [*at, planted.at]
    lines = [found(Planted(day, each))[1] for each in at]
    codes, _ = found(Planted(day, at[0]))
    assert sorted(line for _, line in codes) == sorted(lines)
