"""Every situation of a medium that a contact centre can reach, with the shortest way there.

Two interactions are in the same situation if the same edges can be taken: same state, as many agents, the same state to
resume, in a workbin or not, with an attachment or not. What is found depends on nothing but the definition and the
scope.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from ixnstate.commands import Command
from ixnstate.definition import Edge
from ixnstate.model import Interaction
from ixnstate.searching import nearest_first
from ixnstate.space import follow
from ixnstate.testing.differing import Script
from ixnstate.testing.forms import Scope, births, taking
from ixnstate.testing.model import Model, applicable_edge, played
from ixnstate.values import frozen

NAME = "x1"
"""What the interaction is called in generated scripts."""

Situation: TypeAlias = tuple[Any, ...]


@frozen
class Exit:
    """An edge that can be taken from a place, by a command, and where it leads."""

    edge: Edge
    command: Command
    target: Situation


@frozen
class Place:
    """A situation: an interaction that is in it, the way there, and what can be done."""

    record: Interaction
    way: Script
    arcs: tuple[Exit, ...]


def situation(record: Interaction) -> Situation:
    """What decides which edges can be taken."""
    return (
        record.state, len(record.holders), len(record.invited), record.resume, record.workbin is not None,
        bool(record.content.get("attachments")),
    )  # fmt: skip


_NOWHERE: Situation = ()
"""Where an interaction is before it exists."""
_DETOUR = 1_000_000
"""What an operation costs that is known to fail: more than any way around it, so it leads only where nothing else
does."""


def explore(media: str, scope: Scope) -> dict[Situation, Place]:
    """The situations of a medium, the nearest first."""
    found: dict[Situation, Place] = {}

    def leading_on(here: Situation) -> Iterator[tuple[Command, Situation]]:
        if here != _NOWHERE:
            yield from ((arc.command, arc.target) for arc in found[here].arcs)
            return
        for birth in births(media, NAME, scope):
            yield birth, situation(played((birth,), scope).record(NAME))

    def cost(command: Command) -> int:
        return _DETOUR if (media, command.operation) in scope.avoid else 1

    for here, way in nearest_first([_NOWHERE], leading_on, cost=cost):
        if way:
            model = played(way, scope)
            record = model.record(NAME)
            found[here] = Place(record, way, tuple(_arcs(record, model, scope)))
    return found


def ways(
    places: Mapping[Situation, Place], start: Situation, may_take: Callable[[Edge], bool] = lambda _: True
) -> dict[Situation, tuple[Edge, ...]]:
    """The fewest edges from a situation to every other, of those that may be taken; the nearest first."""

    def leading_on(here: Situation) -> Iterator[tuple[Edge, Situation]]:
        for arc in places[here].arcs if here in places else ():
            if may_take(arc.edge):
                yield arc.edge, arc.target

    return dict(nearest_first([start], leading_on))


def _arcs(record: Interaction, model: Model, scope: Scope) -> list[Exit]:
    arcs = []
    for edge in scope.definition.edges(record.media):
        if edge.source is record.state:
            arc = _arc(record, edge, model, scope)
            if arc is not None:
                arcs.append(arc)
    return arcs


def _arc(record: Interaction, edge: Edge, model: Model, scope: Scope) -> Exit | None:
    for command in taking(record, edge, scope):
        if applicable_edge(record, command, scope) is edge:
            arc = follow(record, command, definition=scope.definition, by=model.decide)
            if arc is not None:
                return Exit(edge, command, situation(arc.target))
    return None
