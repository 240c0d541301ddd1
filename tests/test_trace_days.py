"""Whoever records a day of a contact centre that breaks no rule, and however: the judge finds nothing in it."""

import json
import random

import pytest
from days import VIEWPOINTS, recorded

from ixnstate.recording.lines import Line, Place
from ixnstate.trace import Judge, report


def judged(recorded, **options):
    judge = Judge(**options)
    records = [each for said in recorded for each in (said if isinstance(said, list) else [said])]
    found = [
        each
        for number, record in enumerate(records, 1)
        for each in judge.take(Line(Place("-", number), json.dumps(record), record))
    ]
    return report(judge, [*found, *judge.finish()])


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("seed", range(3))
def test_no_viewpoint_of_a_day_has_a_finding(seed, viewpoint):
    chance = random.Random(seed)
    found = judged(VIEWPOINTS[viewpoint](recorded(seed, 300), chance))
    assert found.notifications > 5
    assert (found.findings, found.unreadable) == ((), ())
