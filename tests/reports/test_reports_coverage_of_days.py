"""What coverage of a recording says was taken is what the contact centre did, edge by edge.

Laws, for days of everything that agents asked and were told:

- each request that took an edge of an operation counts as that edge, or is among those of which no line of the
  recording tells apart what they took (`Coverage.undecided`), with that edge among the ones that are left;
- nothing else counts, whoever recorded the day: of no edge more than the contact centre took;
- of the full view at most one request in a hundred stays undecided, and later lines decide some that were open.
"""

import json
import random
from collections import Counter

import pytest
from days import VIEWPOINTS, Day

import ixnstate as ix
from ixnstate import reports, trace
from ixnstate.recording.lines import Line, Place
from ixnstate.stepping import applicable


class Watched(Day):
    """A day that notes which edge each request took that was done, and how many there were of each."""

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self.edges = {}

    def exchange(self, request, id, command):
        before, number = self.center.interaction(id) if id else None, self.requests + 1
        is_done = super().exchange(request, id, command)
        if is_done and before is not None and command is not None:
            self.edges[number] = before.media, applicable(before, command, definition=self.definition)
        return is_done

    @property
    def taken(self):
        return Counter(self.edges.values())


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


def counted(values, **options):
    """The tally of a recording, and where the requests are that later lines settle."""
    lines = [Line(Place("-", number), json.dumps(value), value) for number, value in enumerate(values, 1)]
    tally, late = Counted(options.get("definition", ix.GWS)), []
    for seen, _ in trace.followed(trace.Judge(**options), lines):
        if seen:
            tally.add(seen)
            late += [each.request for each in seen.settled if len(each.edges) == 1]
    return tally, late


def undecided_of(tally):
    """The groups of edges that stay undecided, each as often as requests took one of them."""
    return [
        {(each.media, edge) for edge in edges}
        for each in tally.coverage()
        for edges, count in each.undecided.items()
        for _ in range(count)
    ]


def in_each(groups, edges):
    """Whether one of these edges can be taken from each group, and none is left: a perfect matching."""
    if not groups:
        return not edges.total()
    return any(in_each(groups[1:], edges - Counter([edge])) for edge in groups[0] if edges[edge])


@pytest.mark.parametrize("view", ["full", "reordered"])
@pytest.mark.parametrize("seed", range(12))
def test_what_was_taken_counts_or_is_undecided(seed, view):
    day = Watched(seed)
    values = VIEWPOINTS[view](day.play(400), random.Random(seed))
    tally, _ = counted(values, recorded="everything")
    assert tally.edges - day.taken == Counter()
    groups = undecided_of(tally)
    assert all(len(group) > 1 for group in groups)
    assert in_each(groups, day.taken - tally.edges)


@pytest.mark.parametrize("view", VIEWPOINTS)
def test_whoever_records_it_nothing_counts_that_was_not_taken(view):
    for seed in range(4):
        day, chance = Watched(seed), random.Random(seed)
        values = VIEWPOINTS[view](day.play(300), chance)
        records = [each for value in values for each in (value if isinstance(value, list) else [value])]
        tally, _ = counted(records, agent=None if any("agent" in each for each in records) else "somebody")
        assert tally.edges - day.taken == Counter()


def test_later_lines_decide_and_few_stay_undecided():
    taken = undecided = 0
    late = []
    for seed in range(12):
        day = Watched(seed)
        tally, settled = counted([entry.record for entry in day.play(400)], recorded="everything")
        taken, undecided, late = taken + day.taken.total(), undecided + len(undecided_of(tally)), late + settled
    assert undecided <= taken / 100
    assert late
    assert len(day.taken) > 20
