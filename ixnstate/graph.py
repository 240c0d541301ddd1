"""The definition as a graph: what can be reached, and sequences that go everywhere.

`reachable`, `shortest_path` and `illegal_cells` read the edges. `tour` walks real records with `decide`, so what it
promises holds for the step. The commands for that are built by name: `by_name` gives the one that a bare operation
name means, `exemplary` the one that takes a certain edge.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from ixnstate.commands import ALIASES, OPERATIONS, Command, Create, Custom, Kind, Submit, parameters_of
from ixnstate.definition import Definition, Edge, checked, known_state
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import Refusal
from ixnstate.stepping import applicable, create, decide, replay, submit
from ixnstate.table import GWS
from ixnstate.values import EMPTY, FrozenDict, changed, frozen
from ixnstate.vocabulary import HELD_STATES, Does, State, When, Who


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
    arcs = _explore([plain(begin(birth, definition=definition)) for birth in births], definition)
    commands: list[Command] = []
    lives = 0
    for birth in births:
        while walk := _walk(plain(begin(birth, definition=definition)), arcs, untaken):
            lives += 1
            commands += [changed(birth, new_id=f"tour-{lives}"), *walk]
    if untaken:
        raise ValueError(f"{media}: no sequence takes {next(iter(untaken))}")
    return tuple(commands)


@frozen
class _Arc:
    edge: Edge
    command: Command
    target: Interaction


_Arcs = dict[Interaction, tuple[_Arc, ...]]


def _births(media: str, definition: Definition) -> tuple[Submit | Create, ...]:
    submitted = Submit(new_id="tour", media=media, queue="queue")
    if definition.medium(media).creates is None:
        return (submitted,)
    return submitted, Create(new_id="tour", media=media, queue_name="queue", by=AGENTS[0])


def begin(command: Create | Submit, *, definition: Definition = GWS) -> Interaction:
    """The interaction that a creation brings into being. Raises `RefusedError` for what does not fit."""
    if isinstance(command, Create):
        return create(command, definition=definition).interaction
    arguments = {each.name: getattr(command, each.name) for each in parameters_of(Submit)}
    return submit(id=arguments.pop("new_id"), **arguments, definition=definition).interaction


def _explore(starts: list[Interaction], definition: Definition) -> _Arcs:
    arcs: _Arcs = {}
    queue = deque(starts)
    while queue:
        record = queue.popleft()
        if record not in arcs:
            arcs[record] = tuple(_arcs_from(record, definition))
            queue.extend(arc.target for arc in arcs[record])
    return arcs


def _arcs_from(record: Interaction, definition: Definition) -> Iterator[_Arc]:
    for edge in definition.edges(record.media):
        if edge.source is record.state:
            command = exemplary(record, edge, definition=definition)
            if applicable(record, command, definition=definition) is edge:
                events = decide(record, command, definition=definition)
                if not isinstance(events, Refusal):
                    yield _Arc(edge, command, plain(replay(events, start=record)))


def _walk(start: Interaction, arcs: _Arcs, untaken: dict[Edge, None]) -> tuple[Command, ...]:
    """Always to the nearest edge not taken yet; to one into a final state when no other is left."""
    commands: list[Command] = []
    here = start
    while leg := _nearest(here, arcs, untaken):
        for arc in leg:
            commands.append(arc.command)
            untaken.pop(arc.edge, None)
        here = leg[-1].target
    return tuple(commands)


def _nearest(start: Interaction, arcs: _Arcs, untaken: dict[Edge, None]) -> tuple[_Arc, ...]:
    final: tuple[_Arc, ...] = ()
    seen = {start}
    queue: deque[tuple[Interaction, tuple[_Arc, ...]]] = deque([(start, ())])
    while queue:
        record, leg = queue.popleft()
        for arc in arcs[record]:
            if arc.edge in untaken and not arc.target.state.is_final:
                return (*leg, arc)
            if arc.edge in untaken and not final:
                final = (*leg, arc)
            if arc.target not in seen:
                seen.add(arc.target)
                queue.append((arc.target, (*leg, arc)))
    return final


# --- commands by name -----------------------------------------------------------------------------------------------

AGENTS = ("agent-1", "agent-2", "agent-3")
_EXAMPLES: dict[Kind, Any] = {
    Kind.TEXT: "text",
    Kind.FLAG: True,
    Kind.SIZE: 1,
    Kind.NAMES: ("key",),
    Kind.DATA: FrozenDict(key="value"),
}


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
    arguments: dict[str, Any] = {
        parameter.name: _EXAMPLES.get(parameter.kind, parameter.name)
        for parameter in parameters_of(known)
        if parameter.required or parameter.name == "target_agent"
    }
    arguments |= {key: value for key, value in _fitting(record, acting).items() if key in arguments}
    return known(**arguments)


def _fitting(record: Interaction, acting: str) -> dict[str, Any]:
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
    wanted: dict[str, Any] = {}
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
