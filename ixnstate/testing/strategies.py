"""Hypothesis strategies for your own tests: ``@given(strategies.interactions())``. What they draw is sound."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from ixnstate import gws
from ixnstate.commands import OPERATIONS, Command, Create, Kind, Submit, parameters_of
from ixnstate.definition import Definition
from ixnstate.model import Interaction, Step, WorkbinPlace
from ixnstate.refusals import Refusal
from ixnstate.space import exemplary
from ixnstate.stepping import applicable, decide, step, submit
from ixnstate.table import GWS
from ixnstate.values import Json, changed
from ixnstate.vocabulary import HELD_STATES, State

NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
AGENTS = st.sampled_from(("a1", "a2", "a3"))
_JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=8), lambda inner: (
    st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2)
), max_leaves=4)  # fmt: skip
USER_DATA = st.dictionaries(NAMES, _JSON, max_size=3)
FAULTS = ("drop", "double", "reorder")

_VALUES: Mapping[Kind, st.SearchStrategy[Any]] = {
    Kind.NAME: NAMES, Kind.TEXT: st.text(max_size=20), Kind.FLAG: st.booleans(), Kind.SIZE: st.integers(0, 2**31),
    Kind.NAMES: st.lists(NAMES, min_size=1, max_size=3), Kind.DATA: USER_DATA,
}  # fmt: skip


def media(definition: Definition = GWS) -> st.SearchStrategy[str]:
    """The name of a medium."""
    return st.sampled_from(tuple(definition.media))


@st.composite
def interactions(
    draw: st.DrawFn, media: Iterable[str] | None = None, state: str | None = None, definition: Definition = GWS
) -> Interaction:
    """A sound record: in any state of any medium, or of those given; in the hands of whom such a one can be."""
    name = draw(st.sampled_from(tuple(media or definition.media)))
    medium = definition.medium(name)
    where = State(state) if state else draw(st.sampled_from(medium.states))
    agents = draw(st.permutations(("a1", "a2", "a3")))
    several = where is State.CHATTING
    held = where in HELD_STATES
    holders = agents[: draw(st.integers(1, 2))] if several else agents[:1] if held else []
    invited = agents[2:] if several and draw(st.booleans()) else agents[:1] if where is State.INVITED else []
    away = where in (State.QUEUED, State.INVITED, State.IN_WORKBIN)
    resumable = [None, *(each for each in (State.LEFT_CHAT, State.COMPOSING) if each in medium.states)]
    return Interaction(
        draw(NAMES), name, where, holders, invited, "Inbound",
        WorkbinPlace(draw(NAMES), owner=agents[0]) if where is State.IN_WORKBIN else None,
        draw(st.sampled_from(resumable)) if away else None, draw(USER_DATA),
        media_type="promotion" if name == "openmedia" else None,
    )  # fmt: skip


@st.composite
def commands(draw: st.DrawFn, operations: Sequence[str] | None = None) -> Command:
    """A command whose arguments are in order: of any operation, or of those named."""
    name = draw(st.sampled_from(tuple(operations or OPERATIONS)))
    parameters = parameters_of(OPERATIONS[name])
    given: dict[str, Json] = {}
    for each in parameters:
        if each.required or (not each.is_target and each.kind is not Kind.NOTHING and draw(st.integers(0, 3)) == 3):
            is_agent = each.name in ("by", "agent", "target_agent")
            given[each.name] = draw(AGENTS if is_agent else media() if each.name == "media" else _VALUES[each.kind])
    targets = [each for each in parameters if each.is_target]
    if targets:
        chosen = draw(st.sampled_from(targets))
        given[chosen.name] = draw(AGENTS if chosen.name == "target_agent" else _VALUES[chosen.kind])
    return OPERATIONS[name](**given)


@st.composite
def legal_commands(draw: st.DrawFn, record: Interaction, definition: Definition = GWS) -> Command:
    """A command that ``decide`` accepts for this record. There is none for one that has ended: ValueError is raised."""
    edges = [edge for edge in definition.edges(record.media) if edge.source is record.state]
    possible = []
    for edge in edges:
        command = exemplary(record, edge, definition=definition)
        if not isinstance(decide(record, command, definition=definition), Refusal):
            possible.append(command)
    if not possible:
        raise ValueError(f"nothing is legal for {record.media} {record.id} in state {record.state}")
    command = draw(st.sampled_from(possible))
    for each in parameters_of(type(command)):
        if each.kind is Kind.DATA and each.required:
            varied = changed(command, **{each.name: draw(USER_DATA)})
            command = varied if applicable(record, varied, definition=definition) else command
    return command


@st.composite
def steps(
    draw: st.DrawFn, media: Iterable[str] | None = None, max_size: int = 12, definition: Definition = GWS
) -> tuple[Step, ...]:
    """The life of one interaction, from its submission: legal steps, one after the other."""
    name = draw(st.sampled_from(tuple(media or definition.media)))
    kind = "promotion" if name == "openmedia" else None
    born = submit(
        id=draw(NAMES), media=name, queue="Inbound", user_data=draw(USER_DATA), media_type=kind, definition=definition
    )
    lived = [born]
    for _ in range(draw(st.integers(0, max_size))):
        record = lived[-1].interaction
        if record.state.is_final:
            break
        command = draw(legal_commands(record, definition))
        if isinstance(command, Create | Submit):
            continue
        lived.append(step(record, command, definition=definition))
    return tuple(lived)


@st.composite
def sequences(
    draw: st.DrawFn, media: Iterable[str] | None = None, max_size: int = 12, definition: Definition = GWS
) -> tuple[str, tuple[str, ...]]:
    """A medium, and the names of operations of it in any order: legal or not, for ``ix.validate``."""
    name = draw(st.sampled_from(tuple(media or definition.media)))
    operations = definition.medium(name).operations
    return name, tuple(draw(st.lists(st.sampled_from(operations), max_size=max_size)))


@st.composite
def notifications(
    draw: st.DrawFn, media: Iterable[str] | None = None, definition: Definition = GWS
) -> gws.Notification:
    """A CometD message, as a legal step sends it."""
    lived = draw(steps(media, definition=definition).filter(lambda found: any(_sent(found, definition))))
    return draw(st.sampled_from(_sent(lived, definition)))


def _sent(lived: Iterable[Step], definition: Definition) -> list[gws.Notification]:
    return [each for one in lived for each in gws.notifications(one, definition=definition)]


@st.composite
def traces(
    draw: st.DrawFn, media: Iterable[str] | None = None, faults: Sequence[str] = (), definition: Definition = GWS
) -> tuple[dict[str, Json], ...]:
    """A recording of notifications: lines for ``ix.trace``. With ``faults``, some of these may have happened to it."""
    unknown = sorted(set(faults) - {*FAULTS})
    if unknown:
        raise ValueError(f"there are no faults {', '.join(unknown)}; there are {', '.join(FAULTS)}")
    lived = draw(steps(media, definition=definition))
    lines = [{"agent": each.agent, **each.message} for each in _sent(lived, definition)]
    for fault in faults:
        if len(lines) > 1 and draw(st.booleans()):
            lines = _faulty(lines, fault, draw(st.integers(0, len(lines) - 2)))
    return tuple(lines)


def _faulty(lines: list[dict[str, Json]], fault: str, at: int) -> list[dict[str, Json]]:
    if fault == "drop":
        return [*lines[:at], *lines[at + 1 :]]
    if fault == "double":
        return [*lines[: at + 1], lines[at], *lines[at + 1 :]]
    return [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]
