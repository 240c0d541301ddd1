"""Refusals: never a foreign exception, always a reason, and a way that works."""

import pickle
import re
from pathlib import Path

import attrs
import pytest
from commands import STEPS, by_everyone
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from conftest import MEDIA, SITUATIONS
from ixnstate.commands import MAX_NAME, OPERATIONS
from ixnstate.space import by_name

COMMANDS = by_everyone()
Code = ix.RefusalCode


def test_a_refusal_says_why_and_computes_the_rest(record):
    for command in COMMANDS:
        refusal = ix.decide(record, command)
        if isinstance(refusal, ix.Refusal):
            assert str(refusal).startswith(f"can't {command.operation} ")
            assert (refusal.record, refusal.command, refusal.state) == (record, command, record.state)
            assert refusal.status_code in (1, 2, 3, 5, 10)
            seen = ix.view(record, refusal.agent) if refusal.agent else None
            assert refusal.allowed == ((seen.capabilities or ()) if seen else ())
            assert "None" not in str(refusal)


def test_after_its_path_the_operation_is_legal(record):
    """Performing the path, by whose turn it is, leads to a state where some form of the operation is legal."""
    for command in COMMANDS:
        refusal = ix.decide(record, command)
        if isinstance(refusal, ix.Refusal) and refusal.path is not None:
            there = record
            for name in refusal.path:
                there = ix.step(there, by_name(name, there)).interaction
            edges = [e for e in ix.GWS.edges(record.media) if e.source is there.state]
            assert command.operation in {edge.operation for edge in edges}


def test_without_a_path_no_sequence_makes_it_legal(record):
    for command in COMMANDS:
        refusal = ix.decide(record, command)
        if isinstance(refusal, ix.Refusal) and refusal.path is None:
            legal = {e.source for e in ix.GWS.edges(record.media) if e.operation == command.operation}
            if record.resume is None:
                assert not legal & ix.reachable(record.media, record.state)


@pytest.mark.parametrize(("command", "text"), [
    (ix.Complete(by="a1"), "can't Complete workitem W1 in state Invited; agent a1 may Accept or Reject"),
    (ix.Accept(by="a2"), "can't Accept workitem W1 in state Invited; agent a2 is not invited to it; a1 is"),
    (ix.Complete(by="a2"),
     "can't Complete workitem W1 in state Invited; agent a2 can do nothing with it now;"
     " Complete is legal after a1's Accept"),
    (ix.Offer(agent="a2"), "can't Offer workitem W1 in state Invited; the platform may Revoke or Stop it"),
    (ix.SendMessage(by="a1", text="x"),
     "can't SendMessage workitem W1 in state Invited; workitem has no such operation"),
    (ix.command("Acept", by="a1"),
     "can't Acept workitem W1 in state Invited; there is no such operation; did you mean Accept?"),
    (ix.Accept(), "can't Accept workitem W1 in state Invited; by is missing"),
    (ix.Accept(by=5), "can't Accept workitem W1 in state Invited; by must be a string of 1 to 512 characters, not 5"),
    (ix.command("Accept", by="a1", haste=1),
     "can't Accept workitem W1 in state Invited; it takes no haste; it takes save_lar"),
    ("Accept", "can't Accept workitem W1 in state Invited; a name is not a command; build one: ixnstate.Accept(...)"),
    (ix.Create(by="a1", media="email", new_id="N", queue_name="Q"), "can't Create workitem W1 in state Invited; "
     "an interaction is created by ixnstate.submit or ixnstate.create, not by a step of another"),
])  # fmt: skip
def test_the_sentence(command, text):
    record = ix.Interaction("W1", "workitem", "Invited", invited=["a1"])
    assert str(ix.decide(record, command)) == text


def test_the_sentence_for_who_does_not_hold_it():
    record = ix.Interaction("W1", "workitem", "Processing", holders=["a1"])
    refusal = ix.decide(record, ix.Complete(by="a2"))
    assert str(refusal) == "can't Complete workitem W1 in state Processing; agent a2 does not hold it; a1 does"
    assert refusal.operands == {"by": "a2", "holders": ("a1",), "invited": ()}
    assert refusal.path == ()


def test_the_sentence_for_final_stale_and_the_record_itself():
    done = ix.Interaction("W1", "workitem", "Completed", revision=7)
    assert str(ix.decide(done, ix.Complete(by="a1"))).endswith("nothing leaves this state")
    stale = ix.decide(done, ix.Complete(by="a1"), revision=6)
    assert str(stale).endswith("it has changed since: its revision is 7 now")
    assert stale.operands == {"revision": 7}
    assert str(ix.decide(ix.Interaction(5, "workitem"), ix.Stop())).endswith("the record is unsound: its id is 5")
    nothing = ix.decide("W1", ix.Stop())
    assert str(nothing) == (
        "can't Stop 'W1', which is not an interaction; build one with ixnstate.Interaction or ixnstate.submit"
    )
    assert nothing.failed == "record.record"
    assert str(ix.decide("W1", "Acept")) == (
        "can't Acept 'W1', which is not an interaction; there is no such operation; did you mean Accept?"
    )


def test_an_unsound_record_is_told_from_an_unfit_argument():
    record = ix.Interaction("W1", "workitem", "Processing", holders=["a1"], user_data={1: 2})
    refusal = ix.decide(record, ix.AttachUserData(by="a1", user_data={"a": 1}))
    assert (refusal.code, refusal.failed) == (Code.INVALID_PARAMETER, "record.user_data")
    assert refusal.operands == {"record.user_data": {1: 2}}
    never = ix.decide(ix.Interaction("W1", "workitem", "Chatting", holders=["a1"]), ix.Complete(by="a1"))
    assert str(never).endswith("the record is unsound: workitem is never in that state")
    assert str(ix.decide(ix.Interaction("", "workitem"), ix.Stop())).endswith("its id is ''")


@pytest.mark.parametrize(("code", "status"), [
    (Code.MISSING_PARAMETER, 1), (Code.INVALID_PARAMETER, 10), (Code.ILLEGAL, 2), (Code.FINAL, 2), (Code.STALE, 2),
    (Code.UNKNOWN_OPERATION, 3), (Code.FEATURE_DISABLED, 3), (Code.NOT_HOLDER, 5), (Code.NO_PERMISSION, 5),
    (Code.NOT_FOUND, 6),
])  # fmt: skip
def test_status_codes(code, status):
    assert ix.Refusal(code, None, ix.Stop()).status_code == status


def test_an_invalid_parameter_was_code_1_before_8_5_2():
    for version, status in (("8.5.0", 1), ("8.5.1", 1), ("8.5.2", 10), ("8.6.0", 10)):
        definition = ix.GWS.with_profile(api_version=version)
        record = ix.Interaction("W1", "workitem", "Processing", holders=["a1"])
        assert ix.decide(record, ix.Complete(by=""), definition=definition).status_code == status


def test_a_target_is_one_of_two():
    record = ix.Interaction("W1", "workitem", "Processing", holders=["a1"])
    assert ix.decide(record, ix.Transfer(by="a1")).code is Code.MISSING_PARAMETER
    both = ix.decide(record, ix.Transfer(by="a1", target_agent="a2", target_queue="Q"))
    assert both.code is Code.INVALID_PARAMETER
    assert "not both" in str(both)


@pytest.mark.parametrize("media", MEDIA)
def test_a_missing_parameter_is_named(media):
    for record in (each for each in SITUATIONS if each.media == media and each.holders):
        for name, cls in OPERATIONS.items():
            needed = [each.name for each in ix.parameters_of(cls) if each.required and each.name != "by"]
            legal = any(e.source is record.state and e.operation == name for e in ix.GWS.edges(media))
            if needed and legal:
                refusal = ix.decide(
                    record, ix.command(name, **({"by": record.holders[0]} if hasattr(cls, "by") else {}))
                )
                assert (refusal.code, refusal.failed) == (Code.MISSING_PARAMETER, needed[0])
                assert f"{needed[0]} is missing" in str(refusal)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.just(object()), st.just("x" * (MAX_NAME + 1)), st.just({1: 2}), st.just([[[]]]), st.just({"a": {1, 2}}),
    st.just(float("nan")), st.sampled_from(list(ix.State)),
)  # fmt: skip


@given(st.data())
def test_junk_in_a_command_is_refused_or_fits(data):
    """Whatever stands in the arguments: a refusal or events, never another exception, and the text can be read."""
    record = data.draw(st.sampled_from(SITUATIONS))
    cls = data.draw(st.sampled_from(list(OPERATIONS.values())))
    arguments = {each.name: data.draw(JUNK) for each in ix.parameters_of(cls)}
    if "by" in arguments and data.draw(st.booleans()):
        arguments["by"] = "a1"
    outcome = ix.decide(record, cls(**arguments))
    if isinstance(outcome, ix.Refusal):
        assert len(str(outcome)) < 2000
        assert outcome.status_code
        assert outcome.path is None or isinstance(outcome.path, tuple)


@given(st.data())
def test_junk_in_a_record_is_refused_or_fits(data):
    names = ["id", "media", "state", "holders", "invited", "queue", "workbin", "resume", "user_data", "content",
             "nicknames", "consulted", "media_type", "parent_id", "revision"]  # fmt: skip
    sound = {
        "id": "X1",
        "media": data.draw(st.sampled_from(MEDIA)),
        "state": data.draw(st.sampled_from(list(ix.State))),
    }
    record = ix.Interaction(**{**sound, data.draw(st.sampled_from(names)): data.draw(JUNK)})
    for command in (ix.Accept(by="a1"), ix.Offer(agent="a1"), ix.Stop(), ix.command("Foo"), data.draw(JUNK)):
        outcome = ix.decide(record, command)
        if isinstance(outcome, ix.Refusal):
            assert str(outcome)
            assert outcome.allowed == () or outcome.agent
            assert outcome.path is None or isinstance(outcome.path, tuple)


@given(JUNK, JUNK, JUNK, JUNK)
def test_junk_given_to_submit_and_create_is_refused(one, two, three, four):
    for make in (
        lambda: ix.submit(id=one, media=two, queue=three, user_data=four),
        lambda: ix.submit(id="X", media="email", queue="Q", user_data=four, media_type=one, parent_id=two),
        lambda: ix.create(ix.Create(by=one, media=two, new_id=three, queue_name="Q", user_data=four)),
        lambda: ix.create(ix.Create(by="a", media="email", new_id="N", queue_name=one, content=two)),
        lambda: ix.create(one),
    ):
        try:
            assert isinstance(make(), ix.Step)
        except ix.RefusedError as error:
            assert str(error) == str(error.refusal)


def test_an_unknown_medium_is_named_with_the_known_ones():
    with pytest.raises(ix.RefusedError, match="; id must be a string"):
        ix.submit(id="", media="chat", queue="Q")
    with pytest.raises(
        ix.RefusedError, match="can't Submit a new interaction; unknown media telex; known are chat, email"
    ):
        ix.submit(id="X1", media="telex", queue="Q")
    record = ix.Interaction("X1", "telex")
    assert "the record is unsound: unknown media 'telex'; known are chat" in str(ix.decide(record, ix.Stop()))


def test_absurd_sizes_are_refused():
    deep: dict = {}
    for _ in range(100_000):
        deep = {"a": deep}
    wide = {str(n): n for n in range(200_000)}
    record = ix.Interaction("X1", "workitem", "Processing", holders=["a1"])
    for user_data in (deep, wide):
        assert ix.decide(record, ix.AttachUserData(by="a1", user_data=user_data)).failed == "user_data"
        with pytest.raises(ix.RefusedError, match="user_data must be a JSON object"):
            ix.submit(id="X1", media="chat", queue="Q", user_data=user_data)
    assert ix.decide(record, ix.Complete(by="a" * 10_000_000)).failed == "by"
    assert len(str(ix.decide(record, ix.Complete(by="a" * 10_000_000)))) < 300
    assert ix.decide(ix.Interaction("X" * 10_000_000, "workitem"), ix.Offer(agent="a1")).failed == "record.id"
    cyclic: dict = {}
    cyclic["self"] = cyclic
    assert ix.decide(record, ix.AttachUserData(by="a1", user_data=cyclic)).failed == "user_data"


def test_a_record_built_directly_is_looked_at_wholly():
    held = {"id": "i", "media": "workitem", "state": "Processing", "holders": ["a1"]}
    for field, value in (
        ("revision", "7"), ("user_data", {"a": {1, 2}}), ("queue", []), ("holders", ["a1", 5]),
         ("holders", ["a1", "a1"]),
        ("holders", ["a1", "a2"]), ("invited", ["a2"]), ("resume", object()), ("consulted", 5), ("media_type", 5),
        ("parent_id", []), ("id", "x" * 513), ("workbin", "w"),
    ):  # fmt: skip
        refusal = ix.decide(ix.Interaction(**{**held, field: value}), ix.Complete(by="a1"))
        assert (refusal.code, refusal.failed) == (Code.INVALID_PARAMETER, f"record.{field}")
        assert str(refusal)
    both = ix.Interaction("i", "chat", "Chatting", holders=["a1"], invited=["a1"])
    assert ix.decide(both, ix.Stop()).failed == "record.holders"


def test_what_a_draft_was_saved_with_does_not_matter_to_its_attachments():
    for attachments in ([{"name": "x.pdf"}], ["x"], 5, None, {"id": "d1"}):
        draft = ix.Interaction("D", "email", "Composing", holders=["a1"], content={"attachments": attachments})
        attached = ix.step(draft, ix.AddAttachment(by="a1", document_id="d1")).interaction
        assert attached.content["attachments"][-1] == {"id": "d1"}
        assert ix.decide(draft, ix.RemoveAttachment(by="a1", document_id="d1")).failed == "attachment"


def test_numbers_of_absurd_size_are_refused_and_can_be_named():
    record = ix.Interaction("X1", "workitem", "Processing", holders=["a1"])
    huge = 10**5000
    assert ix.decide(record, ix.AttachUserData(by="a1", user_data={"a": huge})).failed == "user_data"
    assert "a very large int" in str(ix.decide(record, ix.Complete(by=huge)))
    with pytest.raises(ValueError, match="unknown media a very large int"):
        ix.validate(huge, [])


def test_a_command_class_of_ones_own_is_unknown():
    class Fly(ix.Command):
        pass

    record = ix.Interaction("X1", "workitem", "Processing", holders=["a1"])
    assert ix.decide(record, Fly()) == ix.Refusal(Code.UNKNOWN_OPERATION, record, Fly())
    assert ix.decide(record, Fly(), definition=ELSEWHERE).definition is ELSEWHERE
    assert "Fly" not in OPERATIONS


def test_an_effect_that_its_operation_has_no_arguments_for_is_a_fault_and_no_refusal():
    """`with_edge` lets no such edge in; a definition that is built without it does not hide behind a refusal."""
    edge = ix.Edge(ix.State.QUEUED, "Stop", ix.State.INVITED, who=ix.Who.PLATFORM, does=ix.Does.OFFER)
    faulty = ix.Definition({"chat": attrs.evolve(ix.GWS.media["chat"], edges=(edge,))})
    with pytest.raises(AttributeError, match="agent"):
        ix.decide(ix.Interaction("C1", "chat"), ix.Stop(), definition=faulty)


def test_the_owner_of_a_supervisors_add_is_somebody_else():
    held = ix.Interaction("X1", "workitem", "Processing", holders=["a1"])
    assert ix.decide(held, ix.AddWorkitem(by="a2", owner="a2", workbin="w")).code is Code.NOT_HOLDER
    assert not isinstance(ix.decide(held, ix.AddWorkitem(by="a2", owner="a3", workbin="w")), ix.Refusal)


def test_the_medium_s_own_workbin_operation_is_suggested():
    held = ix.Interaction("X1", "workitem", "Processing", holders=["a1"])
    assert "did you mean AddWorkitem?" in str(ix.decide(held, ix.AddChat(by="a1", workbin="w")))
    assert "did you mean PullWorkitem?" in str(ix.decide(held, ix.PullChat(by="a1")))
    own = ix.GWS.with_edge("workitem", ix.Edge(ix.State.PROCESSING, "Park", ix.State.QUEUED, does=ix.Does.RELEASE))
    assert "did you mean AddWorkitem?" in str(ix.decide(held, ix.AddChat(by="a1", workbin="w"), definition=own))
    edges = [edge for edge in own.media["workitem"].edges if not edge.operation.startswith(("Add", "Pull"))]
    without = ix.Definition({"workitem": attrs.evolve(own.media["workitem"], edges=tuple(edges))})
    refusal = ix.decide(held, ix.AddChat(by="a1", workbin="w"), definition=without)
    assert refusal.why() == "workitem has no such operation"


def test_another_name_of_an_operation_is_suggested_where_the_medium_has_it():
    held = ix.Interaction("X1", "workitem", "Processing", holders=["a1"])
    for wrong, meant in (("StopProcesing", "StopProcessing"), ("InFocuss", "InFocus"), ("CancelRepli", None)):
        why = ix.decide(held, ix.command(wrong, by="a1")).why()
        assert why == "there is no such operation" + (f"; did you mean {meant}?" if meant else "")


@pytest.mark.parametrize("ask", [
    lambda held: ix.evolve(held, "x"), lambda held: ix.evolve("x", ix.step(held, ix.Complete(by="a1")).events[0]),
    lambda held: ix.replay(None), lambda held: ix.replay([5]), lambda held: ix.view(None, "a1"),
    lambda held: ix.capabilities(5, "a1"), lambda held: ix.notices(None), lambda held: ix.GWS.diff(None),
    lambda held: ix.GWS.with_edge("chat", None), lambda held: ix.GWS.with_capabilities("chat", "Chatting", "Leave"),
    lambda held: ix.GWS.with_capabilities("chat", "Chatting", (1,)),
    lambda held: ix.GWS.with_capabilities("chat", "Invited", ("Accept",)),
    lambda held: ix.GWS.with_edge("chat", ix.Edge("Nowhere", "Foo", "Elsewhere")),
    lambda held: ix.GWS.with_edge("chat", ix.Edge(ix.State.QUEUED, "Foo", ix.State.REVOKED)),
])  # fmt: skip
def test_what_takes_no_command_names_misuse_by_a_value_error(ask):
    with pytest.raises(ValueError, match=r"."):
        ask(ix.Interaction("X1", "workitem", "Processing", holders=["a1"]))


def test_an_argument_that_no_operation_takes_is_refused_whatever_the_operation(record):
    for name in STEPS:
        for said in ({"by": "a1"}, {}):
            refusal = ix.decide(record, ix.command(name, **said, haste=1))
            assert isinstance(refusal, ix.Refusal), name
            if refusal.code is Code.INVALID_PARAMETER:
                assert (refusal.failed, refusal.is_surplus) == ("haste", True)


def test_a_parameter_that_the_medium_does_not_take_is_one_too_many():
    workitem = ix.Interaction("W1", "workitem", "Processing", holders=["a1"])
    refusal = ix.decide(workitem, ix.Complete(by="a1", text="Bye"))
    assert (refusal.code, refusal.failed, refusal.is_surplus) == (Code.INVALID_PARAMETER, "text", True)
    assert str(refusal).endswith("it takes no text; it takes queue_name, save_lar")
    chat = ix.Interaction("C1", "chat", "Chatting", holders=["a1"])
    assert not isinstance(ix.decide(chat, ix.Complete(by="a1", text="Bye")), ix.Refusal)
    invited = ix.Interaction("W1", "workitem", "Invited", invited=["a1"])
    assert ix.decide(invited, ix.Accept(by="a1", nickname="Al")).failed == "nickname"
    assert [each.name for each in ix.GWS.media["workitem"].parameters("Complete")] == ["by", "queue_name", "save_lar"]


@pytest.mark.parametrize("media", MEDIA)
def test_only_a_chat_is_closed_with_words_and_only_sessions_have_nicknames(media):
    medium = ix.GWS.media[media]
    for name in (each for each in medium.operations if each in OPERATIONS and not each.startswith("Send")):
        known = {each.name for each in ix.parameters_of(OPERATIONS[name])}
        taken = {each.name for each in medium.parameters(name)}
        closing = known & {"text", "message_type", "treat_as"}
        assert taken & closing == (closing if media == "chat" else set()), name
        if name == "Accept":
            assert ("nickname" in taken) == (medium.family is ix.Family.SESSIONS)


ABOUT = [
    ({"interaction": "X1"}, None), ({"interaction": "X1", "media": "email"}, None), ({"media": "email"}, None),
    ({"media_type": "promotion"}, None), ({"interaction": "X2"}, ix.RefusalCode.NOT_FOUND),
    ({"interaction": "email", "media": "email"}, ix.RefusalCode.NOT_FOUND),
    ({"interaction": "email", "media": "email", "media_type": "email"}, ix.RefusalCode.NOT_FOUND),
    ({"interaction": 5}, ix.RefusalCode.NOT_FOUND), ({"interaction": "X1", "media": "chat"}, ix.RefusalCode.NOT_FOUND),
]  # fmt: skip


@pytest.mark.parametrize(("about", "code"), ABOUT)
def test_a_command_for_another_interaction_is_refused(about, code):
    record = ix.Interaction("X1", "email", ix.State.PROCESSING, holders=("a1",))
    outcome = ix.decide(record, ix.Complete(by="a1", **about))
    assert (outcome.code if isinstance(outcome, ix.Refusal) else None) == code
    if code:
        assert str(outcome) == "can't Complete email X1 in state Processing; the command is for another interaction"
        assert outcome.status_code == 6


def test_a_command_for_another_type_of_open_media_is_refused():
    record = ix.Interaction("X1", "openmedia", ix.State.PROCESSING, holders=("a1",), media_type="promotion")
    assert ix.decide(record, ix.Complete(by="a1", media_type="survey")).failed == "another interaction"
    for media_type in ("promotion", None):
        assert not isinstance(ix.decide(record, ix.Complete(by="a1", media_type=media_type)), ix.Refusal)


def test_what_a_command_is_about_is_no_parameter_of_its_operation():
    assert ix.command("Accept", by="a1", interaction="X1", media="chat") == ix.Accept(
        by="a1", interaction="X1", media="chat"
    )
    custom = ix.command("Accept", by="a1", interaction="X1", haste=1)
    assert custom == ix.Custom(operation="Accept", by="a1", interaction="X1", arguments={"haste": 1})
    assert repr(ix.Accept(by="a1", interaction="X1")) == "Accept(interaction='X1', by='a1')"


# --- what else a refusal says ---------------------------------------------------------------------------------------

ELSEWHERE = ix.GWS.with_profile()
"""Equal to `ix.GWS`, and another one: what is refused under it must say so."""


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.NOT_HOLDER])
def test_a_refusal_that_is_about_no_record_can_be_read(code):
    """Nobody who holds nothing can be told from who holds it; every other reason can be given without a record."""
    refusal = ix.Refusal(code, None, ix.Stop())
    assert str(refusal).startswith("can't Stop in the contact centre; ")
    assert str(ix.Refusal(code, None, ix.PullChat(by="a1"))).startswith("can't PullChat in the contact centre; ")
    assert ix.Refusal(Code.INVALID_PARAMETER, None, ix.Stop(), "haste").why() == (
        "haste must be something else, not None"
    )


def test_a_refusal_under_another_definition_knows_its_media_and_keeps_it_when_it_is_pickled():
    talk = ix.GWS.with_media("talk", like="chat")
    invited = ix.Interaction("T1", "talk", "Invited", invited=["a1"])
    refusal = ix.decide(invited, ix.Complete(by="a1"), definition=talk)
    assert (refusal.allowed, refusal.path) == (("Accept", "Reject"), ("Accept",))
    assert pickle.loads(pickle.dumps(refusal)).definition == talk
    documented = ix.decide(ix.Interaction("C1", "chat"), ix.Complete(by="a1"))
    assert pickle.loads(pickle.dumps(documented)).definition is ix.GWS


@pytest.mark.parametrize(("record", "command", "why"), [
    ({"state": "Queued"}, ix.Complete(by="a1"),
     "agent a1 can do nothing with it now; Complete is legal after the platform's Offer and a1's Accept"),
    ({"state": "Processing"}, ix.Complete(by="a1"), "agent a1 does not hold it; nobody does"),
    ({"state": "Processing", "holders": ["a1"]}, ix.Accept(by="a1"),
     "agent a1 may Transfer, AttachUserData, UpdateUserData, DeleteUserData, SetInFocus or Complete"),
    ({"state": "Processing", "holders": ["a1"]}, ix.PullWorkitem(by="a2"), "it is in no workbin; a1 holds it"),
    ({"media": "chat", "holders": ["a1", "a2"]}, ix.PullChat(by="a3"), "it is in no workbin; a1 and a2 hold it"),
    ({"media": "chat", "holders": ["a1", "a2"]}, ix.Complete(by="a3"), "agent a3 does not hold it; a1 and a2 do"),
    ({"media": "chat", "holders": ["a1", "a2"]}, ix.Accept(by="a3"), "agent a3 is not invited to it; nobody is"),
    ({"media": "chat", "holders": ["a1"], "invited": ["a2", "a3"]}, ix.Accept(by="a4"),
     "agent a4 is not invited to it; a2 and a3 are"),
    ({"media": "chat", "holders": ["a1"], "invited": ["a2"]}, ix.Complete(by="a2"),
     "agent a2 does not hold it; a1 does; agent a2 may Accept or Reject"),
    ({"state": "InWorkbin", "workbin": ix.WorkbinPlace("wb")}, ix.PullWorkitem(by="a1", workbin="w"),
     "it is in workbin wb"),
    ({"state": "InWorkbin", "workbin": ix.WorkbinPlace("wb", agent_group="G")}, ix.PullWorkitem(by="a1", workbin="w"),
     "it is in workbin wb of G"),
    ({"state": "InWorkbin", "workbin": ix.WorkbinPlace("wb", place_group="P")}, ix.PullWorkitem(by="a1", workbin="w"),
     "it is in workbin wb of P"),
    ({"state": "InWorkbin", "workbin": ix.WorkbinPlace("wb", owner="a2")}, ix.PullWorkitem(by="a1", workbin="w"),
     "it is in workbin wb of a2"),
    ({"state": "InWorkbin", "workbin": ix.WorkbinPlace("wb")}, ix.PullWorkitem(by=5),
     "by must be a string of 1 to 512 characters, not 5"),
    ({"media": "chat", "holders": ["a1"]}, ix.command("SetInFocus", by="a1", haste=1), "it takes no haste"),
])  # fmt: skip
def test_why_not(record, command, why):
    refusal = ix.decide(ix.Interaction(**{"id": "X1", "media": "workitem", "state": "Chatting", **record}), command)
    assert refusal.why() == why


def test_what_is_switched_off_names_every_option():
    options = ("enable_notification_on_pull_chat", "enable_join_on_pull_chat")
    definition = ix.GWS.with_profile(**dict.fromkeys(options, False))
    stored = ix.Interaction("C1", "chat", "InWorkbin", workbin=ix.WorkbinPlace("wb"))
    refusal = ix.decide(stored, ix.PullChat(by="a1"), definition=definition)
    assert refusal.why() == f"it is switched off: {', '.join(options)}"


def test_a_signal_where_the_platform_has_no_turn():
    workitem = ix.GWS.media["workitem"]
    edges = tuple(edge for edge in workitem.edges if edge.operation == "Offer")
    definition = ix.Definition({"workitem": attrs.evolve(workitem, edges=edges)})
    refusal = ix.decide(ix.Interaction("W1", "workitem", "Invited"), ix.Offer(agent="a1"), definition=definition)
    assert refusal.why() == "it is not the platform's turn"
    only = tuple(edge for edge in workitem.edges if edge.operation in ("Offer", "Stop"))
    definition = ix.Definition({"workitem": attrs.evolve(workitem, edges=only)})
    refusal = ix.decide(ix.Interaction("W1", "workitem", "Invited"), ix.Offer(agent="a1"), definition=definition)
    assert refusal.why() == "the platform may Stop it"


@pytest.mark.parametrize(("id", "text"), [
    ("x" * 60, "x" * 60), ("x" * 61, f"{'x' * 57}..."), (5, "5"), (None, "None"),
])  # fmt: skip
def test_long_names_are_cut_and_what_is_no_name_is_printed(id, text):
    assert ix.decide(ix.Interaction(id, "workitem"), ix.Accept(by="a1")).what == (
        f"can't Accept workitem {text} in state Queued"
    )


def test_a_refusal_is_under_the_definition_that_was_asked(record):
    for command in (*COMMANDS, ix.command("Fly", by="a1"), ix.command("Accept", by="a1", haste=1), ix.Accept(by=""),
                    "Accept", 5, ix.Create(by="a1", media="email", new_id="N", queue_name="Q"),
                    ix.Accept(by="a1", interaction="X9")):  # fmt: skip
        for revision in (None, record.revision + 1):
            refusal = ix.decide(record, command, revision=revision, definition=ELSEWHERE)
            assert not isinstance(refusal, ix.Refusal) or refusal.definition is ELSEWHERE
    for unsound in ("X1", ix.Interaction("", record.media), ix.Interaction("X1", "telex")):
        assert ix.decide(unsound, ix.Stop(), definition=ELSEWHERE).definition is ELSEWHERE


@pytest.mark.parametrize(("command", "text"), [
    (ix.command("Create", by="a1", haste=1), "can't Create in the contact centre; it takes no haste; it takes media, "
     "new_id, queue_name, media_type, parent_id, user_data, content"),
    (ix.Accept(by="a1"), "can't Accept in the contact centre; ixnstate.create takes a Create command"),
    (5, "can't int in the contact centre; ixnstate.create takes a Create command"),
    (ix.Create(by="a1", media="email", new_id="N"), "can't Create a new interaction; queue_name is missing"),
    (ix.Create(media="email", new_id="N", queue_name="Q"), "can't Create a new interaction; by is missing"),
    (ix.Create(by="a1", media="telex", new_id="N", queue_name="Q"), "can't Create a new interaction; unknown media "
     "telex; known are chat, email, workitem, openmedia, facebook, facebooksession, twitter, smssession"),
    (ix.Create(by="a1", media="chat", new_id="N", queue_name="Q"),
     "can't Create a new interaction; no agent can create chat"),
])  # fmt: skip
def test_what_is_not_created_is_refused_with_a_sentence(command, text):
    with pytest.raises(ix.RefusedError) as refused:
        ix.create(command, definition=ELSEWHERE)
    assert str(refused.value) == str(refused.value.refusal) == text
    assert refused.value.refusal.definition is ELSEWHERE
    given = command if isinstance(command, ix.Command) else ix.Custom(operation=type(command).__name__)
    assert refused.value.refusal.command == given
    assert refused.value.refusal.record is None
    assert refused.value.args == (refused.value.refusal,)
    assert pickle.loads(pickle.dumps(refused.value)).refusal == refused.value.refusal


def test_operands_are_what_was_compared():
    held = ix.Interaction("W1", "workitem", "Processing", holders=["a1"], revision=3)
    assert ix.decide(held, ix.Accept(by="a1")).operands == {"state": ix.State.PROCESSING}
    assert ix.decide(held, ix.Complete(by=5)).operands == {"by": 5}
    assert ix.decide(held, ix.Complete()).operands == {}
    assert ix.decide(held, ix.Transfer(by="a1")).operands == {}
    assert ix.decide("W1", ix.Complete(by="a1")).operands == {}
    unsound = ix.decide(ix.Interaction("W1", "workitem", "Processing", holders=["a1"], queue=5), ix.Complete(by="a1"))
    assert unsound.operands == {"record.queue": 5}
    by_itself = ix.Refusal(Code.INVALID_PARAMETER, held, ix.command("Complete"), "record.holders")
    assert by_itself.operands == {"record.holders": ("a1",)}
    assert ix.Refusal(Code.NOT_HOLDER, None, ix.Complete(by="a2")).operands == {}
    assert ix.Refusal(Code.STALE, None, ix.Complete(by="a2")).operands == {}


def test_parameters_can_be_given_other_names():
    """An adapter names them as its caller wrote them; a choice of two is named by both."""
    held = ix.Interaction("W1", "workitem", "Processing", holders=["a1"])
    names = {"target_agent": "agentUri", "target_queue": "queueName", "by": "agent", "queue_name": "queue"}
    missing = ix.decide(held, ix.Transfer(by="a1"))
    assert missing.why() == "target_agent or target_queue is missing"
    assert missing.why(names) == "agentUri or queueName is missing"
    both = ix.decide(held, ix.Transfer(by="a1", target_agent="a2", target_queue="Q"))
    assert both.why(names) == "it takes either agentUri or queueName, not both"
    assert both.why() == "it takes either target_agent or target_queue, not both"
    surplus = ix.decide(held, ix.command("Complete", by="a1", haste=1))
    assert surplus.why(names) == "it takes no haste; it takes queue, save_lar"
    lacking = ix.decide(held, ix.Complete(by="a1", text="Bye"))
    assert lacking.why({"text": "message"}) == "it takes no message; it takes queue_name, save_lar"
    assert surplus.why({"haste": "hurry"}) == "it takes no haste; it takes queue_name, save_lar"
    unfit = ix.decide(held, ix.Complete(by="a1", queue_name=5))
    assert unfit.why(names) == "queue must be a string of 1 to 512 characters, not 5"


@pytest.mark.parametrize(("command", "text"), [
    (ix.Accept(by="a1", interaction="X1"), "can't Accept interaction X1"),
    (ix.GetWorkbinContent(by="a1", workbin="wb"), "can't GetWorkbinContent workbin wb"),
    (ix.AddEmail(by="a1", workbin="wb", interaction="X1"), "can't AddEmail interaction X1"),
    (ix.Accept(by="a1"), "can't Accept in the contact centre"),
    (ix.Submit(new_id="X1", media="chat", queue="Q"), "can't Submit a new interaction"),
])  # fmt: skip
def test_what_could_not_be_done_without_a_record(command, text):
    assert ix.Refusal(Code.NOT_FOUND, None, command, "unknown interaction").what == text


def test_an_unsound_record_is_named_whatever_it_lacks():
    """A record in which a field is missing altogether can only be made by hand, and still is told."""

    class Half:
        media = "workitem"

    for record, text in (
        (ix.Interaction("W1", "workitem", "Processing", holders=5), "the record is unsound: its holders is 5"),
        (ix.Interaction("W1", "telex"), "the record is unsound: unknown media 'telex'; known are " + ", ".join(MEDIA)),
        (ix.Interaction("W1", "workitem", "Lost"), "the record is unsound: its state is 'Lost'"),
        (ix.Interaction("W1", "workitem", "Chatting"), "the record is unsound: workitem is never in that state"),
        (Half(), "build one with ixnstate.Interaction or ixnstate.submit"),
    ):  # fmt: skip
        refusal = ix.decide(record, ix.Complete(by="a1"))
        assert refusal.why() == text
        assert (refusal.allowed, refusal.path) == ((), None)


def test_an_operation_whose_condition_fails_says_so():
    definition = ix.GWS.with_profile(unlisted_workbin_names="refuse")
    held = ix.Interaction("T1", "twitter", "Processing", holders=["a1"])
    refusal = ix.decide(held, ix.AddTweet(by="a1", workbin="wb"), definition=definition)
    assert (refusal.code, refusal.failed) == (Code.ILLEGAL, "condition")
    assert str(refusal) == "can't AddTweet twitter T1 in state Processing; the arguments given do not fit this state"
    not_his = ix.decide(held, ix.AddTweet(by="a2", workbin="wb", agent_group="G"), definition=definition)
    assert (not_his.code, not_his.failed) == (Code.NOT_HOLDER, None)


@pytest.mark.parametrize(("command", "failed"), [
    (ix.Transfer(by="a1", target_agent="a1"), "the target has it"),
    (ix.RemoveAttachment(by="a1", document_id="d"), "attachment"),
])  # fmt: skip
def test_what_an_effect_refuses_is_wholly_told(command, failed):
    chat = ix.Interaction("C1", "chat", "Chatting", holders=["a1"])
    assert ix.decide(chat, command, definition=ELSEWHERE) == ix.Refusal(Code.INVALID_PARAMETER, chat, command, failed)
    assert ix.decide(chat, command, definition=ELSEWHERE).definition is ELSEWHERE


WITHOUT_A_PLAN = (ix.command("Fly", by="a1"), ix.command("Accept", by="a1", haste=1),
                  ix.Create(by="a1", media="email", new_id="N", queue_name="Q"))  # fmt: skip


def test_a_stale_revision_is_refused_whatever_the_command_and_whoever_has_met_the_record(record):
    """A record, or a medium, that is met for the first time goes another way through the step than one that is
    known."""
    for command in (ix.Stop(), ix.Accept(by="a1"), *WITHOUT_A_PLAN):
        for definition in (ix.GWS, ix.GWS.with_profile()):
            unmet = attrs.evolve(record)
            refusal = ix.decide(unmet, command, revision=record.revision + 1, definition=definition)
            assert refusal == ix.Refusal(Code.STALE, record, command)
            assert ix.decide(unmet, command, definition=definition) == ix.decide(record, command)


@pytest.mark.parametrize("junk", ["Accept", 5, None, object()], ids=["a name", "a number", "nothing", "an object"])
def test_what_is_no_command_is_called_by_its_name_or_its_type(record, junk):
    name = junk if isinstance(junk, str) else type(junk).__name__
    assert ix.decide(record, junk) == ix.Refusal(Code.UNKNOWN_OPERATION, record, ix.Custom(operation=name))


def test_a_refusal_has_what_was_refused():
    """The record and the command, whichever of the checks it was that failed."""
    held = ix.Interaction("C1", "chat", "Chatting", holders=["a1"])
    unsound = ix.Interaction("", "chat")
    for record, command, revision in (
        (unsound, ix.Stop(), None), (held, ix.Complete(by="a1"), 9),
         (held, ix.Transfer(by="a1", target_agent="a1"), None),
        (held, ix.Complete(by="a2"), None), (held, ix.Complete(by=5), None),
         (held, ix.Complete(by="a1", interaction="X"), None),
        (held, ix.Save(by="a1"), None), *((held, command, None) for command in WITHOUT_A_PLAN),
    ):  # fmt: skip
        refusal = ix.decide(record, command, revision=revision)
        assert (refusal.record, refusal.command) == (record, command)


# --- conditions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", ix.Condition)
def test_every_condition_has_a_sentence_which_its_refusal_says(condition):
    for code in (Code.INVALID_PARAMETER, Code.NOT_FOUND, Code.NO_PERMISSION):
        refusal = ix.Refusal(code, None, ix.Custom(operation="Accept", by="a1"), condition)
        assert refusal.why() == condition.sentence
        assert eval(repr(refusal), vars(ix)) == refusal
        assert pickle.loads(pickle.dumps(refusal)).failed is condition


def test_no_two_conditions_say_the_same():
    assert len({each.sentence for each in ix.Condition}) == len(ix.Condition)


@pytest.mark.parametrize("condition", ix.Condition)
def test_every_condition_is_used(condition):
    """None is left over: something in the library refuses for it."""
    sources = Path(ix.__file__).parent.rglob("*.py")
    assert any(re.search(rf"\bCondition\.{condition.name}\b", path.read_text(encoding="utf-8")) for path in sources)


def test_what_a_refusal_is_for_is_a_condition_or_a_parameter(record):
    parameters = {each.name for cls in (*OPERATIONS.values(), ix.Custom) for each in ix.parameters_of(cls)}
    for command in COMMANDS:
        refusal = ix.decide(record, command)
        if isinstance(refusal, ix.Refusal) and not isinstance(refusal.failed, ix.Condition | None):
            assert {*re.split(" or | and ", refusal.failed)} <= parameters | {*command.__slots__}, refusal
