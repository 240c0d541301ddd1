"""Which operations would be accepted now, which are advertised, and why the others are not."""

from collections.abc import Iterator, Mapping

import attrs

from ixnstate.client.shown import Shown, record_of
from ixnstate.commands import Command, PullInteraction
from ixnstate.definition import Definition
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import Refusal
from ixnstate.space import by_name, exemplary
from ixnstate.stepping import decide
from ixnstate.values import EMPTY, FrozenDict, changed, freeze, frozen
from ixnstate.vocabulary import When, Who


@frozen
class Legality:
    """The operations of an interaction, as they are for the agent now.

    ``accepted`` are those that the server would carry out, if their arguments fit: the buttons that may be pressed.
    ``advertised`` are the capabilities that it shows; pages do not list all that is accepted. ``why_not`` says of every
    other operation of the medium why it would be refused.
    """

    accepted: tuple[str, ...] = ()
    advertised: tuple[str, ...] = ()
    why_not: FrozenDict = attrs.field(default=EMPTY, converter=freeze, hash=False)

    def __contains__(self, operation: object) -> bool:
        """Whether it would be accepted."""
        return operation in self.accepted


def legality(shown: Shown, agent: str, definition: Definition, place: WorkbinPlace | None = None) -> Legality:
    """What the agent may do with what is shown so.

    In a state or a medium that the definition does not know, what is advertised is believed to be accepted.
    """
    advertised = shown.capabilities or ()
    record = record_of(shown, agent, definition, place)
    if record is None:
        return Legality(advertised, advertised)
    accepted, why_not = [], {}
    for operation, commands in _tries(record, agent, definition).items():
        refusals = [refusal_of(record, command, definition) for command in commands]
        if None in refusals:
            accepted.append(operation)
        else:
            why_not[operation] = str(refusals[0])
    return Legality(tuple(accepted), advertised, FrozenDict(why_not))


def refusal_of(record: Interaction, command: Command, definition: Definition) -> Refusal | None:
    """Why a command would be refused; None if it would not."""
    decided = decide(record, command, definition=definition)
    return decided if isinstance(decided, Refusal) else None


def _tries(record: Interaction, agent: str, definition: Definition) -> Mapping[str, list[Command]]:
    """By operation of an agent, the commands that might take an edge from here; the plain one where there is none."""
    edges = definition.edges(record.media)
    names = dict.fromkeys(edge.operation for edge in edges if edge.who is not Who.PLATFORM)
    return {
        name: [*_taking(record, name, agent, definition)] or [_plain(record, name, agent, definition)] for name in names
    }


def _taking(record: Interaction, operation: str, agent: str, definition: Definition) -> Iterator[Command]:
    for edge in definition.edges(record.media):
        is_here = edge.operation == operation and edge.source is record.state
        if is_here and edge.who is not Who.PLATFORM and edge.when is not When.FOR_OWNER:
            yield _fitted(record, exemplary(record, edge, definition=definition), agent)


def _plain(record: Interaction, operation: str, agent: str, definition: Definition) -> Command:
    return _fitted(record, by_name(operation, record, definition=definition), agent)


def _fitted(record: Interaction, command: Command, agent: str) -> Command:
    """The command as the agent gives it; an item is pulled out of the workbin in which it is."""
    place = record.workbin
    if place is None or not isinstance(command, PullInteraction):
        return changed(command, by=agent)
    return changed(command, by=agent, workbin=place.id, agent_group=place.agent_group, place_group=place.place_group)
