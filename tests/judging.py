"""What the rebuilt judge finds in recorded values, for its tests."""

import json
from typing import NamedTuple

from ixnstate.judging import Judge
from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.records import UNNAMED


class Found(NamedTuple):
    findings: tuple
    unreadable: tuple
    notifications: int
    undetermined: int


def reported(judge, found):
    """What has been found, in the order of the lines."""
    ordered = sorted(found, key=lambda each: each.place.line)
    return Found(
        tuple(each for each in ordered if not isinstance(each, Unreadable)),
        tuple(each for each in ordered if isinstance(each, Unreadable)), judge.notifications, judge.undetermined,
    )  # fmt: skip


def judged(values, **options):
    """What is found in these values, a line each; a string stands for a line that is not JSON."""
    options.setdefault("agent", None if '"agent"' in json.dumps(values) else UNNAMED)
    judge = Judge(**options)
    values = [each for value in values for each in (value if isinstance(value, list) else [value])]
    found = []
    for number, value in enumerate(values, 1):
        place = Place("-", number)
        if isinstance(value, str):
            line = Unreadable(place, value, "it is not valid JSON")
        else:
            line = Line(place, json.dumps(value), value)
        found += judge.take(line)
    return reported(judge, [*found, *judge.finish()])
