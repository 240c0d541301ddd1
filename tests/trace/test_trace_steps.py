"""Steps that no line shows: all that anybody may take, each once, although not all of them are tried.

With ``is_told``, those of which an agent who has the interaction is told, and no others. That holds for every state of
every medium, for sessions and offers of many agents, and for every state that is shown.
"""

from itertools import product

import pytest

import ixnstate as ix
from ixnstate.space import standing
from ixnstate.trace.candidate import NO_ID, SOMEBODY, UNRECORDED, Candidate, in_workbin, is_role, role, with_agents
from ixnstate.trace.steps import Steps
from ixnstate.trace.unobserved import ANYONE, MAX_APART, Query, actors_of, company_of, examples, may_show
from ixnstate.values import changed
from ixnstate.vocabulary import HELD_STATES, Who

NEWCOMER = role(99)
STATES = [(media, state) for media in ix.GWS.media for state in ix.GWS.media[media].states]


def companies(state):
    """Who may have an interaction, and who is invited to it: few, many, and such as nobody has named."""
    held = (1, 2, 4, 5) if state in HELD_STATES else (0, 1)
    for holders, invited in product(held, (0, 1, 4, 5)):
        agents = [role(number) for number in range(holders + invited)]
        yield tuple(agents[:holders]), tuple(agents[holders:])
    yield (role(0), SOMEBODY), (role(1), UNRECORDED[0])


def all_steps(steps, candidate, query, shown, *, by_edge):
    """What every step does that anybody may take who is told apart, each once."""
    record, active, alike = candidate.record, ix.GWS.media[candidate.record.media].active, {}
    for edge, command in examples(ix.GWS, record.media, record.state):
        if shown is None or may_show(edge, record, shown, query.unrecorded, active):
            for actors in actors_of(company_of(query), (edge, command)):
                done = steps.perform(record, changed(command, **actors) if actors else command)
                if isinstance(done, ix.Step):
                    effect = steps.effect(record, done, edge)
                    effect = effect._replace(record=in_workbin(effect.record, None))
                    kind = edge if by_edge else edge.who is Who.ANYONE
                    alike.setdefault((effect.record, effect.told, kind), effect)
    return [steps.after(candidate, effect) for effect in alike.values()]


@pytest.mark.parametrize(("media", "state"), STATES)
def test_every_step_that_anybody_may_take(media, state):
    steps, start = Steps(ix.GWS), standing(NO_ID, media, state)
    for holders, invited in companies(state):
        candidate = Candidate(with_agents(start, holders, invited))
        record, is_crowd = candidate.record, len((*holders, *invited)) > MAX_APART
        for agent, shown in product({*holders[:1], *invited[:1], NEWCOMER}, (None, *ix.State)):
            newcomer, aim = agent if agent == NEWCOMER else None, agent if is_crowd else None
            query = Query(record, newcomer, aim, ANYONE, is_any=shown is None)
            for by_edge in (False, True):
                found = [*steps.unobserved(candidate, agent, ANYONE, (), shown, by_edge=by_edge)]
                assert found == all_steps(steps, candidate, query, shown, by_edge=by_edge)


@pytest.mark.parametrize(("media", "state"), STATES)
def test_steps_of_which_an_agent_is_told(media, state):
    steps, start = Steps(ix.GWS), standing(NO_ID, media, state)
    for holders, invited in companies(state):
        candidate = Candidate(with_agents(start, holders, invited))
        for agent, shown in product(filter(is_role, dict(steps.views(candidate.record))), ix.State):
            every = [*steps.unobserved(candidate, agent, ANYONE, (), shown)]
            told = [after for after in every if len(dict(after.outboxes).get(agent, ())) > 1]
            assert [*steps.unobserved(candidate, agent, ANYONE, (), shown, is_told=True)] == told
