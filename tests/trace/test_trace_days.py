"""Whoever records a day of a contact centre that breaks no rule, and however: the judge finds nothing in it.

So it is under every choice of every field of the profile, if the judge is told of it.
"""

import random

import pytest
from days import VIEWPOINTS, judged, recorded

import ixnstate as ix
from ixnstate.fitting import alternatives


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("seed", range(6))
def test_no_viewpoint_of_a_day_has_a_finding(seed, viewpoint):
    chance = random.Random(seed)
    found = judged(VIEWPOINTS[viewpoint](recorded(seed, 300), chance))
    assert found.notifications > 5
    assert (found.findings, found.unreadable) == ((), ())


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize(
    ("choice", "definition"), [*alternatives(ix.GWS)], ids=lambda each: each if isinstance(each, str) else ""
)
def test_nor_has_it_under_any_choice_of_any_field_of_the_profile(choice, definition, viewpoint):
    for seed in range(3):
        day = recorded(seed, 300, definition=definition)
        found = judged(VIEWPOINTS[viewpoint](day, random.Random(seed)), definition=definition)
        assert (found.findings, found.unreadable) == ((), ())
