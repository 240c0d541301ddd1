"""What the strategies draw is what they promise, and they draw everything."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate import gws
from ixnstate.refusals import misfit
from ixnstate.testing import strategies

FEW = settings(max_examples=3, database=None, phases=[Phase.generate])


@given(strategies.interactions())
def test_interactions_are_sound(record):
    assert misfit(record) is None


@pytest.mark.parametrize("media", ix.GWS.media)
def test_every_state_is_drawn(media):
    for state in ix.GWS.media[media].states:

        @FEW
        @given(strategies.interactions(media=[media], state=state))
        def drawn(record):
            assert (record.media, record.state) == (media, state)  # noqa: B023 (it is called at once)

        drawn()


@given(strategies.commands())
def test_commands_are_in_order(command):
    record = ix.Interaction("x", "chat", "Chatting", holders=["a1"])
    refusal = ix.decide(record, command)
    assert not isinstance(refusal, ix.Refusal) or refusal.code is not ix.RefusalCode.MISSING_PARAMETER
    assert eval(repr(command), vars(ix)) == command


@given(st.data())
def test_legal_commands_are_legal(data):
    record = data.draw(strategies.interactions().filter(lambda each: not each.state.is_final))
    assert isinstance(ix.decide(record, data.draw(strategies.legal_commands(record))), tuple)


def test_nothing_is_legal_at_the_end():
    with pytest.raises(ValueError, match="nothing is legal"):
        find(strategies.legal_commands(ix.Interaction("x", "chat", "Completed")), lambda command: True)


@given(strategies.steps())
def test_steps_follow_from_each_other(lived):
    for one, other in pairwise(lived):
        assert other.before == one.interaction


@given(strategies.sequences())
def test_sequences_can_be_judged(drawn):
    media, names = drawn
    assert len(ix.validate(media, names).violations) <= len(names)


def test_an_illegal_sequence_shrinks_to_a_few_names():
    _, names = find(strategies.sequences(media=["workitem"]), lambda drawn: not ix.validate(*drawn).ok)
    assert len(names) <= 2


@settings(suppress_health_check=list(HealthCheck))
@given(strategies.notifications())
def test_notifications_can_be_read(sent):
    assert gws.parse_notification(sent.frame()).to_json() == sent.frame()


@settings(suppress_health_check=list(HealthCheck))
@given(strategies.traces(), strategies.traces(faults=["drop", "double", "reorder"]))
def test_traces_are_messages_with_their_agent(lines, faulty):
    for line in (*lines, *faulty):
        assert line["agent"] in {"agent-1", "agent-2", "agent-3"}
        gws.parse_notification({name: value for name, value in line.items() if name != "agent"})


def test_unknown_faults_are_named():
    with pytest.raises(ValueError, match="there are no faults lose; there are drop, double, reorder"):
        find(strategies.traces(faults=["lose"]), lambda lines: True)
