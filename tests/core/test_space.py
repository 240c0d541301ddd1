"""The one walk and the one search.

* `nearest_first` reaches what can be reached, each node once, by a way that leads there, and none is cheaper.
* `follow` says what `decide` says; `arcs` take every edge that any command takes, `arcs_by_name` every legal name.
* The records that can be reached are few, and plain.
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from conftest import MEDIA
from ixnstate.searching import nearest_first
from ixnstate.space import arcs, arcs_by_name, by_name, follow, plain

GRAPHS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 3)), max_size=30)


def cheapest(graph, starts):
    """By relaxing every arc until nothing changes."""
    costs = dict.fromkeys(starts, 0)
    for _ in range(len(graph) + 1):
        for source, target, price in graph:
            if source in costs:
                costs[target] = min(costs.get(target, 1 << 30), costs[source] + price)
    return costs


@given(GRAPHS, st.lists(st.integers(0, 7), max_size=3))
def test_the_search_reaches_everything_once_by_the_cheapest_way(graph, starts):
    found = list(
        nearest_first(starts, lambda node: [(arc, arc[1]) for arc in graph if arc[0] == node], cost=lambda arc: arc[2])
    )
    costs = cheapest(graph, starts)
    assert sorted(node for node, _ in found) == sorted(costs)
    prices = [sum(arc[2] for arc in way) for _, way in found]
    assert prices == [costs[node] for node, _ in found] == sorted(prices)
    for node, way in found:
        assert all(one[1] == other[0] for one, other in pairwise(way))
        assert (way[0][0] in starts and way[-1][1] == node) if way else node in starts


@given(GRAPHS)
def test_of_ways_that_cost_the_same_the_one_that_is_found_first_is_taken(graph):
    """Without costs it is a search in breadth."""
    queue, seen = [(0, ())], {0}
    for node, way in queue:
        for arc in graph:
            if arc[0] == node and arc[1] not in seen:
                seen.add(arc[1])
                queue.append((arc[1], (*way, arc)))
    assert list(nearest_first([0], lambda node: [(arc, arc[1]) for arc in graph if arc[0] == node])) == queue


@pytest.fixture(scope="module", params=MEDIA)
def reached(request):
    """The records of a medium that can be reached."""
    start = plain(ix.submit(id="X1", media=request.param, queue="Q").interaction)
    return [record for record, _ in nearest_first([start], lambda node: [(arc, arc.target) for arc in arcs(node)])]


def test_what_is_reached_is_plain_and_few(reached):
    assert all(plain(record) == record for record in reached)
    assert len(reached) < 200
    assert {record.state for record in reached} >= ix.reachable(reached[0].media)


def test_a_step_is_what_is_followed(reached):
    for record in reached:
        for arc in arcs(record):
            assert ix.step(record, arc.command).interaction == follow(record, arc.command).target
            assert plain(follow(record, arc.command).target) == arc.target
            assert arc.edge in ix.GWS.edges(record.media)


def test_a_name_leads_somewhere_exactly_if_it_is_legal(reached):
    for record in reached:
        named = dict(arcs_by_name(record))
        for name in ix.GWS.media[record.media].operations:
            outcome = ix.decide(record, by_name(name, record))
            assert isinstance(outcome, ix.Refusal) is (name not in named)


def test_whoever_knows_more_decides():
    record = ix.submit(id="X1", media="chat", queue="Q").interaction
    refusal = ix.decide(record, ix.Accept(by="a1"))
    assert follow(record, ix.Offer(agent="a1"), by=lambda *_: refusal) is None
    assert follow(record, ix.Accept(by="a1")) is None
