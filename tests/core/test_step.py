"""Laws of the step, over every situation of every medium and every form of every operation."""

import copy
import pickle

import attrs
import pytest
from commands import STEPS, by_everyone, forms

import ixnstate as ix
from conftest import MEDIA, SITUATIONS, name_of
from ixnstate.commands import ALIASES
from ixnstate.values import FrozenDict

COMMANDS = by_everyone()
FINAL = {ix.State.COMPLETED, ix.State.SENT, ix.State.CANCELED}


def outcomes(record):
    """Every command with what `decide` says of it."""
    return [(command, ix.decide(record, command)) for command in COMMANDS]


def test_decide_is_total_and_step_agrees_with_it(record):
    for command, outcome in outcomes(record):
        if isinstance(outcome, ix.Refusal):
            with pytest.raises(ix.RefusedError) as refused:
                ix.step(record, command)
            assert refused.value.refusal == outcome
        else:
            step = ix.step(record, command)
            assert step.before is record
            assert step.events == outcome


def test_events_alone_rebuild_the_record(record):
    for command, outcome in outcomes(record):
        if not isinstance(outcome, ix.Refusal):
            assert ix.replay(outcome, start=record) == ix.step(record, command).interaction


def test_a_step_changes_neither_the_record_nor_its_identity(record):
    before = copy.deepcopy(record)
    for command, outcome in outcomes(record):
        if not isinstance(outcome, ix.Refusal):
            after = ix.step(record, command).interaction
            assert (after.id, after.media, after.parent_id) == (record.id, record.media, record.parent_id)
            own = [event for event in outcome if event.interaction == record.id]
            assert after.revision == record.revision + len(own)
    assert record == before


def test_what_is_advertised_is_accepted(record):
    for agent in (*record.holders, *record.invited):
        for name in ix.capabilities(record, agent):
            operation = ALIASES.get(name, name)
            legal = [form for form in forms(operation, agent) if not isinstance(ix.decide(record, form), ix.Refusal)]
            assert legal, f"{name} is advertised to {agent}, but refused"


def test_only_who_has_it_acts_on_it(record):
    """A stranger can pull, ask for a workbin's content and, as a supervisor, add: nothing else."""
    for name in STEPS:
        for form in forms(name, "stranger"):
            if isinstance(ix.decide(record, form), ix.Refusal) or not hasattr(form, "by"):
                continue
            assert name.startswith("Pull") or name == "GetWorkbinContent" or form.owner == "a9"


def test_nothing_leaves_a_final_state(record):
    if record.state in FINAL:
        for command, outcome in outcomes(record):
            assert isinstance(outcome, ix.Refusal), command
            assert outcome.code in (
                ix.RefusalCode.FINAL,
                ix.RefusalCode.UNKNOWN_OPERATION,
                ix.RefusalCode.INVALID_PARAMETER,
            )
            assert outcome.path is None or outcome.code is ix.RefusalCode.INVALID_PARAMETER


def test_the_state_agrees_with_who_has_it(record):
    """Held states have holders, Invited an invitee, a workbin holds what is InWorkbin; the rest nobody has."""
    for command, outcome in outcomes(record):
        if isinstance(outcome, ix.Refusal):
            continue
        after = ix.step(record, command).interaction
        held = after.state in (ix.State.PROCESSING, ix.State.CHATTING, ix.State.LEFT_CHAT, ix.State.COMPOSING)
        assert bool(after.holders) == held, command
        assert (after.workbin is not None) == (after.state is ix.State.IN_WORKBIN), command
        assert bool(after.invited) == (after.state is ix.State.INVITED) or after.state is ix.State.CHATTING, command
        assert len(after.holders) <= 1 or after.state is ix.State.CHATTING, command
        assert not set(after.holders) & set(after.invited)
        assert set(after.consulted) <= {*after.holders, *after.invited}
        assert after.state in ix.GWS.media[after.media].states


def test_every_edge_says_what_the_step_does(record):
    """The state after a step is the target of an edge for it, or the state to resume."""
    medium = ix.GWS.media[record.media]
    for command, outcome in outcomes(record):
        edges = [e for e in medium.edges if e.source == record.state and e.operation == command.operation]
        if isinstance(outcome, ix.Refusal):
            continue
        targets = {edge.target or record.resume or medium.active for edge in edges}
        assert ix.step(record, command).interaction.state in targets


def test_a_stale_revision_is_refused_before_anything_else(record):
    for command in COMMANDS[::7]:
        stale = ix.decide(record, command, revision=record.revision + 1)
        assert isinstance(stale, ix.Refusal)
        assert stale.code is ix.RefusalCode.STALE
        with pytest.raises(ix.RefusedError) as refused:
            ix.step(record, command, record.revision + 1)
        assert refused.value.refusal == stale
        assert ix.decide(record, command, revision=record.revision) == ix.decide(record, command)


def test_user_data_goes_along_and_only_data_operations_change_it(record):
    changing = {"AttachUserData", "UpdateUserData", "DeleteUserData", "SetDisposition"}
    for command, outcome in outcomes(record):
        if not isinstance(outcome, ix.Refusal):
            after = ix.step(record, command).interaction
            assert (after.user_data is record.user_data) or command.operation in changing


def test_values_are_hashable_and_print_as_they_are_built(record):
    scope = vars(ix)
    for command, outcome in outcomes(record):
        assert eval(repr(command), scope) == command
        assert isinstance(hash(command), int)
        values = [outcome] if isinstance(outcome, ix.Refusal) else [ix.step(record, command), *outcome]
        for value in values:
            assert isinstance(hash(value), int)
            assert eval(repr(value), scope) == value
            assert pickle.loads(pickle.dumps(value)) == value


def test_values_cannot_be_changed():
    step = ix.submit(id="X1", media="email", queue="Inbound", user_data={"a": {"b": [1]}})
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        step.interaction.state = ix.State.COMPLETED
    with pytest.raises(TypeError, match="cannot be changed"):
        step.interaction.user_data["a"] = 2
    with pytest.raises(TypeError, match="cannot be changed"):
        step.interaction.user_data["a"].update(b=2)
    assert step.interaction.user_data["a"]["b"] == (1,)
    assert not hasattr(step.interaction, "__dict__")
    assert attrs.has(type(step.interaction))


def test_the_given_user_data_is_not_shared():
    given = {"a": {"b": [1]}}
    step = ix.submit(id="X1", media="email", queue="Inbound", user_data=given)
    given["a"]["b"].append(2)
    assert step.interaction.user_data == {"a": {"b": (1,)}}


def test_equal_records_hash_alike_and_user_data_tells_them_apart():
    one, other = (ix.Interaction("X1", "chat", user_data={"n": n}) for n in (1, 2))
    assert one != other
    assert hash(one) == hash(other)
    assert one == ix.Interaction("X1", "chat", user_data={"n": 1})


@pytest.mark.parametrize("media", MEDIA)
def test_replaying_a_life_from_its_creation_rebuilds_it(media):
    record, events = None, []
    for command in (*ix.tour(media), None):
        if command is None or isinstance(command, ix.Create | ix.Submit):
            if events:
                assert ix.replay(events) == record
                for cut in range(1, len(events)):
                    assert ix.replay(events[cut:], start=ix.replay(events[:cut])) == record
            record, events = None, []
        if isinstance(command, ix.Submit):
            step = ix.submit(id=command.new_id, media=media, queue=command.queue)
        elif command is not None:
            step = ix.create(command) if record is None else ix.step(record, command)
        record, events = step.interaction, [*events, *step.events]


def test_replay_names_what_is_wrong():
    with pytest.raises(ValueError, match="no events"):
        ix.replay([])
    moved = ix.step(ix.submit(id="X1", media="chat", queue="q").interaction, ix.Offer(agent="a1")).events
    with pytest.raises(ValueError, match="begins with the event Created"):
        ix.replay(moved)
    created = ix.submit(id="X1", media="chat", queue="q").events
    with pytest.raises(ValueError, match="already exists"):
        ix.replay([*created, *created])


# --- the documented flows -------------------------------------------------------------------------------------------


def walk(record, *commands):
    for command in commands:
        record = ix.step(record, command).interaction
    return record


def queued(media, **more):
    return ix.submit(id="X1", media=media, queue="Inbound", **more).interaction


def in_hand(media):
    return walk(queued(media), ix.Offer(agent="a1"), ix.Accept(by="a1"))


def told(step):
    return [(notice.agent, notice.view.state, notice.kind) for notice in ix.notices(step)]


STATUS, PARTICIPANTS = ix.NoticeKind.STATUS_CHANGE, ix.NoticeKind.PARTICIPANTS_UPDATED
DATA = ix.NoticeKind.PROPERTIES_UPDATED


def test_reject_sends_it_back_and_tells_completed():
    step = ix.step(walk(queued("workitem"), ix.Offer(agent="a1")), ix.Reject(by="a1"))
    assert step.interaction.state is ix.State.QUEUED
    assert step.interaction.queue == "Inbound"
    assert told(step) == [("a1", ix.State.COMPLETED, STATUS)]


def test_an_unanswered_invitation_is_revoked():
    step = ix.step(walk(queued("chat"), ix.Offer(agent="a1")), ix.Revoke())
    assert step.interaction.state is ix.State.QUEUED
    assert told(step) == [("a1", ix.State.REVOKED, STATUS)]


def test_revoke_of_an_agent_who_has_it_not_is_refused():
    record = walk(queued("chat"), ix.Offer(agent="a1"))
    assert ix.decide(record, ix.Revoke(agent="a2")).code is ix.RefusalCode.INVALID_PARAMETER
    assert ix.decide(in_hand("workitem"), ix.Revoke(agent="a2")).code is ix.RefusalCode.INVALID_PARAMETER


def test_the_handling_timeout_takes_it_back_to_its_queue():
    step = ix.step(in_hand("workitem"), ix.Revoke(agent="a1"))
    assert (step.interaction.state, step.interaction.queue) == (ix.State.QUEUED, "Inbound")
    assert told(step) == [("a1", ix.State.REVOKED, STATUS)]


@pytest.mark.parametrize("media", MEDIA)
def test_stop_ends_it_wherever_it_is(media):
    for record in (each for each in SITUATIONS if each.media == media and each.state not in FINAL):
        step = ix.step(record, ix.Stop())
        assert step.interaction.state is ix.State.COMPLETED, name_of(record)
        assert told(step) == [(agent, ix.State.REVOKED, STATUS) for agent in (*record.holders, *record.invited)]


@pytest.mark.parametrize("media", ["workitem", "openmedia", "email", "chat", "facebooksession", "smssession"])
def test_complete_into_a_queue_goes_there(media):
    step = ix.step(in_hand(media), ix.Complete(by="a1", queue_name="Post"))
    assert (step.interaction.state, step.interaction.queue) == (ix.State.QUEUED, "Post")
    assert told(step) == [("a1", ix.State.COMPLETED, STATUS)]


def test_transfer_at_once_invites_the_target():
    step = ix.step(in_hand("openmedia"), ix.Transfer(by="a1", target_agent="a2"))
    assert (step.interaction.state, step.interaction.holders) == (ix.State.INVITED, ())
    assert told(step) == [("a1", ix.State.COMPLETED, STATUS), ("a2", ix.State.INVITED, STATUS)]
    assert ix.step(step.interaction, ix.Reject(by="a2")).interaction.state is ix.State.QUEUED


def test_transfer_on_acceptance_leaves_it_with_the_giver_until_then():
    definition = ix.GWS.with_profile(transfer="on acceptance")
    step = ix.step(in_hand("chat"), ix.Transfer(by="a1", target_agent="a2"), definition=definition)
    assert (step.interaction.state, step.interaction.holders) == (ix.State.INVITED, ("a1",))
    assert ix.view(step.interaction, "a1", definition=definition) == ix.View(ix.State.CHATTING, ())
    assert ix.view(step.interaction, "a2", definition=definition).state is ix.State.INVITED

    refused = ix.step(step.interaction, ix.Reject(by="a2"), definition=definition)
    assert (refused.interaction.state, refused.interaction.holders) == (ix.State.CHATTING, ("a1",))
    notices = ix.notices(refused, definition=definition)
    assert [(n.agent, n.view.state, n.kind) for n in notices] == [
        ("a2", ix.State.COMPLETED, STATUS),
        ("a1", ix.State.CHATTING, ix.NoticeKind.ERROR),
    ]

    accepted = ix.step(step.interaction, ix.Accept(by="a2"), definition=definition)
    assert accepted.interaction.holders == ("a2",)
    states = {n.agent: n.view.state for n in ix.notices(accepted, definition=definition) if n.kind is STATUS}
    assert states == {"a1": ix.State.COMPLETED, "a2": ix.State.CHATTING}


@pytest.mark.parametrize("media", ["email", "facebook", "twitter"])
def test_a_draft_is_handed_over_as_it_is(media):
    draft = ix.create(ix.Create(by="a1", media=media, new_id="D", queue_name="Out")).interaction
    step = ix.step(draft, ix.Transfer(by="a1", target_agent="a2"))
    assert (step.interaction.state, step.interaction.holders) == (ix.State.COMPOSING, ("a2",))
    composing = ix.view(step.interaction, "a2")
    assert [(n.agent, n.view) for n in ix.notices(step)] == [("a1", composing), ("a2", composing)]


def test_a_draft_put_away_is_resumed_as_a_draft():
    draft = ix.create(ix.Create(by="a1", media="email", new_id="D", queue_name="Out")).interaction
    for away, back in (
        ([ix.Transfer(by="a1", target_queue="Q"), ix.Offer(agent="a2")], ix.Accept(by="a2")),
        ([ix.AddEmail(by="a1", workbin="wb")], ix.PullEmail(by="a2", workbin="wb")),
        (
            [ix.PlaceInQueue(by="a1", queue_name="Q"), ix.AddEmail(by="b", workbin="w", owner="a2")],
            ix.PullInteraction(by="a2"),
        ),
    ):
        assert walk(draft, *away, back).state is ix.State.COMPOSING


@pytest.mark.parametrize("media", ["chat", "facebooksession", "smssession"])
def test_a_session_that_has_been_ended_is_resumed_as_left(media):
    ended = walk(in_hand(media), ix.Complete(by="a1", queue_name="Post"), ix.Offer(agent="a2"), ix.Accept(by="a2"))
    assert ended.state is ix.State.LEFT_CHAT
    assert isinstance(ix.decide(ended, ix.SendMessage(by="a2", text="Hello")), ix.Refusal)
    not_ended = walk(in_hand(media), ix.PlaceInQueue(by="a1", queue_name="Q"), ix.Offer(agent="a2"), ix.Accept(by="a2"))
    assert not_ended.state is ix.State.CHATTING
    left = walk(
        in_hand(media), ix.Leave(by="a1"), ix.AddInteraction(by="a1", workbin="wb"), ix.PullInteraction(by="a2")
    )
    assert left.state is ix.State.LEFT_CHAT


def test_accepting_a_chat_tells_the_state_and_then_the_participants():
    step = ix.step(walk(queued("chat"), ix.Offer(agent="a1")), ix.Accept(by="a1", nickname="Al"))
    assert told(step) == [("a1", ix.State.CHATTING, STATUS), ("a1", ix.State.CHATTING, PARTICIPANTS)]
    assert step.interaction.nicknames == {"a1": "Al"}


def test_a_conference_from_invitation_to_the_last_leave():
    step = ix.step(in_hand("chat"), ix.Invite(by="a1", target_agent="a2"))
    assert told(step) == [("a2", ix.State.INVITED, STATUS), ("a1", ix.State.CHATTING, PARTICIPANTS)]
    step = ix.step(step.interaction, ix.Accept(by="a2", nickname="Bo"))
    assert told(step) == [("a2", ix.State.CHATTING, STATUS), ("a1", ix.State.CHATTING, PARTICIPANTS)]
    assert len(ix.capabilities(step.interaction, "a1")) == 16
    step = ix.step(step.interaction, ix.Leave(by="a1"))
    assert told(step) == [("a1", ix.State.COMPLETED, STATUS), ("a2", ix.State.CHATTING, PARTICIPANTS)]
    assert len(ix.capabilities(step.interaction, "a2")) == 13
    step = ix.step(step.interaction, ix.Leave(by="a2"))
    assert told(step) == [("a2", ix.State.LEFT_CHAT, STATUS)]
    assert ix.step(step.interaction, ix.Leave(by="a2")).events == ()


def test_a_consulted_agent_is_unseen_and_declining_tells_the_others():
    step = ix.step(in_hand("chat"), ix.Consult(by="a1", target_agent="a2"))
    assert step.interaction.consulted == ("a2",)
    step = ix.step(step.interaction, ix.Reject(by="a2"))
    assert told(step) == [("a2", ix.State.COMPLETED, STATUS), ("a1", ix.State.CHATTING, PARTICIPANTS)]
    assert step.interaction.consulted == ()


def test_an_unanswered_invitation_into_a_session_leaves_the_session():
    asked = walk(in_hand("chat"), ix.Invite(by="a1", target_agent="a2"))
    step = ix.step(asked, ix.Revoke(agent="a2"))
    assert step.interaction == attrs.evolve(in_hand("chat"), revision=step.interaction.revision)
    assert told(step) == [("a2", ix.State.REVOKED, STATUS), ("a1", ix.State.CHATTING, PARTICIPANTS)]


def test_completing_a_conference_completes_it_for_all():
    both = walk(
        in_hand("chat"),
        ix.Invite(by="a1", target_agent="a2"),
        ix.Accept(by="a2"),
        ix.Invite(by="a1", target_agent="a3"),
    )
    step = ix.step(both, ix.Complete(by="a2"))
    assert told(step) == [
        ("a2", ix.State.COMPLETED, STATUS), ("a1", ix.State.COMPLETED, STATUS), ("a3", ix.State.REVOKED, STATUS),
    ]  # fmt: skip


def test_removing_a_participant():
    both = walk(in_hand("chat"), ix.Invite(by="a1", target_agent="a2"), ix.Accept(by="a2"))
    step = ix.step(both, ix.RemoveParticipantFromConference(by="a1", target_agent="a2"))
    assert told(step) == [("a2", ix.State.COMPLETED, STATUS), ("a1", ix.State.CHATTING, PARTICIPANTS)]
    assert (
        ix.decide(both, ix.RemoveParticipantFromConference(by="a1", target_agent="a9")).failed
        == "the target has it not"
    )


def test_leaving_and_completing_a_session():
    assert walk(in_hand("smssession"), ix.LeaveAndComplete(by="a1")).state is ix.State.COMPLETED


def test_a_reply_brings_a_child_draft_and_leaves_the_parent():
    record = in_hand("email")
    step = ix.step(record, ix.Reply(by="a1", new_id="X2", queue_name="Out", content={"body": "Hi"}))
    assert step.interaction == record
    assert (step.created.state, step.created.parent_id, step.created.holders) == (ix.State.COMPOSING, "X1", ("a1",))
    assert told(step) == [("a1", ix.State.COMPOSING, STATUS)]
    assert ix.replay([step.events[-1]]) == step.created
    sent = ix.step(step.created, ix.Send(by="a1", queue_name="Out", content={"subject": "Re"}))
    assert sent.interaction.content == {"body": "Hi", "subject": "Re"}
    assert told(sent) == [("a1", ix.State.SENT, STATUS)]


def test_saving_a_draft_tells_that_it_is_saved():
    draft = ix.create(ix.Create(by="a1", media="email", new_id="D", queue_name="Out")).interaction
    step = ix.step(draft, ix.Save(by="a1", content={"to": ["x@example.com"]}))
    assert told(step) == [("a1", ix.State.COMPOSING, ix.NoticeKind.SAVED)]
    assert step.interaction.content == {"to": ("x@example.com",)}


@pytest.mark.parametrize("media", MEDIA)
def test_create_is_for_media_that_agents_can_create(media):
    command = ix.Create(by="a1", media=media, new_id="N", queue_name="Out")
    expected = {
        "email": "Composing",
        "facebook": "Composing",
        "twitter": "Composing",
        "workitem": "Processing",
        "openmedia": "Processing",
    }
    if media in expected:
        step = ix.create(command)
        assert (step.interaction.state, step.interaction.holders) == (expected[media], ("a1",))
        assert step.before is None
        assert step.created == step.interaction
        assert told(step) == [("a1", expected[media], STATUS)]
    else:
        with pytest.raises(ix.RefusedError, match=f"can't Create a new interaction; no agent can create {media}"):
            ix.create(command)


def test_user_data_is_set_overwritten_and_deleted():
    record = in_hand("workitem")
    step = ix.step(record, ix.AttachUserData(by="a1", user_data={"a": 1, "b": {"c": None}}))
    assert told(step) == [("a1", ix.State.PROCESSING, DATA)]
    record = walk(
        step.interaction, ix.UpdateUserData(by="a1", user_data={"a": 2}), ix.DeleteUserData(by="a1", keys=["b", "none"])
    )
    assert record.user_data == {"a": 2}
    assert isinstance(record.user_data, FrozenDict)


def test_a_disposition_is_user_data():
    record = walk(in_hand("chat"), ix.SetDisposition(by="a1", disposition="done", disposition_key="DISP_KEY"))
    assert record.user_data == {"DISP_KEY": "done"}
    assert walk(in_hand("chat"), ix.SetDisposition(by="a1", disposition="done")).user_data == {
        "DispositionCode": "done"
    }


def test_attachments_come_and_go():
    record = walk(in_hand("chat"), ix.AddAttachment(by="a1", document_id="d1", name="a.txt", size=3))
    assert record.content == {"attachments": ({"id": "d1", "name": "a.txt", "size": 3},)}
    assert ix.decide(record, ix.RemoveAttachment(by="a1", document_id="d2")).failed == "attachment"
    assert walk(record, ix.RemoveAttachment(by="a1", document_id="d1")).content == {"attachments": ()}


def test_workbins_keep_it_for_whoever_pulls():
    step = ix.step(in_hand("workitem"), ix.AddWorkitem(by="a1", workbin="wb", agent_group="G"))
    assert step.interaction.workbin == ix.WorkbinPlace("wb", agent_group="G")
    assert told(step) == [("a1", ix.State.IN_WORKBIN, STATUS)]
    assert ix.view(step.interaction, "a1") is None
    assert ix.decide(step.interaction, ix.PullWorkitem(by="a2", workbin="other")).failed == "another workbin"
    pulled = ix.step(step.interaction, ix.PullWorkitem(by="a2", workbin="wb", agent_group="G"))
    assert pulled.interaction.holders == ("a2",)
    assert told(pulled) == [("a2", ix.State.PROCESSING, STATUS)]


def test_a_supervisor_adds_from_anywhere_but_an_open_invitation():
    add = ix.AddWorkitem(by="boss", workbin="wb", owner="a2")
    taken = ix.step(in_hand("workitem"), add)
    assert told(taken) == [("boss", ix.State.IN_WORKBIN, STATUS), ("a1", ix.State.IN_WORKBIN, STATUS)]
    assert walk(queued("workitem"), add).state is ix.State.IN_WORKBIN
    assert ix.decide(taken.interaction, add).failed == "the workbin it is in"
    moved = walk(taken.interaction, ix.AddWorkitem(by="boss", workbin="wb", owner="a3"))
    assert moved.workbin.owner == "a3"
    assert isinstance(ix.decide(walk(queued("workitem"), ix.Offer(agent="a1")), add), ix.Refusal)


def test_pulling_a_chat_needs_both_options():
    stored = walk(in_hand("chat"), ix.AddChat(by="a1", workbin="wb"))
    for option in ("enable_notification_on_pull_chat", "enable_join_on_pull_chat"):
        definition = ix.GWS.with_profile(**{option: False})
        refusal = ix.decide(stored, ix.PullChat(by="a2", workbin="wb"), definition=definition)
        assert refusal.code is ix.RefusalCode.FEATURE_DISABLED
        assert option in str(refusal)
        assert not isinstance(ix.decide(stored, ix.PullInteraction(by="a2"), definition=definition), ix.Refusal)
    assert walk(stored, ix.PullChat(by="a2", nickname="Bo")).nicknames == {"a2": "Bo"}


def test_names_that_a_scope_does_not_list_can_be_refused():
    definition = ix.GWS.with_profile(unlisted_workbin_names="refuse")
    record = in_hand("twitter")
    own, group = ix.AddTweet(by="a1", workbin="wb"), ix.AddTweet(by="a1", workbin="wb", agent_group="G")
    assert isinstance(ix.decide(record, own, definition=definition), ix.Refusal)
    assert not isinstance(ix.decide(record, group, definition=definition), ix.Refusal)
    assert not isinstance(ix.decide(record, own), ix.Refusal)


def test_what_a_scope_lists_is_done_as_if_all_were_listed(record):
    """The choice only refuses, and nothing that is about a group's workbin."""
    definition = ix.GWS.with_profile(unlisted_workbin_names="refuse")
    for command in COMMANDS:
        outcome, accepted = ix.decide(record, command, definition=definition), ix.decide(record, command)
        if isinstance(outcome, ix.Refusal):
            assert isinstance(accepted, ix.Refusal) or command.agent_group is None, command
        else:
            assert outcome == accepted, command


def test_targets_must_not_have_it():
    both = walk(in_hand("chat"), ix.Invite(by="a1", target_agent="a2"))
    for command in (
        ix.Transfer(by="a1", target_agent="a1"),
        ix.Transfer(by="a1", target_agent="a2"),
        ix.Invite(by="a1", target_agent="a2"),
        ix.Consult(by="a1", target_agent="a1"),
    ):
        assert ix.decide(both, command).failed == "the target has it", command
    draft = ix.Interaction("D", "email", "Composing", holders=["a1"])
    assert ix.decide(draft, ix.Transfer(by="a1", target_agent="a1")).failed == "the target has it"


def test_messages_are_told_to_all_who_hold_it_and_change_nothing_else():
    both = walk(in_hand("chat"), ix.Invite(by="a1", target_agent="a2"), ix.Accept(by="a2"))
    step = ix.step(both, ix.SendMessage(by="a2", text="Hello"))
    assert told(step) == [
        ("a2", ix.State.CHATTING, ix.NoticeKind.MESSAGE),
        ("a1", ix.State.CHATTING, ix.NoticeKind.MESSAGE),
    ]
    assert attrs.evolve(step.interaction, revision=both.revision) == both


def test_open_media_keeps_the_users_own_type():
    record = ix.submit(id="X1", media="openmedia", media_type="promotion", queue="Q").interaction
    assert record.media_type == "promotion"
    assert "promotion X1" in str(ix.decide(record, ix.Accept(by="a1")))


def test_what_is_submitted_can_carry_content():
    record = ix.submit(id="X1", media="email", queue="In", content={"subject": "Hello", "to": ["b"]}).interaction
    assert record.content == {"subject": "Hello", "to": ("b",)}
    with pytest.raises(ix.RefusedError, match="content must be a JSON object"):
        ix.submit(id="X1", media="email", queue="In", content={"subject": float("nan")})


def test_a_notice_has_the_record_after_its_event():
    step = ix.submit(id="X1", media="chat", queue="In")
    step = ix.step(ix.step(step.interaction, ix.Offer(agent="a1")).interaction, ix.Accept(by="a1", nickname="Al"))
    first, *_, last = ix.notices(step)
    assert (first.interaction.nicknames, last.interaction) == ({}, step.interaction)
