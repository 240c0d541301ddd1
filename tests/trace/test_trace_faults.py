"""A fault of a real system, planted into a day: the judge finds it, at its line, and nothing else."""

import random
from functools import cache
from itertools import count

import pytest
from days import judged, recorded
from faults_of_days import FAULTS, Planted, plant, said


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
    findings, line = found(faulty(name, seed), seen)
    assert findings == [(FAULTS[name].code, line)]


def several(seed, most=3):
    """A day with faults in several interactions, none of which touches the line of another; and these lines."""
    chance = random.Random(seed)
    day, at = clean(seed), []
    for name in chance.sample(list(FAULTS), 4 * most):
        planted = plant(name, day, chance)
        if planted is None or len(at) == most or planted.at.item in {each.item for each in at}:
            continue
        if all(any(entry is each for entry in planted.day) for each in at):
            day, at = planted.day, [*at, planted.at]
    return [Planted(day, each) for each in at]


@pytest.mark.parametrize("seed", range(12))
def test_independent_faults_are_as_many_findings(seed):
    faults = several(seed)
    findings, _ = found(faults[0])
    assert len(faults) == 3
    assert sorted(line for _, line in findings) == sorted(said(each)[1] for each in faults)
