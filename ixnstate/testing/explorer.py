"""Every situation of a medium that a contact centre can reach, with the shortest way there.

Two interactions are in the same situation if the same edges can be taken: same state, as many agents, the same state to
resume, in a workbin or not, with an attachment or not. The search is breadth-first, so ways are shortest; it depends on
nothing but the definition and the scope.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ixnstate.commands import Command
from ixnstate.definition import Edge
from ixnstate.model import Interaction
from ixnstate.refusals import Refusal
from ixnstate.stepping import replay
from ixnstate.testing.differing import Script
from ixnstate.testing.forms import Scope, births, taking
from ixnstate.testing.model import Model, applicable_edge, played
from ixnstate.values import frozen

NAME = "x1"
"""What the interaction is called in generated scripts."""

Situation: TypeAlias = tuple[Any, ...]


@frozen
class Arc:
    """An edge that can be taken from a place, by a command, and where it leads."""

    edge: Edge
    command: Command
    target: Situation


@frozen
class Place:
    """A situation: an interaction that is in it, the way there, and what can be done."""

    record: Interaction
    way: Script
    arcs: tuple[Arc, ...]


def situation(record: Interaction) -> Situation:
    """What decides which edges can be taken."""
    return (
        record.state, len(record.holders), len(record.invited), record.resume, record.workbin is not None,
        bool(record.content.get("attachments")),
    )  # fmt: skip


def explore(media: str, scope: Scope) -> dict[Situation, Place]:
    """The situations of a medium, the nearest first."""
    found: dict[Situation, Place] = {}
    queue: deque[Script] = deque()
    avoided: deque[Script] = deque()  # what is known to fail leads only where nothing else does
    for birth in births(media, NAME, scope):
        (avoided if (media, birth.operation) in scope.avoid else queue).append((birth,))
    while queue or avoided:
        way = queue.popleft() if queue else avoided.popleft()
        model = played(way, scope)
        record = model.record(NAME)
        here = situation(record)
        if here in found:
            continue
        arcs = tuple(_arcs(record, model, scope))
        found[here] = Place(record, way, arcs)
        for arc in arcs:
            if arc.target not in found:
                later = avoided if (media, arc.edge.operation) in scope.avoid else queue
                later.append((*way, arc.command))
    return found


def ways(
    places: Mapping[Situation, Place], start: Situation, may_take: Callable[[Edge], bool] = lambda _: True
) -> dict[Situation, tuple[Edge, ...]]:
    """The fewest edges from a situation to every other, of those that may be taken; the nearest first."""
    found: dict[Situation, tuple[Edge, ...]] = {start: ()}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for arc in places[here].arcs if here in places else ():
            if arc.target not in found and may_take(arc.edge):
                found[arc.target] = (*found[here], arc.edge)
                queue.append(arc.target)
    return found


def _arcs(record: Interaction, model: Model, scope: Scope) -> list[Arc]:
    arcs = []
    for edge in scope.definition.edges(record.media):
        if edge.source is record.state:
            arc = _arc(record, edge, model, scope)
            if arc is not None:
                arcs.append(arc)
    return arcs


def _arc(record: Interaction, edge: Edge, model: Model, scope: Scope) -> Arc | None:
    for command in taking(record, edge, scope):
        if applicable_edge(record, command, scope) is edge:
            events = model.decide(record, command)
            if not isinstance(events, Refusal):
                return Arc(edge, command, situation(replay(events, start=record)))
    return None
