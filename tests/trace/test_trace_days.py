"""Whoever records a day of a contact centre that breaks no rule, and however: the judge finds nothing in it."""

import random

import pytest
from days import VIEWPOINTS, judged, recorded


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("seed", range(6))
def test_no_viewpoint_of_a_day_has_a_finding(seed, viewpoint):
    chance = random.Random(seed)
    found = judged(VIEWPOINTS[viewpoint](recorded(seed, 300), chance))
    assert found.notifications > 5
    assert (found.findings, found.unreadable) == ((), ())
