"""Whoever records a day that breaks no rule, and however: the rebuilt judge finds nothing in it."""

import random

import pytest
from days import VIEWPOINTS, recorded
from judging import judged


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("seed", range(6))
def test_no_viewpoint_of_a_day_has_a_finding(seed, viewpoint):
    found = judged(VIEWPOINTS[viewpoint](recorded(seed, 300), random.Random(seed)))
    assert found.notifications > 5
    assert (found.findings, found.unreadable) == ((), ())
