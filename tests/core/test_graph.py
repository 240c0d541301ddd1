"""The definition as a graph, against the step."""

import pytest

import ixnstate as ix
from conftest import MEDIA
from ixnstate.space import AGENTS, begin, by_name, exemplary
from ixnstate.stepping import applicable

PROFILES = [{}, {"transfer": "on acceptance"}, {"unlisted_workbin_names": "refuse"}]


def played(media, definition=ix.GWS):
    """Each command of the tour but the creations, with the record it meets."""
    record = None
    for command in ix.tour(media, definition=definition):
        if isinstance(command, ix.Create | ix.Submit):
            record = begin(command, definition=definition)
        else:
            yield record, command
            record = ix.step(record, command, definition=definition).interaction


@pytest.mark.parametrize("choices", PROFILES, ids=str)
@pytest.mark.parametrize("media", MEDIA)
def test_a_tour_takes_every_edge(media, choices):
    definition = ix.GWS.with_profile(**choices)
    taken = {applicable(record, command, definition=definition) for record, command in played(media, definition)}
    assert taken == set(definition.edges(media))


@pytest.mark.parametrize("media", MEDIA)
def test_a_tour_is_a_legal_sequence_that_covers_everything(media):
    verdict = ix.validate(media, ix.tour(media))
    assert verdict.ok, verdict
    assert verdict.coverage.edges == set(ix.GWS.edges(media))
    assert verdict.coverage.states == set(ix.GWS.media[media].states)
    assert ix.tour(media) == ix.tour(media)


@pytest.mark.parametrize("media", MEDIA)
def test_paths_lead_where_they_say(media):
    """Played by name from a record in the start state, a path ends in the goal, and no shorter one does."""
    from ixnstate.sequences import starting_in

    for start in ix.GWS.media[media].states:
        reachable = ix.reachable(media, start)
        for goal in ix.GWS.media[media].states:
            path = ix.shortest_path(media, start, goal)
            assert (path is not None) == (goal in reachable)
            if path and not start.is_final:
                verdict = ix.validate(media, path, start=starting_in(media, start))
                assert verdict.final_state is goal or "AddInteraction" in path or not verdict.ok


def test_documented_paths():
    assert ix.shortest_path("workitem", "InWorkbin", "Completed") == ("PullWorkitem", "Complete")
    assert ix.shortest_path("chat", "Queued", "LeftChat") == ("Offer", "Accept", "Leave")
    assert ix.shortest_path("email", "Composing", "Sent") == ("Send",)
    assert ix.shortest_path("chat", "Completed", "Queued") is None
    assert ix.shortest_path("chat", "Queued", "Queued") == ()
    assert ix.reachable("email", "Completed") == {ix.State.COMPLETED}


@pytest.mark.parametrize("media", MEDIA)
def test_cells_are_legal_or_illegal(media):
    medium = ix.GWS.media[media]
    legal = {(edge.source, edge.operation) for edge in ix.GWS.edges(media)}
    illegal = set(ix.illegal_cells(media))
    assert not legal & illegal
    assert legal | illegal == {(state, operation) for state in medium.states for operation in medium.operations}
    for state, operation in illegal:
        record = ix.Interaction("X1", media, state, holders=[AGENTS[0]], invited=[AGENTS[0]])
        assert isinstance(ix.decide(record, by_name(operation, record)), ix.Refusal)


@pytest.mark.parametrize("media", MEDIA)
def test_every_edge_has_an_exemplary_command_that_takes_it(media):
    for record, command in played(media):
        assert exemplary(record, applicable(record, command)) == command


@pytest.mark.parametrize("ask", [
    lambda: ix.reachable("telex"), lambda: ix.shortest_path("telex", "Queued", "Completed"),
    lambda: ix.illegal_cells("telex"), lambda: ix.tour("telex"), lambda: ix.tour(5),
])  # fmt: skip
def test_unknown_media_are_named(ask):
    with pytest.raises(ValueError, match="unknown media .* known are chat, email"):
        ask()


def test_unknown_states_are_named():
    with pytest.raises(ValueError, match="unknown state 'Lost'; known are Queued"):
        ix.shortest_path("chat", "Lost", "Queued")
    with pytest.raises(ValueError, match="unknown state"):
        ix.reachable("chat", "Lost")
