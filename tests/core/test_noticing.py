"""Laws of notices: who is told what, and from where it is read."""

from typing import Any

import attrs
import pytest
from commands import by_everyone

import ixnstate as ix
from ixnstate.views import documented

COMMANDS = by_everyone()
Q, P, CH = ix.State.QUEUED, ix.State.PROCESSING, ix.State.CHATTING
STATUS = ix.NoticeKind.STATUS_CHANGE


def steps(record, definition=ix.GWS):
    for command in COMMANDS:
        if not isinstance(ix.decide(record, command, definition=definition), ix.Refusal):
            yield ix.step(record, command, definition=definition)


def held(media, *, holders=("a1",), invited=(), definition=ix.GWS):
    return ix.Interaction("X1", media, definition.media[media].active, holders=holders, invited=invited)


def test_a_notice_is_of_an_event_of_the_step_and_of_the_record_after_it(record):
    for step in steps(record):
        after: dict[Any, ix.Interaction | None] = {None: step.before}
        for event in step.events:
            known = None if isinstance(event, ix.Created) else list(after.values())[-1]
            after[event] = ix.evolve(known, event)
        for notice in ix.notices(step):
            assert notice.event in step.events
            assert notice.interaction == after[notice.event]


def test_who_still_sees_it_is_told_what_he_sees(record):
    for step in steps(record):
        for notice in ix.notices(step):
            if (seen := ix.view(notice.interaction, notice.agent)) is not None:
                assert notice.view == seen


def test_who_lets_go_is_told_once_how_it_ended(record):
    """The platform takes it away, and an invitation that ends unasked is taken away; an agent who acts is done with it.

    Who hands a draft over is told that it is one still (TwitterTransfer, 8.5.2 draft, 2015-03).
    """
    ends = {state: state for state in (ix.State.IN_WORKBIN, ix.State.SENT, ix.State.CANCELED, ix.State.COMPOSING)}
    for step in steps(record):
        told = ix.notices(step)
        for agent in (*record.holders, *record.invited):
            if ix.view(step.interaction, agent) is None:
                by = step.events[0].by
                unasked = agent in record.invited and agent != by
                is_taken = by is None or unasked
                word = ix.State.REVOKED if is_taken else ends.get(step.interaction.state, ix.State.COMPLETED)
                assert [n.view.state for n in told if n.agent == agent] == [word], step.events[0].operation


@pytest.mark.parametrize(
    "choices", [{}, {"transfer": "on acceptance"}, {"capabilities": "2014", "twitter": "tweet"}], ids=str
)
def test_what_is_told_is_what_a_judge_accepts(record, choices):
    definition = ix.GWS.with_profile(**choices)
    for step in steps(record, definition):
        for notice in ix.notices(step, definition=definition):
            accepted = documented(record.media, notice.view.state, definition=definition)
            held = notice.interaction.holders and notice.interaction.state is ix.State.INVITED
            assert notice.view.capabilities in accepted.values() or held, notice


def test_whoever_acts_is_told_first(record):
    for step in steps(record):
        told = [notice.agent for notice in ix.notices(step) if notice.kind is STATUS]
        by = {event.by for event in step.events}
        if by & set(told):
            assert told[0] in by


def test_two_steps_tell_what_each_of_them_tells(record):
    """Events are told one by one, so it does not matter into how many steps they are put."""
    for step in steps(record):
        if step.interaction.state in (P, ix.State.COMPOSING) and step.created is None:
            by = step.interaction.holders[0]
            more: list[ix.Command] = [ix.AttachUserData(by=by, user_data={"k": 1})]
            more += [ix.Reply(by=by, new_id="X2", queue_name="Out")] if step.interaction.media == "email" else []
            for command in (each for each in more if not isinstance(ix.decide(step.interaction, each), ix.Refusal)):
                following = ix.step(step.interaction, command)
                both = ix.Step(record, following.interaction, (*step.events, *following.events), following.created)
                assert ix.notices(both) == (*ix.notices(step), *ix.notices(following))


def test_notices_show_the_lists_of_the_definition_that_they_are_asked_for():
    own = ix.GWS.with_capabilities("chat", "Chatting", ("Leave",)).with_media("talk", like="chat")
    for command in (ix.AttachUserData(by="a1", user_data={"k": 1}), ix.SendMessage(by="a1", text="Hello"),
                    ix.Invite(by="a1", target_agent="a2")):  # fmt: skip
        told = ix.notices(ix.step(held("chat"), command, definition=own), definition=own)
        assert {n.view.capabilities for n in told if n.agent == "a1"} == {("Leave",)}
    offered = ix.Interaction("X1", "talk", "Invited", invited=["a1"])
    accepted = ix.notices(ix.step(offered, ix.Accept(by="a1"), definition=own), definition=own)
    assert [n.view for n in accepted] == [ix.View(CH, ("Leave",))] * 2
    (left,) = ix.notices(ix.step(held("talk", definition=own), ix.Complete(by="a1"), definition=own), definition=own)
    assert left.view == ix.View(ix.State.COMPLETED, None)


def test_the_last_word_is_that_of_the_operation():
    """FacebookPMComplete (8.5.2 draft, 2015-09-29) prints an empty list, FacebookPMReject (2019-01-24) none at all."""
    (completed,) = ix.notices(ix.step(held("facebooksession"), ix.Complete(by="a1")))
    assert completed.view == ix.View(ix.State.COMPLETED, ())
    invited = ix.Interaction("X1", "facebooksession", "Invited", invited=["a1"])
    (rejected,) = ix.notices(ix.step(invited, ix.Reject(by="a1")))
    assert rejected.view == ix.View(ix.State.COMPLETED, None)


def test_an_edge_that_tells_nothing_has_no_last_word():
    definition = ix.GWS.with_edge("workitem", ix.Edge(P, "Park", Q, does=ix.Does.RELEASE))
    step = ix.step(held("workitem"), ix.Custom(operation="Park", by="a1"), definition=definition)
    assert ix.notices(step, definition=definition) == ()


def test_a_last_word_of_which_no_page_shows_a_list_carries_an_empty_one():
    definition = ix.GWS.with_edge("workitem", ix.Edge(P, "Drop", Q, does=ix.Does.RELEASE, told=ix.State.CANCELED))
    step = ix.step(held("workitem"), ix.Custom(operation="Drop", by="a1"), definition=definition)
    assert [n.view for n in ix.notices(step, definition=definition)] == [ix.View(ix.State.CANCELED, ())]


@pytest.mark.parametrize(("media", "command", "kind"), [
    ("email", ix.AddComment(by="a1", comment="good"), ix.NoticeKind.PROPERTIES_UPDATED),
    ("chat", ix.AddAttachment(by="a1", document_id="d2"), ix.NoticeKind.ATTACHMENT_ADDED),
    ("chat", ix.RemoveAttachment(by="a1", document_id="d1"), ix.NoticeKind.ATTACHMENT_REMOVED),
])  # fmt: skip
def test_a_change_of_content_is_told_as_what_it_is(media, command, kind):
    record = attrs.evolve(held(media), content={"attachments": [{"id": "d1"}]})
    assert [(n.agent, n.kind) for n in ix.notices(ix.step(record, command))] == [("a1", kind)]


def test_changes_of_data_are_told_to_those_who_hold_it_whoever_made_them():
    edge = ix.Edge(CH, "AttachUserData", CH, who=ix.Who.INVITEE, does=ix.Does.SET_DATA)
    definition = ix.GWS.with_edge("chat", edge)
    record = held("chat", holders=("a1", "a2"), invited=("a3",))
    step = ix.step(record, ix.AttachUserData(by="a3", user_data={"k": 1}), definition=definition)
    assert [n.agent for n in ix.notices(step, definition=definition)] == ["a1", "a2"]


@pytest.mark.parametrize(("ask", "message"), [
    (lambda: ix.notices("step"), "notices() takes a Step, not 'step'"),
    (lambda: ix.view("X1", "a1"), "a view is of an interaction, not of 'X1'"),
])  # fmt: skip
def test_what_is_no_step_is_named(ask, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole sentence is compared)
        ask()
    assert str(raised.value) == message


STEP = ix.step(held("workitem"), ix.Complete(by="a1"))


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (5, r"notices\(\) takes a Step, not 5"),
        (attrs.evolve(STEP, before=5), "a step's before cannot be 5"),
        (attrs.evolve(STEP, before=held("workitem", holders=("a1", "a1"))), "record does not fit: its holders is"),
        (attrs.evolve(STEP, events=(5,)), "a step's events cannot have 5"),
        (
            attrs.evolve(STEP, events=(attrs.evolve(STEP.events[0], state=P, holders=("a1", "a2")),)),
            "StateChanged makes a record that does not fit: holders is wrong in it",
        ),
    ],
)
def test_a_step_that_does_not_fit_is_named_with_what_is_wrong(step, why):
    with pytest.raises(ValueError, match=why):
        ix.notices(step)
