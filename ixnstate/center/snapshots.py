"""A contact centre as plain JSON data, and back.

The data is made of rows, not of objects with keys: a hundred thousand interactions are read back nearly as fast as
their JSON is. A row is checked as it is read, and how the rows fit together afterwards; so what is broken, or was
changed by hand, raises ValueError, and no centre is made in which an interaction is in two places.
"""

from collections.abc import Iterable, Mapping
from heapq import heapify
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from ixnstate.center.members import Agent, Workbin
from ixnstate.center.memory import Instance, Line, Memory, key_of
from ixnstate.center.scopes import instance_of
from ixnstate.commands import is_name
from ixnstate.definition import Definition
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import misfit
from ixnstate.table import GWS
from ixnstate.values import EMPTY, brief, freeze, opened
from ixnstate.vocabulary import State

if TYPE_CHECKING:
    from ixnstate.center.contact import ContactCenter

Center = TypeVar("Center", bound="ContactCenter")

SCHEMA = "ixnstate contact center 1"
"""What a snapshot says that it is, with the version of its schema."""

_Interaction: Any = opened(Interaction)
_NUMBERS = int, float
_IN_WORKBIN, _QUEUED = State.IN_WORKBIN, State.QUEUED
_STATES: Mapping[str | None, State | None] = {**{state.value: state for state in State}, None: None}


# === saving =========================================================================================================


def save(center: "ContactCenter") -> dict[str, Any]:
    """The centre as JSON data that shares nothing with it."""
    memory = center.memory
    return {
        "schema": SCHEMA,
        "definition": _described(center.definition),
        "features": sorted(center.features),
        "queues": None if center.queues is None else sorted(center.queues),
        "workbins": [[each.id, each.name, each.type, each.display_name] for each in center.workbins.values()],
        "agents": [agent_row(each) for each in memory.agents.values()],
        "timeouts": [memory.delivering_timeout, memory.handling_timeout],
        "now": memory.now,
        "references": memory.references,
        "numbers": memory.numbers,
        "offered": dict(memory.offered),
        "instances": [
            [*_place_row(each.place), [*map(list, each.content.items())], list(memory.subscribers.get(key, ()))]
            for key, each in memory.instances.items()
            if each.content or key in memory.subscribers
        ],
        "interactions": [_row(each, memory) for each in memory.records.values()],
        "deadlines": [[id, agent, time, number] for time, number, id, agent, *_ in sorted(memory.hands.all())],
    }


def _described(definition: Definition) -> dict[str, Any]:
    """What tells a definition from others: its fingerprint, and how it differs from the documented one."""
    return {
        "fingerprint": _fingerprint(definition),
        "differences": [] if definition is GWS else [str(each) for each in GWS.diff(definition)],
    }


def _fingerprint(definition: Definition) -> str:
    """The definition's fingerprint, worked out once."""
    known: dict[str, str] = definition.derived
    if "fingerprint" not in known:
        known["fingerprint"] = definition.fingerprint
    return known["fingerprint"]


def agent_row(agent: Agent) -> list[Any]:
    """An agent as a row of JSON data."""
    ready = agent.ready if isinstance(agent.ready, bool) else sorted(agent.ready)
    capacity = dict(agent.capacity) if isinstance(agent.capacity, Mapping) else agent.capacity
    groups = sorted(agent.agent_groups), agent.place, sorted(agent.place_groups)
    return [agent.id, sorted(agent.roles), *groups, ready, capacity]


def _place_row(place: WorkbinPlace) -> list[Any]:
    return [place.id, place.agent_group, place.place_group, place.owner]


def _row(record: Interaction, memory: Memory) -> list[Any]:
    """One interaction. Its instance of a workbin is known from the instances."""
    return [
        record.id, record.media, str(record.state), list(record.holders), list(record.invited), record.queue,
        record.resume and str(record.resume), thaw(record.user_data), thaw(record.content), thaw(record.nicknames),
        list(record.consulted), record.media_type, record.parent_id, record.revision,
        *memory.arrivals.get(record.id, (None, None, None)),
    ]  # fmt: skip


def thaw(value: Any) -> Any:
    """What `freeze` froze, as plain lists and dicts again."""
    if isinstance(value, dict):
        return {key: thaw(member) for key, member in value.items()}
    return [thaw(member) for member in value] if isinstance(value, tuple) else value


# === restoring ======================================================================================================


def load(cls: type[Center], saved: Any, definition: Definition) -> Center:
    """The centre that was saved."""
    if not isinstance(definition, Definition):
        raise ValueError(f"definition must be an ixnstate.Definition, not {brief(definition)}")
    if not isinstance(saved, Mapping) or saved.get("schema") != SCHEMA:
        schema = saved.get("schema") if isinstance(saved, Mapping) else saved
        raise ValueError(f"a snapshot begins with the schema {SCHEMA!r}; this is {brief(schema)}")
    try:
        _check_definition(saved["definition"], definition)
        center = _configured(cls, saved, definition)
        _fill(center.memory, saved, center)
    except _NotSoundError as error:
        raise ValueError(f"the snapshot is broken: {error}") from None
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError) as error:
        raise ValueError(f"the snapshot is broken: {error!r}") from error
    return center


class _NotSoundError(Exception):
    """What was read does not fit."""


def _check_definition(described: Mapping[str, Any], definition: Definition) -> None:
    if described["fingerprint"] == _fingerprint(definition):
        return
    own, its = _described(definition)["differences"], list(map(str, described["differences"]))
    lines = [f"  the snapshot's: {each}" for each in its if each not in own]
    lines += [f"  the one given: {each}" for each in own if each not in its]
    lines = lines or ["  they differ in the documented lifecycle: another release of ixnstate made the snapshot"]
    what = "the snapshot is of another definition; these differ from the documented one (the first):"
    raise ValueError("\n".join([what, *lines]))


def _configured(cls: type[Center], saved: Mapping[str, Any], definition: Definition) -> Center:
    delivering, handling = saved["timeouts"]
    return cls(
        agents=[read_agent(*row) for row in saved["agents"]],
        workbins=[Workbin(id, name=name, type=kind, display_name=shown) for id, name, kind, shown in saved["workbins"]],
        queues=saved["queues"],
        definition=definition,
        features=saved["features"],
        delivering_timeout=delivering,
        handling_timeout=handling,
    )


def read_agent(
    id: str, roles: list[str], agent_groups: list[str], place: str, place_groups: list[str], ready: Any, capacity: Any
) -> Agent:
    """The agent of a row. Raises ValueError or TypeError for what does not fit."""
    return Agent(
        id, roles=frozenset(roles), agent_groups=frozenset(agent_groups), place=place,
        place_groups=frozenset(place_groups), ready=ready, capacity=capacity,
    )  # fmt: skip


def _fill(memory: Memory, saved: Mapping[str, Any], center: "ContactCenter") -> None:
    memory.now = _number(saved["now"])
    memory.references = _count(saved["references"])
    memory.numbers = _count(saved["numbers"])
    memory.offered.update({_known(agent, memory.agents): _count(n) for agent, n in saved["offered"].items()})
    where = _read_instances(memory, saved["instances"], center)
    _read_interactions(memory, saved["interactions"], where, center.definition)
    if len(where) != sum(each.state is _IN_WORKBIN for each in memory.records.values()):
        raise _NotSoundError("a workbin has an interaction that is not there")
    _read_deadlines(memory, saved["deadlines"])


def _number(value: Any) -> float:
    if not isinstance(value, _NUMBERS) or isinstance(value, bool) or not value >= 0 or not isfinite(value):
        raise _NotSoundError(f"{brief(value)} is no time")
    return float(value)


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise _NotSoundError(f"{brief(value)} is no count")
    return value


def _known(name: Any, known: Mapping[str, Any]) -> str:
    if not isinstance(name, str) or name not in known:
        raise _NotSoundError(f"{brief(name)} is not known")
    return name


def _read_instances(memory: Memory, rows: Iterable[Any], center: "ContactCenter") -> dict[str, WorkbinPlace]:
    """The instances; and of each interaction in one, which it is in."""
    where: dict[str, WorkbinPlace] = {}
    for id, agent_group, place_group, owner, content, subscribers in rows:
        given = WorkbinPlace(id, agent_group, place_group, owner)
        place = instance_of(center.workbins[id], given, {})
        if place != given or key_of(place) in memory.instances:
            raise _NotSoundError(f"there are no such instances of workbin {brief(id)}")
        instance = memory.instances[key_of(place)] = Instance(place)
        if subscribers:
            memory.subscribers[key_of(place)] = tuple(_known(agent, memory.agents) for agent in subscribers)
        instance.content = {item: _number(since) for item, since in content}
        if len(instance.content) != len(content) or not where.keys().isdisjoint(instance.content):
            raise _NotSoundError("an interaction is in a workbin twice")
        if len({*subscribers}) != len(subscribers):
            raise _NotSoundError("an agent is subscribed twice")
        where.update(dict.fromkeys(instance.content, place))
    return where


def _read_interactions(
    memory: Memory, rows: Iterable[Any], where: Mapping[str, WorkbinPlace], definition: Definition
) -> None:
    records, arrivals, lines = memory.records, memory.arrivals, memory.lines
    sound: set[tuple[Any, ...]] = set()  # whether a record is sound is asked once for all that are alike in these
    for row in rows:
        (
            id, media, state, holders, invited, queue, resume, user_data, content, nicknames, consulted, media_type,
            parent_id, revision, came_to, number, since,
        ) = row  # fmt: skip
        record = _Interaction(
            id, media, _STATES[state], tuple(holders), tuple(invited), queue, where.get(id), _STATES[resume],
            freeze(user_data) if user_data else EMPTY, freeze(content) if content else EMPTY,
            freeze(nicknames) if nicknames else EMPTY, tuple(consulted), media_type, parent_id, revision, True,
        )  # fmt: skip
        alike = (
            media, state, record.holders, record.invited, queue, resume, record.consulted, media_type,
            type(record.user_data), type(record.content), type(record.nicknames), type(revision),
        )  # fmt: skip
        if alike not in sound or not is_name(id) or not (parent_id is None or is_name(parent_id)):
            wrong = misfit(record, definition)
            if wrong:
                raise _NotSoundError(f"the {wrong} of interaction {brief(id)} does not fit")
            sound.add(alike)
        if (record.state is _IN_WORKBIN) is not (record.workbin is not None) or id in records:
            raise _NotSoundError(f"interaction {brief(id)} is in a workbin and elsewhere, or comes twice")
        records[id] = record
        if came_to is not None:
            arrivals[id] = came_to, _count(number), _number(since)
        if record.state is _QUEUED:
            if came_to is None or came_to != queue:
                raise _NotSoundError(f"interaction {brief(id)} is in a queue into which it did not come")
            line = lines.get((queue, media))
            if line is None:
                line = lines[queue, media] = Line()
            line.heap.append((number, id))
            line.waiting += 1
    if len({number for _, number, _ in arrivals.values()}) != len(arrivals):
        raise _NotSoundError("two interactions came at once")
    for line in lines.values():
        heapify(line.heap)


def _read_deadlines(memory: Memory, rows: Iterable[Any]) -> None:
    """Whoever has an interaction has one deadline for it."""
    hands = memory.hands
    for time, number, name, agent in sorted(
        (_number(time), _count(number), id, agent) for id, agent, time, number in rows
    ):
        record = memory.records[name]
        if agent not in record.holders and agent not in record.invited:
            raise _NotSoundError(f"{brief(agent)} has a deadline for interaction {brief(name)}, which he does not have")
        have = hands.invite if agent in record.invited else hands.hold
        have(_known(agent, memory.agents), record, time, number)
    if hands.held + hands.open != sum(len(each.holders) + len(each.invited) for each in memory.records.values()):
        raise _NotSoundError("an agent has an interaction without a deadline")
