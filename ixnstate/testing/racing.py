"""Scripts of two operations at once on one interaction, of which one takes the ground from under the other."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations_with_replacement

from ixnstate.commands import AddInteraction, AttachUserData, Command, PullInteraction, Reply
from ixnstate.definition import Edge
from ixnstate.events import ParticipantsChanged, StateChanged
from ixnstate.model import Interaction
from ixnstate.refusals import Refusal
from ixnstate.stepping import replay
from ixnstate.testing.differing import Script
from ixnstate.testing.explorer import NAME, Place, Situation
from ixnstate.testing.forms import Scope, taking
from ixnstate.testing.model import AtOnce, Model, applicable_edge, played

MOVES = (StateChanged, ParticipantsChanged)
"""What changes where an interaction is, or who has it."""


def races(places: Mapping[Situation, Place], scope: Scope) -> Iterator[Script]:
    """The scripts of a medium; each ends with what overlaps, and no two are alike but for the way there."""
    seen = set()
    for way, edges in _grounds(places, scope):
        model = played(way, scope)
        record = model.record(NAME)
        for one, other in _rivals(record, edges, model, scope):
            key = record.state, _roles(record, one, other)
            if key not in seen:
                seen.add(key)
                yield (*way, AtOnce(((one,), (other,))))


def _grounds(places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, list[Edge]]]:
    """The ways to every situation, and into a group's workbin, which several agents can reach; with the edges there."""
    for place in places.values():
        yield place.way, [arc.edge for arc in place.arcs]
    for place in places.values():
        for arc in place.arcs:
            for form in taking(place.record, arc.edge, scope):
                if isinstance(form, AddInteraction) and form.agent_group is not None:
                    yield (*place.way, form), [each.edge for each in places[arc.target].arcs]
                    return


def _roles(record: Interaction, one: Command, other: Command) -> tuple[object, ...]:
    """Which operations they are, and by whom: agents who stand alike to the interaction are as good as each other."""
    agents = [getattr(each, "by", None) for each in (one, other)]
    has = (*record.holders, *record.invited)
    roles = [(each.operation, by in has) for each, by in zip((one, other), agents, strict=True)]
    return frozenset(roles), len(set(agents))


def _rivals(
    record: Interaction, edges: Iterable[Edge], model: Model, scope: Scope
) -> Iterator[tuple[Command, Command]]:
    moves = _moves(record, edges, model, scope)
    for one, other in combinations_with_replacement(moves, 2):
        is_answered = any(getattr(each, "by", None) for each in (one, other))
        if is_answered and (_rules_out(record, one, other, model) or _rules_out(record, other, one, model)):
            yield one, other
    if record.holders:
        by, about = record.holders[0], {"interaction": NAME, "media": record.media, "media_type": record.media_type}
        one, other = (AttachUserData(by=by, user_data={key: "new"}, **about) for key in ("one", "other"))
        if not isinstance(model.decide(record, one), Refusal):
            yield one, other


def _moves(record: Interaction, edges: Iterable[Edge], model: Model, scope: Scope) -> list[Command]:
    """What can be done that moves the interaction; of operations that do the same the first."""
    found: list[Command] = []
    known: dict[tuple[object, ...], str] = {}
    for edge in edges:
        operation = known.setdefault((edge.does, edge.when, edge.who, edge.target), edge.operation)
        for form in taking(record, edge, scope) if operation == edge.operation else ():
            is_supervisor = isinstance(form, PullInteraction) and form.owner is not None
            if applicable_edge(record, form, scope) is edge and not isinstance(form, Reply) and not is_supervisor:
                events = model.decide(record, form)
                if not isinstance(events, Refusal) and any(isinstance(each, MOVES) for each in events):
                    found.append(form)
    return found


def _rules_out(record: Interaction, one: Command, other: Command, model: Model) -> bool:
    """Whether one command is refused after the other."""
    events = model.decide(record, one)
    return not isinstance(events, Refusal) and isinstance(model.decide(replay(events, start=record), other), Refusal)
