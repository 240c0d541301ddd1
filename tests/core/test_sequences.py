"""Judging sequences: `validate` against the step, taken one operation after the other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from conftest import MEDIA
from ixnstate.commands import OPERATIONS
from ixnstate.sequences import TRANSITIONS, starting_in
from ixnstate.space import by_name
from ixnstate.stepping import applicable

NAMES = st.sampled_from([*OPERATIONS, "Foo", "InFocus", "StopProcessing"])


def one_after_the_other(record, operations):
    """What validate must say, by the step alone: violations with their index, the last record, the edges taken."""
    violations, edges = [], set()
    for index, name in enumerate(operations):
        command = by_name(name, record) if isinstance(name, str) else name
        outcome = ix.decide(record, command)
        if isinstance(outcome, ix.Refusal):
            violations.append((index, outcome.code))
        else:
            edges.add(applicable(record, command))
            record = ix.step(record, command).interaction
    return violations, record, edges


@given(st.sampled_from(MEDIA), st.data())
def test_names_are_judged_as_the_step_judges_them(media, data):
    state = data.draw(st.sampled_from(ix.GWS.media[media].states))
    legal = [edge.operation for edge in ix.GWS.edges(media)]
    operations = data.draw(st.lists(st.one_of(NAMES, st.sampled_from(legal), st.sampled_from(legal)), max_size=60))
    verdict = ix.validate(media, operations, start=state)
    violations, record, edges = one_after_the_other(starting_in(media, state), operations)
    assert [(each.index, each.refusal.code) for each in verdict.violations] == violations
    assert len(verdict.violations) == len(violations)
    assert verdict.final_state is record.state
    assert verdict.coverage.edges == edges
    assert verdict.ok == (not violations)


STEPS = NAMES.filter(lambda name: name not in ("Create", "Submit"))


@given(st.sampled_from(MEDIA), st.lists(STEPS, max_size=20), st.lists(NAMES, max_size=20))
def test_commands_among_names_make_no_difference(media, one, other):
    """A name says the same as the command that it means; from the first command on, records are kept."""
    record = starting_in(media, "Queued")
    commands = []
    for name in one:
        commands.append(by_name(name, record))
        record = one_after_the_other(record, [commands[-1]])[1]
    mixed, plain = ix.validate(media, [*commands, *other]), ix.validate(media, [*one, *other])
    assert [(v.index, v.refusal.code) for v in mixed.violations] == [
        (v.index, v.refusal.code) for v in plain.violations
    ]
    assert mixed.final_state is plain.final_state
    assert mixed.coverage == plain.coverage


def test_the_example():
    verdict = ix.validate("workitem", ["Offer", "Accept", "AddWorkitem", "PullWorkitem", "Complete"])
    assert verdict.ok
    assert verdict.final_state is ix.State.COMPLETED
    assert not verdict.violations
    assert verdict.violations == ()
    assert str(verdict) == "legal; ends in Completed; covers 5 of 33 edges, 5 of 5 states"


def test_every_violation_is_reported_and_judging_goes_on_unchanged():
    verdict = ix.validate("workitem", ["PullWorkitem", "Offer", "Complete", "Accept", "Complete", "Complete"])
    assert [(v.index, v.refusal.operation, v.refusal.state) for v in verdict.violations] == [
        (0, "PullWorkitem", "Queued"), (2, "Complete", "Invited"), (5, "Complete", "Completed"),
    ]  # fmt: skip
    assert verdict.final_state is ix.State.COMPLETED
    assert str(verdict.violations[1]).startswith("2: can't Complete workitem")
    assert str(verdict).startswith("3 violations; ends in Completed; covers 3 of 33 edges")
    assert "the first at 0: can't PullWorkitem" in str(verdict)
    assert verdict.violations[-1].index == 5
    assert [v.index for v in verdict.violations[1:]] == [2, 5]
    with pytest.raises(IndexError):
        verdict.violations[3]


def test_a_million_violations_are_counted_and_each_can_be_read():
    verdict = ix.validate("chat", ["Foo"] * 1_000_000)
    assert len(verdict.violations) == 1_000_000
    assert verdict.violations[999_999].index == 999_999
    assert verdict.violations[999_999].refusal is verdict.violations[0].refusal


def test_commands_are_judged_with_their_arguments():
    verdict = ix.validate(
        "chat",
        [ix.Offer(agent="a1"), ix.Accept(by="a2"), ix.Accept(by="a1"), ix.Transfer(by="a1"), ix.Leave(by="a1")],
    )
    assert [(v.index, v.refusal.code) for v in verdict.violations] == [
        (1, ix.RefusalCode.NOT_HOLDER), (3, ix.RefusalCode.MISSING_PARAMETER),
    ]  # fmt: skip
    assert verdict.final_state is ix.State.LEFT_CHAT


def test_a_sequence_can_begin_with_create_or_anywhere():
    assert ix.validate("email", ["Create", "Save", "Send"]).final_state is ix.State.SENT
    command = ix.Create(by="bo", media="email", new_id="E1", queue_name="Q")
    assert ix.validate("email", [command, ix.Cancel(by="bo")]).final_state is ix.State.CANCELED
    assert not ix.validate("chat", ["Create", "Leave"]).ok
    assert ix.validate("email", ["Send"], start="Composing").ok
    record = ix.Interaction("X1", "workitem", "Processing", holders=["me"])
    assert ix.validate("workitem", [ix.Complete(by="me")], start=record).ok
    assert ix.validate("workitem", iter(["Offer", "Reject"])).final_state is ix.State.QUEUED
    assert ix.validate("workitem", []).final_state is ix.State.QUEUED


def test_another_interaction_may_begin_when_the_last_has_ended():
    first, second = (ix.Submit(new_id=each, media="chat", queue="Q") for each in ("C1", "C2"))
    assert ix.validate("chat", [first, ix.Stop(), second, ix.Offer(agent="a1")]).final_state is ix.State.INVITED
    early = ix.validate("chat", [first, second, ix.Stop(), ix.Submit(new_id="C3", media="chat", queue=5)])
    assert [(v.index, v.refusal.code) for v in early.violations] == [
        (1, ix.RefusalCode.ILLEGAL), (3, ix.RefusalCode.INVALID_PARAMETER),
    ]  # fmt: skip
    assert not ix.validate("chat", [ix.Submit(new_id=5, media="chat", queue="Q")]).ok
    assert not ix.validate("workitem", ["Offer", "Accept", "Complete", "Create"]).ok


def test_what_is_no_operation_is_a_violation():
    operations = ["Offer", 5, None, ["Accept"], {}, "Accept"]
    verdict = ix.validate("workitem", operations)
    assert [v.index for v in verdict.violations] == [1, 2, 3, 4]
    assert {v.refusal.code for v in verdict.violations} == {ix.RefusalCode.UNKNOWN_OPERATION}
    assert all(str(v) for v in verdict.violations)
    assert verdict.final_state is ix.State.PROCESSING


@pytest.mark.parametrize(("arguments", "message"), [
    (("telex", ["Offer"]), "unknown media 'telex'"),
    (("chat", "Offer"), "operations must be a list of names or commands, not 'Offer'"),
    (("chat", None), "operations must be a list"),
    (("chat", 5), "operations must be a list"),
])  # fmt: skip
def test_misuse_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        ix.validate(*arguments)


def test_a_start_that_cannot_be_is_named():
    with pytest.raises(ValueError, match="a chat is never Composing; its states are Queued"):
        ix.validate("chat", [], start="Composing")
    with pytest.raises(ValueError, match="unknown state 'Lost'"):
        ix.validate("chat", [], start="Lost")


def test_coverage_counts_what_was_gone_through():
    coverage = ix.validate("chat", ["Offer", "Accept", "Leave", "Complete"]).coverage
    assert {edge.operation for edge in coverage.edges} == {"Offer", "Accept", "Leave", "Complete"}
    assert coverage.states == {"Queued", "Invited", "Chatting", "LeftChat", "Completed"}
    assert coverage.all_states == 6
    assert coverage.all_edges == len(ix.GWS.edges("chat"))


def test_operations_that_cannot_be_hashed_are_judged_too():
    verdict = ix.validate("chat", [["a"], {}, ix.Accept(by=[]), "Offer"])
    assert [v.index for v in verdict.violations] == [0, 1, 2]
    assert verdict.final_state is ix.State.INVITED


def test_a_verdict_is_a_value_of_its_own():
    operations = ["Offer", "Complete"]
    verdict = ix.validate("chat", operations)
    assert verdict == ix.validate("chat", operations)
    assert verdict != ix.validate("chat", ["Offer", "Leave"])
    operations[1] = "Accept"
    assert verdict.violations[0].refusal.operation == "Complete"


def test_judging_from_records_keeps_nothing():
    kept = TRANSITIONS.kept(ix.GWS)
    before = len(kept)
    for number in range(20):
        ix.validate("chat", ["Offer", "Accept"], start=ix.Interaction(f"id-{number}", "chat"))
    assert len(kept) == before
