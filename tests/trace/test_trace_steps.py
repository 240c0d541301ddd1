"""Steps that no line shows: all that anybody may take, each once, although not all of them are tried.

With ``is_told``, those of which an agent who has the interaction is told, and no others. That holds for every state of
every medium, for sessions and offers of many agents, for every state that is shown, and whoever's requests are
recorded; whichever roles they are, and in whose workbin it lies.
"""

from collections import Counter
from itertools import groupby, product
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate.model import WorkbinPlace
from ixnstate.space import standing
from ixnstate.trace.candidate import NO_ID, SOMEBODY, UNRECORDED, Candidate, in_workbin, is_role, role, with_agents
from ixnstate.trace.steps import Steps
from ixnstate.trace.unobserved import (
    ANYONE,
    MAX_APART,
    NOBODY,
    PLATFORM,
    Query,
    Unobserved,
    actors_of,
    casting_of,
    company_of,
    examples,
    may_show,
    recast,
)
from ixnstate.values import changed
from ixnstate.vocabulary import HELD_STATES, Who

NEWCOMER = role(99)
STANDING = standing(NO_ID, "chat", ix.State.CHATTING)
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


def recorded(holders, invited):
    """Whose requests may be recorded: nobody's, some agents', everybody's."""
    some = frozenset(filter(is_role, (*holders[1:3], *invited[:1], role(98))))
    yield from (ANYONE, Unobserved(some, several=True, begun=True), PLATFORM, NOBODY)


def by_edges(found):
    """The candidates, each as often as it is there: the edges in order, and of each in any order whom it is about."""
    return [(edge, Counter(alike)) for edge, alike in groupby(found, attrgetter("edge"))]


def places(state, agents):
    """In which workbin it may lie: in none, in one of an agent who has it or not, or of a group."""
    yield None
    if state is ix.State.IN_WORKBIN:
        yield from (WorkbinPlace(role(50), owner=owner) for owner in (*agents[:1], role(97)))
        yield WorkbinPlace(role(50), agent_group=role(51))


@pytest.mark.parametrize(("media", "state"), STATES)
def test_every_step_that_anybody_may_take(media, state):
    steps, start = Steps(ix.GWS), standing(NO_ID, media, state)
    for holders, invited in companies(state):
        for place, unrecorded in product(places(state, (*holders, *invited)), recorded(holders, invited)):
            candidate = Candidate(in_workbin(with_agents(start, holders, invited), place))
            record, is_crowd = candidate.record, len((*holders, *invited)) > MAX_APART
            for agent, shown in product({*holders[:1], *invited[:1], NEWCOMER}, (None, *ix.State)):
                newcomer, aim = agent if agent == NEWCOMER else None, agent if is_crowd else None
                query = Query(record, newcomer, aim, unrecorded, is_any=shown is None)
                for by_edge in (False, True) if unrecorded == ANYONE else (False,):
                    found = [*steps.unobserved(candidate, agent, unrecorded, (), shown, by_edge=by_edge)]
                    assert by_edges(found) == by_edges(all_steps(steps, candidate, query, shown, by_edge=by_edge))


def test_some_act_as_others_do_if_each_is_alike_and_the_same_are_one():
    one, two, three, four = map(role, range(4))
    company = company_of(Query(with_agents(STANDING, (one, two, three), (four,)), None, None, ANYONE, is_any=True))
    cast = {
        pair: casting_of(dict(zip(("by", "agent"), pair, strict=True)), company)
        for pair in product(map(role, range(4)), repeat=2)
    }
    assert cast[one, two] == cast[two, three] == cast[three, one]
    assert cast[one, one] == cast[two, two]
    assert len({cast[pair] for pair in ((one, two), (one, one), (one, four), (four, one), (four, four))}) == 5


@given(st.permutations(range(5)), st.permutations(range(5)), st.integers(0, 5))
def test_each_takes_one_place(played, acting, several):
    played, acting = (
        {str(at): role(number) for at, number in enumerate(agents[:several])} for agents in (played, acting)
    )
    names = recast(played, acting)
    assert {at: names[name] for at, name in played.items()} == acting
    assert {*names} == {*names.values()} == {*played.values(), *acting.values()}


@pytest.mark.parametrize(("media", "state"), STATES)
def test_steps_of_which_an_agent_is_told(media, state):
    steps, start = Steps(ix.GWS), standing(NO_ID, media, state)
    for holders, invited in companies(state):
        candidate = Candidate(with_agents(start, holders, invited))
        for agent, shown in product(filter(is_role, dict(steps.views(candidate.record))), ix.State):
            every = [*steps.unobserved(candidate, agent, ANYONE, (), shown)]
            told = [after for after in every if len(dict(after.outboxes).get(agent, ())) > 1]
            found = [*steps.unobserved(candidate, agent, ANYONE, (), shown, is_told=True)]
            assert by_edges(found) == by_edges(told)
