"""What coverage of a full recording says was taken is what the contact centre did, edge by edge.

Laws, for days of everything that agents asked and were told: no edge of an agent's operation counts more often than the
contact centre took it; and of what it took, at most one in fifty does not count, since the recording leaves it open
which edge it was.
"""

import json
from collections import Counter

import pytest
from days import Day

import ixnstate as ix
from ixnstate import reports, trace
from ixnstate.recording.lines import Line, Place
from ixnstate.stepping import applicable


class Watched(Day):
    """A day that notes which edge each request took that was done."""

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self.taken = Counter()

    def exchange(self, request, id, command):
        before = self.center.interaction(id) if id else None
        is_done = super().exchange(request, id, command)
        if is_done and before is not None and command is not None:
            self.taken[before.media, applicable(before, command)] += 1
        return is_done


class Counted(reports.Tally):
    """A tally of which the edges of agents' operations can be asked for, with how often each was taken."""

    @property
    def edges(self):
        taken = {media: found["edges"] for media, found in self._seen.items()}
        return Counter({
            (media, edge): count
            for media, edges in taken.items()
            for edge, count in edges.items()
            if count and edge.operation not in PLATFORM
        })  # fmt: skip


PLATFORM = {edge.operation for media in ix.GWS.media for edge in ix.GWS.edges(media) if edge.who == ix.Who.PLATFORM}


def compared(seed):
    day = Watched(seed)
    values = [entry.record for entry in day.play(400)]
    lines = [Line(Place("-", number), json.dumps(value), value) for number, value in enumerate(values, 1)]
    tally = Counted()
    for seen, _ in trace.followed(trace.Judge(recorded="everything"), lines):
        if seen:
            tally.add(seen)
    return day.taken, tally.edges


@pytest.mark.parametrize("seed", range(6))
def test_nothing_counts_that_was_not_taken(seed):
    taken, counted = compared(seed)
    assert counted - taken == Counter()


def test_nearly_all_that_was_taken_counts():
    days = [compared(seed) for seed in range(6)]
    missing = sum((taken - counted).total() for taken, counted in days)
    assert missing <= sum(taken.total() for taken, _ in days) / 50
    assert sum(len(taken) for taken, _ in days) > 200
