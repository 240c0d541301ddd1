"""Events as plain JSON data, and back: what a log of a contact centre stores.

Each event is one object: ``{"v": 1, "event": "StateChanged", "interaction": ..., ...}``, with the fields of its class
under their own names. Reading is strict. A log outlives the program that wrote it, so an event of an unknown version,
with an unknown field or without a needed one, is refused instead of being guessed at.
"""

from collections.abc import Callable, Mapping
from functools import cache
from math import isfinite
from typing import Any, TypeVar, get_type_hints

from ixnstate.center.events import Advanced, AgentChanged, Answered, CenterEvent, Forgotten, SubscriptionChanged
from ixnstate.center.members import Agent
from ixnstate.center.snapshots import agent_row, read_agent, thaw
from ixnstate.events import EVENTS
from ixnstate.model import WorkbinPlace
from ixnstate.values import EMPTY, FrozenDict, Json, brief, fields_of, freeze
from ixnstate.vocabulary import NoticeKind, State

T = TypeVar("T")

VERSION = 1
"""The version of the format. It grows when an event that was written before can no longer be read as it stands."""

CENTER_EVENTS: tuple[type[Json], ...] = (
    *EVENTS, Answered, Advanced, SubscriptionChanged, AgentChanged, Forgotten,
)  # fmt: skip
"""The classes of `CenterEvent`."""


def event_to_json(event: CenterEvent) -> dict[str, Json]:
    """The event as plain JSON data of your own. Raises ValueError for what is not an event of a contact centre."""
    if type(event) not in _BY_NAME.values():
        raise ValueError(f"{brief(event)} is not an event of a contact centre")
    kind: Any = type(event)
    written: dict[str, object] = {"v": VERSION, "event": kind.__name__}
    for name, (write, _) in _fields(kind).items():
        value = getattr(event, name)
        try:
            written[name] = None if value is None else write(value)
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(f"{kind.__name__}.{name}: {brief(value)} cannot be written: {error}") from None
    return written


def event_from_json(written: Mapping[str, object]) -> CenterEvent:
    """The event that `event_to_json` wrote. Raises ValueError that names the field that does not fit."""
    if not isinstance(written, Mapping):
        raise ValueError(f"an event is an object, not {brief(written)}")
    if written.get("v") != VERSION or isinstance(written["v"], bool):
        raise ValueError(f"v: this reads version {VERSION} of the events, not {brief(written.get('v'))}")
    name = written.get("event")
    kind = _BY_NAME.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"event: {brief(name)} is not one of {', '.join(_BY_NAME)}")
    fields = _fields(kind)  # type: ignore[arg-type]
    if missing := [field for field in fields if field not in written]:
        raise ValueError(f"{name} lacks {', '.join(missing)}")
    if unknown := [key for key in written if key not in fields and key not in ("v", "event")]:
        raise ValueError(f"{name} has no field {', '.join(map(brief, unknown))}")
    values = {}
    for field, (_, read) in fields.items():
        try:
            values[field] = read(written[field])
        except (KeyError, OverflowError, TypeError, ValueError):
            raise ValueError(f"{name}.{field}: {brief(written[field])} does not fit") from None
    event: CenterEvent = kind(**values)
    return event


_BY_NAME: Mapping[str, type[Any]] = {kind.__name__: kind for kind in CENTER_EVENTS}


# === the values of fields ===========================================================================================


def _exactly(kind: type[T]) -> Callable[[object], T]:
    def read(value: object) -> T:
        if type(value) is not kind:
            raise TypeError
        return value

    return read


def _read_number(value: Json) -> float:
    if type(value) not in (int, float) or not isfinite(value):
        raise TypeError
    return float(value)


def _read_names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(type(name) is str for name in value):
        raise TypeError
    return tuple(value)


def _read_object(value: object) -> FrozenDict:
    if not isinstance(value, dict):
        raise TypeError
    frozen: object = freeze(value) if value else EMPTY
    if type(frozen) is not FrozenDict:
        raise TypeError
    return frozen


def _write_place(place: WorkbinPlace) -> dict[str, object]:
    named = {field.name: getattr(place, field.name) for field in fields_of(WorkbinPlace)}
    return {name: value for name, value in named.items() if value is not None}


def _read_place(value: Json) -> WorkbinPlace:
    if not isinstance(value, dict) or not all(type(name) is str for name in value.values()):
        raise TypeError
    return WorkbinPlace(**value)


def _read_agent(value: Json) -> Agent:
    if not isinstance(value, list):
        raise TypeError
    return read_agent(*value)


def _same(value: Json) -> Json:
    return value


_CODECS: Mapping[Any, tuple[Callable[[Any], Any], Callable[[Any], object]]] = {
    str: (_same, _exactly(str)),
    int: (_same, _exactly(int)),
    bool: (_same, _exactly(bool)),
    float: (float, _read_number),
    State: (str, State),
    NoticeKind: (str, NoticeKind),
    tuple[str, ...]: (list, _read_names),
    FrozenDict: (thaw, _read_object),
    WorkbinPlace: (_write_place, _read_place),
    Agent: (agent_row, _read_agent),
}
"""How the value of a field is written and read, by the type that the class declares."""


@cache
def _fields(kind: type[object]) -> dict[str, tuple[Callable[[object], object], Callable[[Json], Json]]]:
    """The fields of a class of events, in order."""
    hints = get_type_hints(kind)
    return {field.name: _codec(hints[field.name]) for field in fields_of(kind)}


def _codec(hint: Any) -> tuple[Callable[[object], object], Callable[[object], object]]:
    if hint in _CODECS:
        return _CODECS[hint]
    (inner,) = (each for each in hint.__args__ if each is not type(None))
    write, read = _CODECS[inner]
    return write, lambda value: None if value is None else read(value)
