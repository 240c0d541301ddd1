"""Laws of the effects: what is given to an operation is what its events and the record after them have."""

import attrs
import pytest
from commands import by_everyone

import ixnstate as ix
from conftest import MEDIA
from ixnstate.stepping import applicable
from ixnstate.values import brief

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
        for joining in (ix.Invite, ix.Consult, ix.Transfer):
            assert ix.decide(both, joining(by="a1", target_agent=target)).failed == "the target has it"


def test_those_who_all_let_go_take_their_names_along():
    """A change of state keeps nicknames and unseen agents only while the same agents hold it."""
    held = ix.Interaction("X1", "chat", "Chatting", holders=["a1"], consulted=["a1"], nicknames={"a1": "Al"})
    left = ix.step(held, ix.Leave(by="a1")).interaction
    assert (left.state, left.nicknames, left.consulted) == (ix.State.LEFT_CHAT, {"a1": "Al"}, ("a1",))
    queued = ix.step(held, ix.PlaceInQueue(by="a1", queue_name="Q")).interaction
    assert (queued.nicknames, queued.consulted) == ({}, ())


def test_an_invitation_that_ends_leaves_it_with_the_giver_who_is_told():
    definition = ix.GWS.with_profile(transfer="on acceptance")
    given = ix.Interaction("X1", "chat", "Invited", holders=["a1"], invited=["a2"])
    for command in (ix.Reject(by="a2"), ix.Revoke(agent="a2"), ix.Revoke()):
        step = ix.step(given, command, definition=definition)
        moved, failed = step.events
        assert failed == ix.TransferFailed("X1", command.operation, getattr(command, "by", None), "a1")
        assert (moved.state, moved.holders, moved.invited) == (ix.State.CHATTING, ("a1",), ())
        told = ix.notices(step, definition=definition)
        assert [(n.agent, n.event) for n in told if n.kind is ix.NoticeKind.ERROR] == [("a1", failed)]


def test_a_workbin_is_named_as_it_was_when_it_was_filled():
    """Of the kinds of owner the first that is known counts; a pull that names none, or no workbin, takes it anyway."""
    kinds = ({"agent_group": "G"}, {"place_group": "P"}, {"owner": "o"})
    for kept in kinds:
        stored = ix.Interaction("W1", "workitem", "InWorkbin", workbin=ix.WorkbinPlace("wb", **kept))
        for named in ({}, *kinds):
            refusal = ix.decide(stored, ix.PullWorkitem(by="a1", workbin="wb", **named))
            assert isinstance(refusal, ix.Refusal) == (named not in ({}, kept)), (kept, named)
        assert not isinstance(ix.decide(stored, ix.PullWorkitem(by="a1")), ix.Refusal)
        assert ix.decide(stored, ix.PullWorkitem(by="a1", workbin="other", **kept)).failed == "another workbin"
    nobodys = ix.Interaction("W1", "workitem", "InWorkbin", workbin=ix.WorkbinPlace("wb"))
    for named in ({}, *kinds):
        assert not isinstance(ix.decide(nobodys, ix.PullWorkitem(by="a1", workbin="wb", **named)), ix.Refusal)


def test_the_state_of_a_medium_of_ones_own_is_its_own():
    """What resumes, is offered or is created looks into the definition that was asked, not into the documented one."""
    definition = ix.GWS.with_media("talk", like="chat").with_media("letter", like="email")
    record = ix.submit(id="T1", media="talk", queue="Q", definition=definition).interaction
    for command in (ix.Offer(agent="a1"), ix.Accept(by="a1"), ix.Invite(by="a1", target_agent="a2"), ix.Leave(by="a1"),
                    ix.AddInteraction(by="a1", workbin="wb"), ix.PullInteraction(by="a1"),
                    ix.Transfer(by="a1", target_agent="a2"), ix.Reject(by="a2"), ix.Offer(agent="a3"),
                        ix.Stop()):  # fmt: skip
        record = ix.step(record, command, definition=definition).interaction
    assert record.state is ix.State.COMPLETED
    letter = ix.create(
        ix.Create(by="a1", media="letter", new_id="L", queue_name="Q"), definition=definition
    ).interaction
    assert ix.step(letter, ix.Send(by="a1", queue_name="Q"), definition=definition).interaction.state is ix.State.SENT
    held = ix.Interaction("L", "letter", "Processing", holders=["a1"])
    reply = ix.step(held, ix.Reply(by="a1", new_id="R", queue_name="Q"), definition=definition)
    assert (reply.created.state, reply.created.media) == (ix.State.COMPOSING, "letter")


INTO_QUEUE, TO_A3 = {"target_queue": "Q"}, {"target_agent": "a3"}


@pytest.mark.parametrize(("media", "operation", "does", "arguments"), [
    ("chat", "PlaceInQueue", ix.Does.RELEASE, {"queue_name": "Q"}), ("chat", "Transfer", ix.Does.RELEASE, INTO_QUEUE),
    ("chat", "Transfer", ix.Does.HAND_OVER, TO_A3), ("chat", "Transfer", ix.Does.OFFER_ON, TO_A3),
    ("chat", "Transfer", ix.Does.REPLACE, TO_A3), ("chat", "PlaceInWorkbin", ix.Does.STORE, {"workbin": "wb"}),
    ("chat", "Leave", ix.Does.KEEP, {}), ("email", "Send", ix.Does.SEND, {"queue_name": "Q"}),
    ("email", "PullInteraction", ix.Does.TAKE, {}), ("email", "Retweet", ix.Does.HOLD, {}),
])  # fmt: skip
def test_any_effect_can_be_that_of_an_edge_that_resumes(media, operation, does, arguments):
    edge = ix.Edge(ix.State.INVITED, operation, None, who=ix.Who.INVITEE, does=does)
    own = ix.GWS.with_edge(media, edge)
    command = ix.command(operation, by="a1", **arguments)
    for resume, state in ((None, own.media[media].active), *((each, each) for each in own.targets(media, edge))):
        record = ix.Interaction("X1", media, "Invited", invited=["a1"], resume=resume)
        assert ix.step(record, command, definition=own).interaction.state is state


def test_what_is_offered_is_offered_by_nobody_whatever_it_resumes():
    edge = ix.Edge(ix.State.INVITED, "Offer", None, who=ix.Who.PLATFORM, does=ix.Does.OFFER)
    own = ix.GWS.with_edge("workitem", edge)
    invited = ix.Interaction("W1", "workitem", "Invited", invited=["a1"])
    (event,) = ix.step(invited, ix.Offer(agent="a2"), definition=own).events
    assert (event.by, event.state, event.invited) == (None, ix.State.PROCESSING, ("a2",))


def test_a_child_has_what_its_reply_says_and_the_type_of_its_parent():
    parent = ix.Interaction("E1", "email", "Processing", holders=["a1"], media_type="own", user_data={"of": "parent"})
    for given in ({}, {"user_data": {"k": [1]}}, {"content": {"to": ["b"]}}):
        child = ix.step(parent, ix.Reply(by="a1", new_id="E2", queue_name="Out", **given)).created
        assert child == ix.Interaction(
            "E2", "email", "Composing", holders=["a1"], queue="Out", media_type="own", parent_id="E1", **given
        )
    assert ix.decide(parent, ix.Reply(by="a1", new_id="E1", queue_name="Out")).failed == "new_id is its own"


def test_a_child_begins_where_its_medium_begins():
    edge = ix.Edge(ix.State.PROCESSING, "Reply", ix.State.PROCESSING, does=ix.Does.SPAWN)
    reply = ix.Reply(by="a1", new_id="W2", queue_name="Out")
    own = ix.GWS.with_edge("workitem", edge)
    step = ix.step(ix.Interaction("W1", "workitem", "Processing", holders=["a1"]), reply, definition=own)
    assert step.created.state is ix.State.PROCESSING


def test_what_is_sent_is_kept_and_then_sent_by_the_same_agent():
    draft = ix.Interaction("E1", "email", "Composing", holders=["a1"], queue="Out", content={"to": "b"})
    step = ix.step(draft, ix.Send(by="a1", queue_name="Later", content={"subject": "Hello"}))
    kept, sent = step.events
    assert kept == ix.ContentChanged("E1", "Send", "a1", {"subject": "Hello"}, None)
    assert (sent.by, sent.state, sent.queue) == ("a1", ix.State.SENT, "Later")
    assert step.interaction.content == {"to": "b", "subject": "Hello"}
    (told,) = ix.notices(step)
    assert told.view.state is ix.State.SENT


def test_the_edge_that_a_command_takes_is_one_of_its_operation_and_state(record):
    """None of them, where the step says that the operation is illegal here, or that the agent does not hold it."""
    for command in COMMANDS:
        edge = applicable(record, command)
        outcome = ix.decide(record, command)
        if edge is not None:
            assert (edge.source, edge.operation) == (record.state, command.operation)
            assert not isinstance(outcome, ix.Refusal) or outcome.code is ix.RefusalCode.INVALID_PARAMETER
            if not isinstance(outcome, ix.Refusal) and not any(isinstance(each, ix.StateChanged) for each in outcome):
                assert edge.target is edge.source
        else:
            assert isinstance(outcome, ix.Refusal)


def test_an_attachment_and_a_workbin_have_all_that_is_said_of_them():
    chat = ix.Interaction("C1", "chat", "Chatting", holders=["a1"])
    attached = ix.step(
        chat, ix.AddAttachment(by="a1", document_id="d", name="n", mime="text/plain", size=1)
    ).interaction
    assert attached.content["attachments"] == ({"id": "d", "name": "n", "mime": "text/plain", "size": 1},)
    again = ix.step(attached, ix.AddAttachment(by="a1", document_id="d", size=2)).interaction
    assert again.content["attachments"] == ({"id": "d", "size": 2},)
    stored = ix.step(chat, ix.AddChat(by="a1", workbin="wb", place_group="P")).interaction
    assert stored.workbin == ix.WorkbinPlace("wb", place_group="P")


def test_what_cannot_be_replayed_is_named():
    for events, message in ((5, "replay takes events, not 5"), ([], "there are no events, so there is no interaction")):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole sentence is compared)
            ix.replay(events)
        assert str(raised.value) == message


def test_what_cannot_evolve_is_named():
    stop = ix.step(ix.Interaction("X1", "chat"), ix.Stop()).events[0]
    for record, event, message in (
        ("X1", stop, f"'X1' cannot evolve by {brief(stop)}: it takes an interaction and an event"),
        (None, 5, "None cannot evolve by 5: it takes an interaction and an event"),
        (None, stop, "an interaction begins with the event Created, not with StateChanged"),
    ):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole sentence is compared)
            ix.evolve(record, event)
        assert str(raised.value) == message
