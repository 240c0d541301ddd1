"""Realistic days that break no rule, whoever records them and however: the judge accuses nobody."""

import random
from functools import cache

import pytest
from realistic import AGENTS, UNREADABLE, VIEWPOINTS, WITHOUT_MESSAGES, judged, realistic

day_of = cache(realistic)


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("seed", range(len(AGENTS)))
def test_nobody_is_accused(seed, viewpoint):
    found = judged(VIEWPOINTS[viewpoint](day_of(seed), random.Random(seed)))
    assert found.notifications or viewpoint in WITHOUT_MESSAGES
    assert found.findings == ()
    assert bool(found.unreadable) == (viewpoint == "with unreadable lines")


@pytest.mark.parametrize(
    ("kind", "way"), [(kind, way) for kind, ways in UNREADABLE.items() for way in range(len(ways))]
)
@pytest.mark.parametrize("seed", range(3))
def test_what_follows_from_an_unreadable_line_is_not_accused(seed, kind, way):
    day, chance = day_of(seed), random.Random(seed)
    places = [at for at, entry in enumerate(day) if entry.kind == kind and entry.record.get("method") != "GET"]
    records = [entry.record for entry in day]
    for at in chance.sample(places, 4):
        records[at] = UNREADABLE[kind][way](records[at])
    found = judged(records)
    assert len(found.unreadable) == 4
    assert found.findings == ()


@pytest.mark.parametrize("seed", range(2 * len(AGENTS)))
def test_a_reply_that_was_lost_is_found_and_nothing_else(seed):
    """That a request has no reply, if enough later ones were answered; it can be told which, if replies name theirs."""
    day, chance = day_of(seed), random.Random(seed)
    replies = [at for at, entry in enumerate(day) if entry.kind == "response" and entry.command is not None]
    lost = chance.choice(replies)
    records = [entry.record for at, entry in enumerate(day) if at != lost]
    (asked,) = [line for line, entry in enumerate(day, 1) if entry.kind == "request" and entry.cause == day[lost].cause]
    found = judged(records)
    assert {each.code for each in found.findings} <= {"IXN114"}
    if any("answers" in entry.record for entry in day):
        assert [each.place.line for each in found.findings] in ([], [asked])


@pytest.mark.parametrize("seed", range(3))
def test_a_day_is_the_same_for_the_same_seed(seed):
    assert realistic(seed, 200) == realistic(seed, 200)
