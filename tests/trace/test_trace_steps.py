"""Steps that no line shows: with ``is_told``, those of which an agent who has the interaction is told, and no others.

That holds for every state of every medium, for sessions and offers of many agents, and for every state that is shown.
"""

from itertools import product

import pytest

import ixnstate as ix
from ixnstate.space import standing
from ixnstate.trace.candidate import NO_ID, SOMEBODY, UNRECORDED, Candidate, is_role, role, with_agents
from ixnstate.trace.steps import Steps
from ixnstate.trace.unobserved import ANYONE
from ixnstate.vocabulary import HELD_STATES

STATES = [(media, state) for media in ix.GWS.media for state in ix.GWS.media[media].states]


def companies(state):
    """Who may have an interaction, and who is invited to it: few, many, and such as nobody has named."""
    held = (1, 2, 4, 5) if state in HELD_STATES else (0, 1)
    for holders, invited in product(held, (0, 1, 4, 5)):
        agents = [role(number) for number in range(holders + invited)]
        yield tuple(agents[:holders]), tuple(agents[holders:])
    yield (role(0), SOMEBODY), (role(1), UNRECORDED[0])


@pytest.mark.parametrize(("media", "state"), STATES)
def test_steps_of_which_an_agent_is_told(media, state):
    steps, start = Steps(ix.GWS), standing(NO_ID, media, state)
    for holders, invited in companies(state):
        candidate = Candidate(with_agents(start, holders, invited))
        for agent, shown in product(filter(is_role, dict(steps.views(candidate.record))), ix.State):
            every = [*steps.unobserved(candidate, agent, ANYONE, (), shown)]
            told = [after for after in every if len(dict(after.outboxes).get(agent, ())) > 1]
            assert [*steps.unobserved(candidate, agent, ANYONE, (), shown, is_told=True)] == told
