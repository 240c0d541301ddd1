"""The definition as a graph: what can be reached, and sequences that go everywhere.

`reachable`, `shortest_path` and `illegal_cells` read the edges. `tour` walks real records, so what it promises holds
for the step.
"""

from ixnstate.commands import Command, Create, Submit
from ixnstate.definition import Definition, Edge, checked, known_state
from ixnstate.model import Interaction
from ixnstate.searching import nearest_first
from ixnstate.space import AGENTS, Arc, arcs, begin, plain
from ixnstate.table import GWS
from ixnstate.values import changed
from ixnstate.vocabulary import State

__all__ = ["begin", "illegal_cells", "reachable", "shortest_path", "tour"]


def reachable(media: str, start: str = State.QUEUED, *, definition: Definition = GWS) -> frozenset[State]:
    """Every state that some sequence of operations reaches from ``start``, itself included.

    Raises ValueError for an unknown medium or state.
    """
    return checked(definition).reachable(media, start)


def shortest_path(media: str, start: str, goal: str, *, definition: Definition = GWS) -> tuple[str, ...] | None:
    """The fewest operations from one state to another: () if they are the same, None if there is no way.

    It is the way that agents go, with the router's offers; timeouts, the platform's Stop and a supervisor's Add* are
    taken only where there is no other. Raises ValueError for an unknown medium or state.
    """
    edges = checked(definition).shortest_path(media, start, frozenset({known_state(goal)}))
    return None if edges is None else tuple(edge.operation for edge in edges)


def illegal_cells(media: str, *, definition: Definition = GWS) -> tuple[tuple[State, str], ...]:
    """Every pair of a state and an operation of the medium that no edge allows.

    Raises ValueError for an unknown medium.
    """
    medium = checked(definition).medium(media)
    legal = {(edge.source, edge.operation) for edge in definition.edges(media)}
    return tuple(
        (state, operation)
        for state in medium.states
        for operation in medium.operations
        if (state, operation) not in legal
    )


def tour(media: str, *, definition: Definition = GWS) -> tuple[Command, ...]:
    """One sequence of commands that takes every edge of the medium.

    Final states absorb, so it leads several interactions through their lives, one after the other: each begins with its
    Submit, or with the Create of an agent. `validate` finds it legal and covering everything. Raises ValueError for an
    unknown medium, and for a definition with an edge that no sequence takes.
    """
    untaken = dict.fromkeys(checked(definition).edges(media))
    births = _births(media, definition)
    known = _explore([plain(begin(birth, definition=definition)) for birth in births], definition)
    commands: list[Command] = []
    lives = 0
    for birth in births:
        while walk := _walk(plain(begin(birth, definition=definition)), known, untaken):
            lives += 1
            commands += [changed(birth, new_id=f"tour-{lives}"), *walk]
    if untaken:
        raise ValueError(f"{media}: no sequence takes {next(iter(untaken))}")
    return tuple(commands)


_Arcs = dict[Interaction, tuple[Arc, ...]]


def _births(media: str, definition: Definition) -> tuple[Submit | Create, ...]:
    submitted = Submit(new_id="tour", media=media, queue="queue")
    if definition.medium(media).creates is None:
        return (submitted,)
    return submitted, Create(new_id="tour", media=media, queue_name="queue", by=AGENTS[0])


def _explore(starts: list[Interaction], definition: Definition) -> _Arcs:
    """What leads on from every record that can be reached."""
    known: _Arcs = {}

    def leading_on(record: Interaction) -> list[tuple[Arc, Interaction]]:
        known[record] = tuple(arcs(record, definition=definition))
        return [(arc, arc.target) for arc in known[record]]

    for _ in nearest_first(starts, leading_on):
        pass
    return known


def _walk(start: Interaction, known: _Arcs, untaken: dict[Edge, None]) -> tuple[Command, ...]:
    """Always to the nearest edge not taken yet; to one into a final state when no other is left."""
    commands: list[Command] = []
    here = start
    while leg := _nearest(here, known, untaken):
        for arc in leg:
            commands.append(arc.command)
            untaken.pop(arc.edge, None)
        here = leg[-1].target
    return tuple(commands)


def _nearest(start: Interaction, known: _Arcs, untaken: dict[Edge, None]) -> tuple[Arc, ...]:
    final: tuple[Arc, ...] = ()
    for record, leg in nearest_first([start], lambda record: [(arc, arc.target) for arc in known[record]]):
        for arc in known[record]:
            if arc.edge in untaken and not arc.target.state.is_final:
                return (*leg, arc)
            if arc.edge in untaken and not final:
                final = (*leg, arc)
    return final
