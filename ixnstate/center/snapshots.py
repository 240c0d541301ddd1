"""A contact centre as plain JSON data, and back.

The data is made of rows, not of objects with keys: a hundred thousand interactions are read back nearly as fast as
their JSON is. A row is checked as it is read, and how the rows fit together afterwards; so what is broken, or was
changed by hand, raises ValueError, and no centre is made in which an interaction is in two places.
"""

from collections.abc import Iterator, Mapping
from heapq import heapify
from typing import TYPE_CHECKING, Any, TypeVar

from ixnstate.center.hands import FOREVER
from ixnstate.center.members import Agent, Workbin
from ixnstate.center.memory import Instance, Memory, QueueHeap, key_of
from ixnstate.center.scopes import instance_of
from ixnstate.commands import is_name
from ixnstate.definition import Definition, checked
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import misfit
from ixnstate.table import GWS
from ixnstate.values import EMPTY, Json, JsonObject, brief, freeze, opened
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


def save(center: "ContactCenter") -> dict[str, Json]:
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


def _described(definition: Definition) -> dict[str, Json]:
    """What tells a definition from others: its fingerprint, and how it differs from the documented one."""
    return {
        "fingerprint": definition.fingerprint,
        "differences": [] if definition is GWS else [str(each) for each in GWS.diff(definition)],
    }


def agent_row(agent: Agent) -> list[Json]:
    """An agent as a row of JSON data."""
    ready = agent.ready if isinstance(agent.ready, bool) else sorted(agent.ready)
    capacity = dict(agent.capacity) if isinstance(agent.capacity, Mapping) else agent.capacity
    groups = sorted(agent.agent_groups), agent.place, sorted(agent.place_groups)
    return [agent.id, sorted(agent.roles), *groups, ready, capacity]


def _place_row(place: WorkbinPlace) -> list[object]:
    return [place.id, place.agent_group, place.place_group, place.owner]


def _row(record: Interaction, memory: Memory) -> list[Json]:
    """One interaction. Its instance of a workbin is known from the instances."""
    return [
        record.id, record.media, str(record.state), list(record.holders), list(record.invited), record.queue,
        record.resume and str(record.resume), thaw(record.user_data), thaw(record.content), thaw(record.nicknames),
        list(record.consulted), record.media_type, record.parent_id, record.revision,
        *memory.arrivals.get(record.id, (None, None, None)),
    ]  # fmt: skip


def thaw(value: Json) -> Json:
    """What `freeze` froze, as plain lists and dicts again."""
    if isinstance(value, dict):
        return {key: thaw(member) for key, member in value.items()}
    return [thaw(member) for member in value] if isinstance(value, tuple) else value


# === restoring ======================================================================================================


def load(cls: type[Center], saved: Json, definition: Definition) -> Center:
    """The centre that was saved."""
    checked(definition)
    if not isinstance(saved, Mapping) or saved.get("schema") != SCHEMA:
        schema = saved.get("schema") if isinstance(saved, Mapping) else saved
        raise ValueError(f"a snapshot begins with the schema {SCHEMA!r}; this is {brief(schema)}")
    reading = _Reading(saved)
    try:
        _check_definition(reading.named("definition", dict), definition)
        center = _configured(cls, reading, definition)
        _fill(center.memory, reading, center)
    except _OtherDefinitionError as error:
        raise ValueError(str(error)) from None
    except (_NotSoundError, ValueError) as error:
        raise ValueError(f"the snapshot is broken at {reading.place}: {error}") from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        raise ValueError(f"the snapshot is broken at {reading.place}: {brief(error)}") from error
    return center


class _NotSoundError(Exception):
    """What was read does not fit."""


class _OtherDefinitionError(Exception):
    """The snapshot was made under another definition."""


class _Reading:
    """A snapshot that is being read, and how far that has come."""

    def __init__(self, saved: JsonObject) -> None:
        self._saved = saved
        self._name = "its beginning"
        self._index: int | None = None

    @property
    def place(self) -> str:
        """What is being read: ``interactions[3]``."""
        return self._name if self._index is None else f"{self._name}[{self._index}]"

    def named(self, name: str, *kinds: type) -> Json:
        """The value of that name, which must be of one of the kinds."""
        self._name, self._index = name, None
        if name not in self._saved:
            raise _NotSoundError("it is missing")
        value = self._saved[name]
        if kinds and not isinstance(value, kinds):
            raise _NotSoundError(f"{brief(value)} is not {' or '.join(_WORDS[kind] for kind in kinds)}")
        return value

    def rows(self, name: str, width: int) -> Iterator[Json]:
        """The rows of that name, each of so many values."""
        for index, row in enumerate(self.named(name, list)):
            self._index = index
            if not isinstance(row, list) or len(row) != width:
                raise _NotSoundError(f"a row has {width} values; this is {brief(row)}")
            yield row
        self._index = None


_WORDS: Mapping[type, str] = {dict: "an object", list: "a list", type(None): "null"}


def _check_definition(described: JsonObject, definition: Definition) -> None:
    if described["fingerprint"] == definition.fingerprint:
        return
    if not isinstance(described["differences"], list):
        raise _NotSoundError("its differences are not a list")
    own, its = _described(definition)["differences"], list(map(_text, described["differences"]))
    lines = [f"  the snapshot's: {each}" for each in its if each not in own]
    lines += [f"  the one given: {each}" for each in own if each not in its]
    lines = lines or ["  they differ in the documented lifecycle: another release of ixnstate made the snapshot"]
    what = "the snapshot is of another definition; these differ from the documented one (the first):"
    raise _OtherDefinitionError("\n".join([what, *lines]))


def _text(value: object) -> str:
    return value if isinstance(value, str) else brief(value)


def _configured(cls: type[Center], reading: _Reading, definition: Definition) -> Center:
    agents = [read_agent(*row) for row in reading.rows("agents", 7)]
    workbins = [
        Workbin(id, name=name, type=kind, display_name=shown) for id, name, kind, shown in reading.rows("workbins", 4)
    ]
    queues, features = reading.named("queues", list, type(None)), reading.named("features", list)
    timeouts = reading.named("timeouts", list)
    if len(timeouts) != 2:
        raise _NotSoundError(f"there are two timeouts; this is {brief(timeouts)}")
    reading.named("agents")  # what does not fit together is an agent, a workbin, a queue or a feature
    return cls(
        agents, workbins, queues, definition=definition, features=features, delivering_timeout=timeouts[0],
        handling_timeout=timeouts[1],
    )  # fmt: skip


def read_agent(
    id: str, roles: list[str], agent_groups: list[str], place: str, place_groups: list[str], ready: Json, capacity: Json
) -> Agent:
    """The agent of a row. Raises ValueError or TypeError for what does not fit."""
    return Agent(
        id, roles=frozenset(roles), agent_groups=frozenset(agent_groups), place=place,
        place_groups=frozenset(place_groups), ready=ready, capacity=capacity,
    )  # fmt: skip


def _fill(memory: Memory, reading: _Reading, center: "ContactCenter") -> None:
    memory.now = _time(reading.named("now"))
    memory.references = _count(reading.named("references"))
    memory.numbers = last = _count(reading.named("numbers"))
    offered = reading.named("offered", dict)
    memory.offered.update({_known(agent, memory.agents): _count(number, last) for agent, number in offered.items()})
    where = _read_instances(memory, reading, center)
    _read_interactions(memory, reading, where, center)
    _read_deadlines(memory, reading)


def _time(value: Json, until: float = FOREVER) -> float:
    """A time that has come: not after ``until``."""
    if not isinstance(value, _NUMBERS) or isinstance(value, bool) or not 0 <= value <= until:
        raise _NotSoundError(f"{brief(value)} is not a time from 0 to {until:g}")
    return float(value)


def _count(value: Json, last: int = 2**63) -> int:
    """A number that has been given: not after ``last``."""
    if type(value) is not int or not 0 <= value <= last:
        raise _NotSoundError(f"{brief(value)} is not a whole number from 0 to {last}")
    return value


def _known(name: Json, known: JsonObject) -> str:
    if not isinstance(name, str) or name not in known:
        raise _NotSoundError(f"{brief(name)} is not known")
    return name


def _read_instances(memory: Memory, reading: _Reading, center: "ContactCenter") -> dict[str, WorkbinPlace]:
    """The instances; and of each interaction in one, which it is in."""
    where: dict[str, WorkbinPlace] = {}
    for id, agent_group, place_group, owner, content, subscribers in reading.rows("instances", 6):
        given = WorkbinPlace(id, agent_group, place_group, owner)
        place = instance_of(center.workbins[_known(id, center.workbins)], given, {})
        if not isinstance(content, list) or not isinstance(subscribers, list):
            raise _NotSoundError("its content and its subscribers are lists")
        if place != given or key_of(place) in memory.instances:
            raise _NotSoundError(f"there are no such instances of workbin {brief(id)}")
        instance = memory.instances[key_of(place)] = Instance(place)
        if subscribers:
            memory.subscribers[key_of(place)] = tuple(_known(agent, memory.agents) for agent in subscribers)
        instance.content = {item: _time(since, memory.now) for item, since in content}
        if len(instance.content) != len(content) or not where.keys().isdisjoint(instance.content):
            raise _NotSoundError("an interaction is in a workbin twice")
        if len({*subscribers}) != len(subscribers):
            raise _NotSoundError("an agent is subscribed twice")
        where.update(dict.fromkeys(instance.content, place))
    return where


_NAME_OR_NONE = (str, type(None))
_ROW = (
    "id", "media", "state", "holders", "invited", "queue", "resume", "user_data", "content", "nicknames", "consulted",
    "media_type", "parent_id", "revision", "queue it came to", "number of its arrival", "time of its arrival",
)  # fmt: skip
_KINDS: tuple[type | tuple[type, ...], ...] = (
    str, str, str, list, list, _NAME_OR_NONE, _NAME_OR_NONE, dict, dict, dict, list, _NAME_OR_NONE, _NAME_OR_NONE, int,
    _NAME_OR_NONE, (int, type(None)), (int, float, type(None)),
)  # fmt: skip
_NAMES = frozenset({str})


def _read_interactions(
    memory: Memory, reading: _Reading, where: Mapping[str, WorkbinPlace], center: "ContactCenter"
) -> None:
    records, arrivals, lines, definition = memory.records, memory.arrivals, memory.lines, center.definition
    sound: set[tuple[object, ...]] = set()  # whether a record is sound is asked once for all that are alike in these
    for row in reading.rows("interactions", 17):
        (
            id, media, state, holders, invited, queue, resume, user_data, content, nicknames, consulted, media_type,
            parent_id, revision, came_to, number, since,
        ) = row  # fmt: skip
        if not all(map(isinstance, row, _KINDS)):
            name = next(
                name for name, kind, value in zip(_ROW, _KINDS, row, strict=True) if not isinstance(value, kind)
            )
            raise _NotSoundError(f"the {name} of interaction {brief(id)} does not fit")
        if state not in _STATES or resume not in _STATES:
            raise _NotSoundError(f"the state of interaction {brief(id)} does not fit")
        record = _Interaction(
            id, media, _STATES[state], tuple(holders), tuple(invited), queue, where.get(id), _STATES[resume],
            freeze(user_data) if user_data else EMPTY, freeze(content) if content else EMPTY,
            freeze(nicknames) if nicknames else EMPTY, tuple(consulted), media_type, parent_id, revision, True,
        )  # fmt: skip
        alike = (
            media, state, record.holders, record.invited, queue, resume, record.consulted, media_type,
            type(record.user_data), type(record.content), type(record.nicknames), type(revision),
        )  # fmt: skip
        names_fit = _NAMES.issuperset(map(type, (*holders, *invited, *consulted)))
        is_known = names_fit and alike in sound and is_name(id) and (parent_id is None or is_name(parent_id))
        if not is_known:
            wrong = misfit(record, definition)
            if wrong:
                raise _NotSoundError(f"the {wrong} of interaction {brief(id)} does not fit")
            sound.add(alike)
        if (record.state is _IN_WORKBIN) is not (record.workbin is not None) or id in records:
            raise _NotSoundError(f"interaction {brief(id)} is in a workbin and elsewhere, or comes twice")
        records[id] = record
        if came_to is not None:
            arrivals[id] = came_to, _count(number, memory.numbers), _time(since, memory.now)
        if record.state is _QUEUED:
            if came_to is None or came_to != queue:
                raise _NotSoundError(f"interaction {brief(id)} is in a queue into which it did not come")
            line = lines.get((queue, media))
            if line is None:
                line = lines[queue, media] = QueueHeap()
            line.heap.append((number, id))
            line.waiting += 1
    if len({number for _, number, _ in arrivals.values()}) != len(arrivals):
        raise _NotSoundError("two interactions came at once")
    if len(where) != sum(each.state is _IN_WORKBIN for each in records.values()):
        raise _NotSoundError("an interaction that is in a workbin is missing")
    for line in lines.values():
        heapify(line.heap)


def _read_deadlines(memory: Memory, reading: _Reading) -> None:
    """Whoever has an interaction has one deadline for it."""
    hands, deadlines = memory.hands, []
    latest = memory.now + FOREVER
    for id, agent, time, number in reading.rows("deadlines", 4):
        record = memory.records[_known(id, memory.records)]
        if _known(agent, memory.agents) not in record.holders and agent not in record.invited:
            raise _NotSoundError(f"agent {brief(agent)} does not have interaction {brief(id)}")
        deadlines.append((_time(time, latest), _count(number, memory.numbers), id, agent))
    for time, number, id, agent in sorted(deadlines):
        record = memory.records[id]
        have = hands.invite if agent in record.invited else hands.hold
        have(agent, record, time, number)
    if hands.held + hands.open != sum(len(each.holders) + len(each.invited) for each in memory.records.values()):
        raise _NotSoundError("an agent has an interaction without a deadline")
