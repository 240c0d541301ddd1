"""The records that an interaction can have, and what leads from one to another: record, command, decide, evolve.

A record has infinitely many shapes, since it carries data and names. What may happen to it depends on few of them:
`plain` leaves out the rest, and then a medium has a few dozen. `follow` says where one command leads from such a
record, `arcs` where every edge leads. `ixnstate.searching` walks over them. The commands are built by name: `by_name`
gives the one that a bare operation name means, `exemplary` the one that takes a certain edge.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ixnstate.commands import ALIASES, OPERATIONS, Command, Create, Custom, Kind, Submit, parameters_of
from ixnstate.definition import Definition, Edge
from ixnstate.events import Event
from ixnstate.evolving import replay
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import Refusal
from ixnstate.stepping import applicable, create, decide, submit
from ixnstate.table import GWS
from ixnstate.values import EMPTY, FrozenDict, Json, changed, frozen
from ixnstate.vocabulary import HELD_STATES, Does, State, When, Who

AGENTS = ("agent-1", "agent-2", "agent-3")
"""The agents of whom there is talk where nobody is named."""

Decide: TypeAlias = Callable[[Interaction, Command], tuple[Event, ...] | Refusal]
"""What says what comes of a command: `ixnstate.decide`, or somebody who knows more than one interaction."""


# === arcs ===========================================================================================================


@frozen
class Arc:
    """A command that can be carried out on a record: the edge that it takes, and the record behind it."""

    edge: Edge
    command: Command
    target: Interaction


def follow(
    record: Interaction, command: Command, *, definition: Definition = GWS, by: Decide | None = None
) -> Arc | None:
    """Where a command leads; None if it is refused. ``by`` decides that, if not `ixnstate.decide`."""
    events = decide(record, command, definition=definition) if by is None else by(record, command)
    if isinstance(events, Refusal):
        return None
    edge = applicable(record, command, definition=definition)
    return None if edge is None else Arc(edge, command, replay(events, start=record))


def arcs(record: Interaction, *, definition: Definition = GWS) -> Iterator[Arc]:
    """What can happen to a plain record: an arc for each edge that some command takes, in the order of the definition.

    The records behind them are plain, too.
    """
    for edge in definition.edges(record.media):
        if edge.source is record.state:
            arc = follow(record, exemplary(record, edge, definition=definition), definition=definition)
            if arc is not None and arc.edge is edge:
                yield changed(arc, target=plain(arc.target))


def arcs_by_name(record: Interaction, *, definition: Definition = GWS) -> Iterator[tuple[str, Interaction]]:
    """Where the bare names of the medium's operations lead from a plain record, as far as they are legal."""
    for name in definition.medium(record.media).operations:
        arc = follow(record, by_name(name, record, definition=definition), definition=definition)
        if arc is not None:
            yield name, plain(arc.target)


# === records ========================================================================================================


def plain(record: Interaction) -> Interaction:
    """The record without what decides nothing: user data, names, where it was queued, how often it has changed."""
    attachments = record.content.get("attachments")
    return Interaction(
        id=record.id,
        media=record.media,
        state=record.state,
        holders=record.holders,
        invited=record.invited,
        workbin=record.workbin,
        resume=record.resume,
        content={"attachments": attachments} if attachments else EMPTY,
    )


def standing(
    interaction: str, media: str, state: State, agent: str = AGENTS[0], place: WorkbinPlace | None = None
) -> Interaction:
    """An interaction in ``state``: held by ``agent``, or inviting ``agent``, or in ``place``."""
    return Interaction(
        id=interaction,
        media=media,
        state=State.QUEUED if state is State.REVOKED else state,
        holders=(agent,) if state in HELD_STATES else (),
        invited=(agent,) if state is State.INVITED else (),
        workbin=place if state is State.IN_WORKBIN else None,
    )


def begin(command: Create | Submit, *, definition: Definition = GWS) -> Interaction:
    """The interaction that a creation brings into being. Raises `RefusedError` for what does not fit."""
    if isinstance(command, Create):
        return create(command, definition=definition).interaction
    arguments = {each.name: getattr(command, each.name) for each in parameters_of(Submit)}
    return submit(id=arguments.pop("new_id"), **arguments, definition=definition).interaction


# === commands by name ===============================================================================================

_EXAMPLES: dict[Kind, object] = {
    Kind.TEXT: "text",
    Kind.FLAG: True,
    Kind.SIZE: 1,
    Kind.NAMES: ("key",),
    Kind.DATA: FrozenDict(key="value"),
}


def by_name(operation: str, record: Interaction, *, definition: Definition = GWS) -> Command:
    """The command that a bare name means: by the agent whose turn it is, with what must be given and nothing else.

    Accept and Reject are performed by who is invited, the rest by the first who holds it. A target is an agent.
    """
    name = ALIASES.get(operation, operation)
    edges = [each for each in definition.edges(record.media) if (each.source, each.operation) == (record.state, name)]
    invited = record.invited if any(edge.who is Who.INVITEE for edge in edges) else ()
    acting = (*invited, *record.holders, AGENTS[0])[0]
    known = OPERATIONS.get(name)
    if known is None:
        return Custom(operation=name, by=None if any(edge.who is Who.PLATFORM for edge in edges) else acting)
    arguments: dict[str, Json] = {
        parameter.name: _EXAMPLES.get(parameter.kind, parameter.name)
        for parameter in parameters_of(known)
        if parameter.required or parameter.name == "target_agent"
    }
    arguments |= {key: value for key, value in _fitting(record, acting).items() if key in arguments}
    return known(**arguments)


def _fitting(record: Interaction, acting: str) -> dict[str, object]:
    """Arguments that must fit the record rather than be of some type."""
    strangers = [agent for agent in AGENTS if agent not in record.holders and agent not in record.invited]
    return {
        "by": acting,
        "agent": AGENTS[0],
        "target_agent": (*strangers, AGENTS[-1])[0],
        "workbin": "workbin-2" if record.workbin and record.workbin.id == "workbin-1" else "workbin-1",
        "new_id": "child" if record.id != "child" else "grandchild",
        "media": record.media,
    }


def exemplary(record: Interaction, edge: Edge, *, definition: Definition = GWS) -> Command:
    """The command that takes ``edge``, wherever its condition can hold: `by_name`, with what the condition asks for."""
    command = by_name(edge.operation, record, definition=definition)
    wanted: dict[str, object] = {}
    match edge.when:
        case When.TO_QUEUE:
            wanted = {"target_agent": None, "target_queue": "queue"}
        case When.INTO_QUEUE:
            wanted = {"queue_name": "queue"}
        case When.OF_INVITEE:
            wanted = {"agent": (*record.invited, None)[0]}
        case When.OF_ONE_HOLDER:
            wanted = {"agent": (*record.holders, None)[0]}
        case When.FOR_OWNER:
            wanted = {"owner": AGENTS[0], "by": AGENTS[-1]}
        case When.IN_GROUP:
            wanted = {"agent_group": "group"}
        case _:
            pass
    if edge.does is Does.REMOVE:
        wanted = {"target_agent": (*record.holders[1:], *record.invited, AGENTS[-1])[0]}
    if edge.does is Does.DETACH:
        attached = record.content.get("attachments", ())
        wanted = {"document_id": attached[0]["id"] if attached else "document_id"}
    return changed(command, **wanted)
