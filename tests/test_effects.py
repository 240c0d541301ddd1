"""Laws of the effects: what is given to an operation is what its events and the record after them have."""

import attrs
import pytest
from commands import by_everyone

import ixnstate as ix
from conftest import MEDIA

COMMANDS = by_everyone()


def steps(record):
    """Every command that is not refused, with its step."""
    for command in COMMANDS:
        if not isinstance(ix.decide(record, command), ix.Refusal):
            yield command, ix.step(record, command)


@pytest.mark.parametrize("media", [name for name in MEDIA if ix.GWS.media[name].creates])
def test_what_is_created_has_all_that_its_command_says(media):
    given = {"user_data": {"k": [1]}, "content": {"to": ["b"]}, "media_type": "own", "parent_id": "P"}
    step = ix.create(ix.Create(by="a1", media=media, new_id="N", queue_name="Out", **given))
    (event,) = step.events
    assert event == ix.Created("N", "Create", "a1", media, ix.GWS.media[media].creates, "Out", **given)
    assert step == ix.Step(None, ix.replay(step.events), step.events, ix.replay(step.events))
    assert step.interaction == ix.Interaction(
        "N", media, ix.GWS.media[media].creates, holders=["a1"], queue="Out", **given
    )
    bare = ix.create(ix.Create(by="a1", media=media, new_id="N", queue_name="Out")).interaction
    assert bare == ix.Interaction("N", media, ix.GWS.media[media].creates, holders=["a1"], queue="Out")


@pytest.mark.parametrize("media", MEDIA)
def test_what_is_submitted_has_all_that_is_given(media):
    given = {"user_data": {"k": [1]}, "content": {"to": ["b"]}, "media_type": "own", "parent_id": "P"}
    step = ix.submit(id="N", media=media, queue="In", **given)
    assert step.events == (ix.Created("N", "Submit", None, media, ix.State.QUEUED, "In", **given),)
    assert step == ix.Step(None, ix.replay(step.events), step.events, None)
    assert step.interaction == ix.Interaction("N", media, queue="In", **given)
    bare = ix.submit(id="N", media=media, queue="In")
    assert bare.interaction == ix.Interaction("N", media, queue="In")
    for name, value in given.items():
        assert ix.submit(id="N", media=media, queue="In", **{name: value}).interaction == ix.Interaction(
            "N", media, queue="In", **{name: value}
        )


@pytest.mark.parametrize("wrong", [
    {"id": ""}, {"id": 5}, {"queue": ""}, {"media": "telex"}, {"media": []}, {"user_data": 5},
    {"user_data": {1: 2}}, {"content": 5}, {"content": {1: 2}}, {"media_type": 5}, {"media_type": ""},
    {"parent_id": 5}, {"parent_id": ""},
], ids=str)  # fmt: skip
def test_what_does_not_fit_is_not_submitted(wrong):
    with pytest.raises(ix.RefusedError) as refused:
        ix.submit(**{"id": "N", "media": "email", "queue": "In", **wrong})
    assert refused.value.refusal.code is ix.RefusalCode.INVALID_PARAMETER
    assert refused.value.refusal.failed == next(iter({"id": "new_id"}.get(name, name) for name in wrong))


def test_events_say_of_what_they_are_and_who_caused_them(record):
    for command, step in steps(record):
        for event in step.events:
            assert event.operation == command.operation
            assert event.by == getattr(command, "by", None)
            child = isinstance(event, ix.Created)
            assert event.interaction == (command.new_id if child else record.id)


def test_events_carry_what_the_command_says(record):
    """What is given is what is kept: each argument is found in the record after, or in the event that nobody keeps."""
    for command, step in steps(record):
        if not step.events:
            continue
        after, last = step.interaction, step.events[-1]
        match command:
            case ix.AttachUserData() | ix.UpdateUserData():
                assert after.user_data == {**record.user_data, **command.user_data}
            case ix.DeleteUserData():
                kept = {key: value for key, value in record.user_data.items() if key not in command.keys}
                assert after.user_data == kept
            case ix.SetDisposition():
                assert after.user_data == {**record.user_data, "DispositionCode": command.disposition}
            case ix.AddComment():
                assert after.content["comment"] == command.comment
            case ix.Save():
                assert after.content == {**record.content, **command.content}
            case ix.SendMessage() | ix.SendToAgents():
                assert (last.text, last.url) == (command.text, None)
            case ix.SendUrl():
                assert last.url == command.url
            case ix.Offer():
                assert (after.invited, after.holders) == ((command.agent,), ())
            case ix.Reply() | ix.ReplyAll() | ix.Forward():
                child = step.created
                assert (child.id, child.queue, child.media) == (command.new_id, command.queue_name, record.media)
                assert (child.media_type, child.parent_id, child.holders) == (
                    record.media_type,
                    record.id,
                    (command.by,),
                )
            case ix.PlaceInQueue():
                assert after.queue == command.queue_name
            case ix.Transfer(target_queue=str(queue)):
                assert (after.queue, after.holders, after.invited) == (queue, (), ())
            case ix.Complete():
                assert after.queue == (command.queue_name or record.queue)
            case ix.Consult(target_queue=str(queue)):
                assert last == ix.ConsultRequested(record.id, "Consult", command.by, queue)
                assert after == attrs.evolve(record, revision=record.revision + 1)
            case ix.PlaceInWorkbin() | ix.AddInteraction():
                place = ix.WorkbinPlace(command.workbin, command.agent_group, command.place_group, command.owner)
                assert (after.workbin, after.queue) == (place, record.queue)
            case ix.PullInteraction():
                assert (after.workbin, after.holders, after.queue) == (None, (command.by,), record.queue)


def test_who_takes_part_after_an_operation_in_a_session():
    """Holders, invited and unseen agents, and their nicknames, before and after each way in and out."""

    def session(**who):
        return ix.Interaction("X1", "chat", "Chatting", nicknames={"a1": "Al", "a2": "Bo"}, **who)

    both = session(holders=["a1", "a2"], invited=["a3"], consulted=["a2", "a3"])
    for command, holders, invited, consulted, nicknames in (
        (ix.Leave(by="a1"), ("a2",), ("a3",), ("a2", "a3"), {"a2": "Bo"}),
        (ix.Leave(by="a2"), ("a1",), ("a3",), ("a3",), {"a1": "Al"}),
        (ix.Accept(by="a3"), ("a1", "a2", "a3"), (), ("a2", "a3"), {"a1": "Al", "a2": "Bo"}),
        (ix.Accept(by="a3", nickname="Cy"), ("a1", "a2", "a3"), (), ("a2", "a3"), {"a1": "Al", "a2": "Bo", "a3": "Cy"}),
        (ix.Reject(by="a3"), ("a1", "a2"), (), ("a2",), {"a1": "Al", "a2": "Bo"}),
        (ix.Revoke(agent="a3"), ("a1", "a2"), (), ("a2",), {"a1": "Al", "a2": "Bo"}),
        (ix.Revoke(agent="a1"), ("a2",), ("a3",), ("a2", "a3"), {"a2": "Bo"}),
        (ix.Invite(by="a1", target_agent="a4"), ("a1", "a2"), ("a3", "a4"), ("a2", "a3"), {"a1": "Al", "a2": "Bo"}),
        (ix.Consult(by="a1", target_agent="a4"), ("a1", "a2"), ("a3", "a4"), ("a2", "a3", "a4"),
         {"a1": "Al", "a2": "Bo"}),
        (ix.Transfer(by="a1", target_agent="a4"), ("a2",), ("a3", "a4"), ("a2", "a3"), {"a2": "Bo"}),
        (ix.RemoveParticipantFromConference(by="a1", target_agent="a2"), ("a1",), ("a3",), ("a3",), {"a1": "Al"}),
        (ix.RemoveParticipantFromConference(by="a1", target_agent="a3"), ("a1", "a2"), (), ("a2",),
         {"a1": "Al", "a2": "Bo"}),
    ):  # fmt: skip
        after = ix.step(both, command).interaction
        assert (after.holders, after.invited, after.consulted) == (holders, invited, consulted), command
        assert after.nicknames == nicknames, command
    for target in ("a1", "a9"):
        removal = ix.RemoveParticipantFromConference(by="a1", target_agent=target)
        assert ix.decide(both, removal).failed == "the target has it not"
    for target in ("a1", "a2", "a3"):
        for command in (ix.Invite, ix.Consult, ix.Transfer):
            assert ix.decide(both, command(by="a1", target_agent=target)).failed == "the target has it"


def test_those_who_all_let_go_take_their_names_along():
    """A change of state keeps nicknames and unseen agents only while the same agents hold it."""
    held = ix.Interaction("X1", "chat", "Chatting", holders=["a1"], consulted=["a1"], nicknames={"a1": "Al"})
    left = ix.step(held, ix.Leave(by="a1")).interaction
    assert (left.state, left.nicknames, left.consulted) == (ix.State.LEFT_CHAT, {"a1": "Al"}, ("a1",))
    queued = ix.step(held, ix.PlaceInQueue(by="a1", queue_name="Q")).interaction
    assert (queued.nicknames, queued.consulted) == ({}, ())
