"""Overlapping operations: legal histories have an order, corrupted ones have none, and a small witness."""

from random import Random
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate.testing import Call, linearize, strategies

INVITED = ix.Interaction("x1", "workitem", "Invited", invited=["a1"], queue="Inbound")
HELD = ix.Interaction("x1", "workitem", "Processing", holders=["a1"], queue="Inbound")
STORED = ix.Interaction(
    "x1", "workitem", "InWorkbin", workbin=ix.WorkbinPlace("team", agent_group="G"), queue="Inbound"
)


def race(one, other, ok, also):
    return [Call(one, 0, 2, ok), Call(other, 1, 3, also)]


@pytest.mark.parametrize(
    ("record", "one", "other"),
    [
        (INVITED, ix.Accept(by="a1"), ix.Revoke(agent="a1")),
        (STORED, ix.PullWorkitem(by="a1"), ix.PullWorkitem(by="a2")),
        (HELD, ix.Complete(by="a1"), ix.Transfer(by="a1", target_agent="a2")),
    ],
)
def test_of_two_that_race_one_wins(record, one, other):
    assert linearize(record, race(one, other, False, True)).ok
    both = linearize(record, race(one, other, True, True))
    if one.operation == "Accept":  # what was accepted can still be revoked: from its holder
        assert both.ok
    else:
        assert linearize(record, race(one, other, True, False)).ok
        assert str(both).startswith("no order explains this:\n|---")
    assert not linearize(record, race(one, other, False, False)).ok


def test_what_had_ended_comes_first():
    late = [Call(ix.Complete(by="a1"), 2, 3, True), Call(ix.UpdateUserData(by="a1", user_data={}), 0, 1, False)]
    assert not linearize(HELD, late).ok
    assert linearize(HELD, [Call(late[0].command, 0, 3, True), late[1]]).ok


def test_a_call_without_a_reply_may_have_happened_or_not():
    lost = Call(ix.Complete(by="a1"), 0)
    assert linearize(HELD, [lost, Call(ix.Complete(by="a1"), 1, 2, True)]).ok
    assert linearize(HELD, [lost, Call(ix.Complete(by="a1"), 1, 2, False)]).ok
    assert not linearize(HELD, [Call(ix.Complete(by="a1"), 1, 2, False), Call(ix.Complete(by="a1"), 3)]).ok


def test_the_witness_is_the_shortest_beginning():
    calls = [Call(ix.SetInFocus(by="a1"), 0, 1, True), Call(ix.Accept(by="a2"), 2, 3, True)]
    calls += [Call(ix.SetInFocus(by="a1"), each, each + 1, True) for each in range(4, 12, 2)]
    found = linearize(HELD, calls)
    assert found.witness == tuple(calls[:2])
    assert str(found).splitlines()[1:] == [
        "|------------|                               a1: SetInFocus: done",
        "                          |------------|     a2: Accept: done",
    ]


@given(strategies.steps(), st.integers(0, 2**32))
def test_what_happened_one_after_the_other_is_linearizable_however_it_overlaps(lived, seed):
    dice = Random(seed)
    commands = [_command(step) for step in lived[1:]]
    if None in commands:
        return
    calls = [Call(each, at - dice.random() * 3, at + dice.random() * 3, True) for at, each in enumerate(commands)]
    assert linearize(lived[0].interaction, calls).ok


def _command(step):
    """The command behind a step of the strategies, where its events tell it."""
    event = step.events[0] if step.events else None
    named = {"Accept", "Reject", "Complete", "SetInFocus", "Leave", "Save"}
    return ix.command(event.operation, by=event.by) if event is not None and event.operation in named else None


def history(size, seed=3):
    """Legal calls of several agents that overlap: pulled from a workbin, worked on, put back."""
    dice, record, calls = Random(seed), STORED, []
    while len(calls) < size:
        if record.holders:
            by = record.holders[0]
            choices = [
                ix.UpdateUserData(by=by, user_data={"k": 1}),
                ix.AddWorkitem(by=by, workbin="team", agent_group="G"),
            ]
        else:
            choices = [ix.PullWorkitem(by=each) for each in ("a1", "a2")]
        command = dice.choice(choices)
        at = len(calls)
        calls.append(Call(command, at - dice.random() * 1.5, at + dice.random() * 1.5, True))
        record = ix.step(record, command).interaction
    return calls


def test_long_histories_are_decided_quickly():
    for size in (20, 40):
        calls = history(size)
        began = perf_counter()
        assert linearize(STORED, calls).ok
        assert perf_counter() - began < 0.1
