"""A judge that goes on where another was saved finds what one judge finds in the whole recording."""

import json
import random

import pytest
from days import recorded
from faults_of_days import FAULTS, plant, said
from realistic import realistic

from ixnstate.recording.lines import Line, Place
from ixnstate.trace import Judge


def lines(values):
    return [Line(Place("-", number), json.dumps(value), value) for number, value in enumerate(values, 1)]


def judged_in_parts(parts):
    """What is found by judges of which each goes on where the last one was saved."""
    judge, found = Judge(), []
    for part in parts:
        saved = json.loads(json.dumps(judge.save()))
        judge = Judge()
        judge.resume(saved)
        found += [finding for line in part for finding in judge.take(line)]
    return sorted([*found, *judge.finish()], key=lambda finding: finding.place.line)


def cut(values, chance):
    taken = lines(values)
    first, second = sorted(chance.sample(range(len(taken)), 2))
    return [taken[:first], taken[first:second], taken[second:]]


@pytest.mark.parametrize("seed", range(8))
def test_a_day_judged_in_parts_is_judged_as_one(seed):
    values = [entry.record for entry in realistic(seed)]
    assert judged_in_parts(cut(values, random.Random(seed))) == judged_in_parts([lines(values)])


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_the_same_in_a_day_judged_in_parts(name):
    for seed in range(40):
        chance = random.Random(seed)
        planted = plant(name, recorded(seed, 250, lag=0.4), chance)
        if planted is not None:
            values = said(planted, "full")[0]
            whole = judged_in_parts([lines(values)])
            assert whole
            assert judged_in_parts(cut(values, chance)) == whole
            return
    raise AssertionError("no day has a place for the fault")


@pytest.mark.parametrize("seed", range(3))
def test_what_is_saved_is_what_it_was(seed):
    day = lines(entry.record for entry in recorded(seed, 200))
    first, second = Judge(), Judge()
    for line in day[:120]:
        first.take(line)
    saved = json.loads(json.dumps(first.save()))
    second.resume(saved)
    assert json.loads(json.dumps(second.save())) == saved
    assert [each for line in day[120:] for each in second.take(line)] == []


@pytest.mark.parametrize(
    "state", [None, 5, [], {}, {"version": 1}, {"version": "1", "cases": []}, {"version": 7, "definition": "x"}]
)
def test_a_state_that_no_judge_has_saved_is_refused(state):
    with pytest.raises(ValueError, match="state"):
        Judge().resume(state)
