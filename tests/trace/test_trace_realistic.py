"""Realistic days that break no rule, whoever records them and however: the judge accuses nobody."""

import random
from collections import Counter, defaultdict
from functools import cache
from itertools import islice, pairwise

import pytest
from days import judged
from realistic import AGENTS, UNREADABLE, VIEWPOINTS, WITHOUT_MESSAGES, realistic

import ixnstate as ix
from benchmarks.days import PLAIN, Day

day_of = cache(realistic)


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("seed", range(len(AGENTS)))
def test_nobody_is_accused(seed, viewpoint):
    found = judged(VIEWPOINTS[viewpoint](day_of(seed), random.Random(seed)))
    assert found.notifications or viewpoint in WITHOUT_MESSAGES
    assert found.findings == ()
    assert bool(found.unreadable) == (viewpoint == "with unreadable lines")


REQUESTED_BEFORE = {
    "a message that answers a request of before comes late": ("cut", 95037, 95067, 95100, 95109),
    "a reply to a request of before tells whose message it was": ("cut", 95012),
    "a bare reply is to a request of before": ("cut", 95086, 95134),
    "an invitation of before is revoked": ("cut", 95041, 95088),
    "so in recordings without their beginning": ("without beginning", 96023, 96059, 96066, 96077, 96094, 96101),
    "who has transferred it before is told so late": ("without beginning", 870146),
    "who works on it has pulled it before, and its last word to another agent is late": ("without beginning", 870134),
    "a reply of before is put to a request of an item of which nobody knows what it is": ("cut, of one agent", 5011),
}
"""What was still to come when a recording began; and days in which it comes."""


@pytest.mark.parametrize(
    ("viewpoint", "seed"), [(viewpoint, seed) for viewpoint, *seeds in REQUESTED_BEFORE.values() for seed in seeds]
)
def test_what_was_requested_before_the_recording_accuses_nobody(viewpoint, seed):
    found = judged(VIEWPOINTS[viewpoint](realistic(seed), random.Random(seed)))
    assert found.findings == ()
    assert found.undetermined


@pytest.mark.parametrize("seed", [870111, 870154])
def test_a_message_that_answers_a_request_that_could_not_be_read_is_not_accused(seed):
    """Its number says so, even if the interaction comes up only then."""
    found = judged(VIEWPOINTS["with unreadable lines"](realistic(seed), random.Random(seed)))
    assert found.findings == ()
    assert found.undetermined


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


@cache
def large():
    return list(islice(Day(7, agents=20).entries(), 12_000))


def test_a_day_has_what_real_days_have():
    day = large()
    replies = {entry.cause: at for at, entry in enumerate(day) if entry.kind == "response"}
    asked = {entry.cause: at for at, entry in enumerate(day) if entry.kind == "request"}
    told = [(at, entry) for at, entry in enumerate(day) if entry.kind == "notification"]
    own = [(at, entry) for at, entry in told if entry.cause in replies and entry.agent == day[asked[entry.cause]].agent]
    done = {(type(entry.command).__name__, entry.record["status"] == 200) for entry in day if entry.kind == "response"}
    assert {at < replies[entry.cause] for at, entry in own} == {True, False}
    assert any(
        day[asked[one]].agent == day[asked[other]].agent and asked[one] < asked[other] < replies[one] < replies[other]
        for one, other in zip(replies, list(replies)[1:], strict=False)
    )
    states = {entry.shown for _, entry in told}
    assert states >= {"Invited", "Revoked", "Completed", "InWorkbin", "Composing", "Sent", "Canceled", "LeftChat"}
    assert {entry.record["body"].get("action") for _, entry in told} >= {"ItemAdded", "ItemRemoved"}
    for name in ("Accept", "Complete", "Transfer", "PullInteraction", "AddInteraction", "UpdateUserData"):
        assert {(name, True), (name, False)} <= done
    for name in ("Invite", "Consult", "Leave", "Reject", "Reply", "Save", "Create", "PlaceInQueue", "Unsubscribe"):
        assert (name, True) in done
    given_to = {
        (type(entry.command).__name__, ix.GWS.media[media].family, entry.command.target_queue is None)
        for entry in day
        if isinstance(entry.command, ix.Transfer) and (media := entry.command.media) and entry.kind == "request"
    }
    assert len(given_to) == 2 * len(ix.Family)


def test_agents_are_told_of_timeouts_and_supervisors_and_log_in_again():
    day = large()
    held = {}
    lost = Counter()
    for entry in day:
        if entry.shown is not None:
            key = (entry.agent, entry.item)
            if entry.shown in ("Revoked", "InWorkbin") and entry.record["body"].get("referenceId") is None:
                lost[entry.shown, held.get(key)] += 1
            held[key] = entry.shown
    assert lost["Revoked", "Invited"] > 5  # not answered
    assert (
        sum(lost["Revoked", state] for state in ("Processing", "Chatting", "Composing")) > 5
    )  # left alone, or hung up
    assert (
        sum(lost["InWorkbin", state] for state in ("Processing", "Chatting", "Composing")) > 0
    )  # put there by another
    assert sum(entry.record.get("channel") == "/meta/handshake" for entry in day) > 5
    agents = defaultdict(set)
    for entry in day:
        if entry.shown in ("Processing", "Chatting"):
            agents[entry.item].add(entry.agent)
    assert max(map(len, agents.values())) > 5


def test_messages_to_an_agent_keep_their_order():
    """Numbers grow in the order in which things happen, and so do those of the messages to one agent."""
    last = defaultdict(int)
    for entry in large():
        number = entry.record["body"].get("referenceId") if entry.kind == "notification" else None
        if number is not None:
            assert number >= last[entry.agent]
            last[entry.agent] = number


def test_a_plain_day_goes_from_request_to_reply_to_messages():
    day = list(islice(Day(1, agents=20, habits=PLAIN).entries(), 3000))
    for before, entry in pairwise(day):
        assert entry.kind != "response" or (before.kind, before.cause) == ("request", entry.cause)
    assert all(entry.done for entry in day)
    assert judged([entry.record for entry in day[:1000]]).findings == ()
