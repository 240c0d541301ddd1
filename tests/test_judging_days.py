"""Whoever records a day that breaks no rule, and however: the rebuilt judge finds nothing in it; its state is carried over."""

import json
import random

import pytest
from days import VIEWPOINTS, recorded
from judging import judged

from ixnstate.judging import Judge
from ixnstate.recording.lines import Line, Place


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("seed", range(6))
def test_no_viewpoint_of_a_day_has_a_finding(seed, viewpoint):
    found = judged(VIEWPOINTS[viewpoint](recorded(seed, 300), random.Random(seed)))
    assert found.notifications > 5
    assert (found.findings, found.unreadable) == ((), ())


@pytest.mark.parametrize("seed", range(3))
def test_what_is_saved_is_what_it_was(seed):
    values = [entry.record for entry in recorded(seed, 200)]
    lines = [Line(Place("-", number), json.dumps(value), value) for number, value in enumerate(values, 1)]
    first, second = Judge(), Judge()
    for line in lines[:120]:
        first.take(line)
    saved = json.loads(json.dumps(first.save()))
    second.resume(saved)
    assert json.loads(json.dumps(second.save())) == saved
    assert [each for line in lines[120:] for each in second.take(line)] == []


@pytest.mark.parametrize("state", [None, 5, {}, {"version": 1}, {"version": 6, "definition": "x"}])
def test_a_state_that_no_judge_has_saved_is_refused(state):
    with pytest.raises(ValueError, match="state"):
        Judge().resume(state)
