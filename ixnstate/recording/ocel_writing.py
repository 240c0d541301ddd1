"""A recording as OCEL 2.0 JSON, for the tools of process mining: one event a line, related to all that it is about.

What a line says stands in the attributes of its event, so the document can be judged like the recording itself.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, TextIO

import attrs

from ixnstate.gws import MessageError, Target, parse_notification, read_operation, read_path
from ixnstate.recording.lines import Line, Unreadable, unreadable
from ixnstate.recording.ocel import KEYS, POSITION, TARGET, UNTIMED
from ixnstate.recording.records import Kind, Missing, Recorded, Unanswered, optional, read_record, workbin_of
from ixnstate.values import FrozenDict, Json, brief, each_of

_TYPES = {int: "integer", bool: "boolean", str: "string", object: "string"}
_OF_ALL_TIME = "1970-01-01T00:00:00Z"
"""When an attribute that never changes is set; and when a line was recorded that comes before any time."""


def write_ocel(lines: Iterable[Line | Unreadable], file: TextIO) -> tuple[Unreadable, ...]:
    """Write the lines of a recording to ``file`` as one OCEL 2.0 document; give back those that cannot be written.

    These are the lines that cannot be read, and those in which a key of the format has a value of another type; a gap
    stands for each of them. Lines about no interaction, such as CometD's own, are left out.
    """
    if not hasattr(file, "write"):
        raise ValueError(f"file must be open for writing text, not {brief(file)}")
    log, wrong, comma = _Log(), list[Unreadable](), ""
    file.write('{"events": [')
    for line in each_of("lines", lines, Line, Unreadable):
        event = log.line(line)
        if isinstance(event, Unreadable):
            wrong.append(event)
            event = log.gap(event)
        if event is not None:
            file.write(f"{comma}\n{json.dumps(event)}")
            comma = ","
    for key, members in log.rest():
        lines_of = ",".join(f"\n{json.dumps(each)}" for each in members)
        file.write(f'\n],\n"{key}": [{lines_of}')
    file.write("\n]}\n")
    return tuple(wrong)


class _Related(NamedTuple):
    """An object, and what it is to the event."""

    type: str
    name: str
    qualifier: str


@attrs.define
class _About:
    """What a line is about, as far as it can be told."""

    name: str
    related: list[_Related] = attrs.Factory(list)
    media: str | None = None


class _Log:
    """Makes events of records, and keeps what the rest of the document says of them."""

    def __init__(self) -> None:
        self._count = 0
        self._time = _OF_ALL_TIME
        self._asked = Unanswered()
        self._ids: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._media: dict[str, str] = {}
        self._attributes: dict[str, dict[str, str]] = {}

    def line(self, line: Line | Unreadable) -> dict[str, Json] | Unreadable | None:
        """The event of one line, None for one about no interaction; or why it cannot be written."""
        if isinstance(line, Unreadable):
            return line
        try:
            recorded = read_record(line)
            return self.event(recorded) if recorded else None
        except MessageError as error:
            return unreadable(line, str(error))

    def event(self, recorded: Recorded) -> dict[str, Json]:
        """The event of a record. Raises `MessageError`."""
        said, untimed = _attributes(recorded), {UNTIMED: (bool, "true")}
        if recorded.time is not None:
            self._time, untimed = _written_time(recorded.time), {}
        return self._event(said | untimed, self._about(recorded))

    def gap(self, line: Unreadable) -> dict[str, Json]:
        """The event that stands for a line that cannot be written."""
        said = {"kind": Kind.GAP.value, "missing": Missing.LINE.value, "why": line.problem}
        return self._event({key: (str, text) for key, text in said.items()} | {UNTIMED: (bool, "true")}, _About("gap"))

    def _event(self, said: dict[str, tuple[type, str]], about: _About) -> dict[str, Json]:
        self._count += 1
        said[POSITION] = int, str(self._count)
        self._attributes.setdefault(about.name, {}).update({key: _TYPES[kind] for key, (kind, _) in said.items()})
        relations = dict.fromkeys((self._id(each, about.media), each.qualifier) for each in about.related)
        return {
            "id": f"e{self._count}",
            "type": about.name,
            "time": self._time,
            "attributes": [{"name": key, "value": text} for key, (_, text) in said.items()],
            "relationships": [{"objectId": id, "qualifier": qualifier} for id, qualifier in relations],
        }

    def _id(self, related: _Related, media: str | None) -> str:
        """The id of an object: its name, unless an object of another type is called so."""
        if media is not None and related.type == "interaction":
            self._media.setdefault(related.name, media)
        key = related.type, related.name
        if key not in self._ids:
            id = related.name
            while id in self._taken:
                id = f"{related.type}:{id}"
            self._ids[key] = id
            self._taken.add(id)
        return self._ids[key]

    def rest(self) -> Iterator[tuple[str, list[dict[str, Json]]]]:
        """The other parts of the document."""
        objects = [{"id": id, "type": type} | self._kept(type, name) for (type, name), id in self._ids.items()]
        yield "objects", objects
        types = {"interaction": {"media": "string"}, "workbin": {}, "agent": {}}
        for key, found in (("objectTypes", types), ("eventTypes", self._attributes)):
            yield key, [{"name": name, "attributes": _declared(attributes)} for name, attributes in found.items()]

    def _kept(self, type: str, name: str) -> dict[str, Json]:
        media = self._media.get(name) if type == "interaction" else None
        attributes = [{"name": "media", "time": _OF_ALL_TIME, "value": media}] if media else []
        return {"attributes": attributes, "relationships": []}

    # --- what a line is about ---------------------------------------------------------------------------------------

    def _about(self, recorded: Recorded) -> _About:
        """What it is about; as much as can be told of a line that the judge will not understand."""
        try:
            match recorded.kind:
                case Kind.NOTIFICATION:
                    about = _notification(recorded)
                case Kind.REQUEST:
                    about = _request(recorded)
                case Kind.RESPONSE:
                    return self._reply(recorded)
                case _:
                    about = _state(recorded)
        except MessageError:
            about = _About(recorded.kind.value, _agent(recorded, "by"))
        if recorded.kind is Kind.REQUEST and recorded.is_explicit:
            name = next((each.name for each in about.related if each.type == "interaction"), "")
            self._asked.ask(recorded, name)
        return about

    def _reply(self, recorded: Recorded) -> _About:
        """A reply is about the interaction of its request."""
        interaction = self._asked.answered(recorded)
        return _About("response", [*_of(interaction or None), *_agent(recorded, "to")])


def _notification(recorded: Recorded) -> _About:
    message = parse_notification(recorded.body)
    kind = message.notification_type if message.notification_type != "StatusChange" else None
    name = message.action or kind or message.state or "notification"
    workbin = [_Related("workbin", message.workbin, "in")] if message.workbin else []
    return _About(str(name), [*_of(message.interaction_id), *workbin, *_agent(recorded, "to")], message.media)


def _request(recorded: Recorded) -> _About:
    value, scope = recorded.value, FrozenDict(workbin_of(recorded.value))
    operation = read_operation(
        recorded.body, read_path(value["path"]) if "path" in value else Target(workbin=scope), by=recorded.agent
    )
    command = operation.command
    workbin, target = getattr(command, "workbin", None), getattr(command, "target_agent", None)
    related = [*_of(operation.interaction or optional(value, "interaction")), *_agent(recorded, "by")]
    related += [_Related("workbin", workbin, "in")] if isinstance(workbin, str) else []
    related += [_Related("agent", target, TARGET)] if isinstance(target, str) else []
    return _About(command.operation or "request", related, operation.media or optional(value, "media"))


def _state(recorded: Recorded) -> _About:
    value = recorded.value
    name = optional(value, "workbin")
    workbin = [_Related("workbin", name, "in")] if name else []
    related = [*_of(optional(value, "interaction")), *workbin, *_agent(recorded, "has it")]
    return _About(optional(value, "state") or "state", related, optional(value, "media"))


def _of(interaction: str | None) -> list[_Related]:
    return [_Related("interaction", interaction, "of")] if interaction else []


def _agent(recorded: Recorded, qualifier: str) -> list[_Related]:
    return [_Related("agent", recorded.agent, qualifier)] if recorded.agent else []


def _declared(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": type} for name, type in attributes.items()]


# --- attributes -----------------------------------------------------------------------------------------------------

_OF_MESSAGE = ("seq", "agent", "kind", "channel", "referenceId")
"""What may stand beside the keys of a message."""


def _attributes(recorded: Recorded) -> dict[str, tuple[type, str]]:
    """The keys of a record, each with its type and as text."""
    value = recorded.value
    said = {key: value[key] for key in KEYS if key in value and (value[key] is not None or key == "body")}
    if recorded.kind is Kind.NOTIFICATION and "messageType" in value:
        said = {key: said[key] for key in _OF_MESSAGE if key in said} | {"data": dict(value)}
    return {key: (KEYS[key], _text(key, KEYS[key], each)) for key, each in said.items()}


def _text(key: str, kind: type, value: Json) -> str:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise MessageError(f"{key}: must be a {_TYPES[kind]}, not {brief(value)}")
    try:
        return str(value) if kind is str else json.dumps(value)
    except (RecursionError, TypeError, ValueError) as error:
        raise MessageError(f"{key}: cannot be written: {error}") from None


def _written_time(time: float) -> str:
    try:
        return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")
    except (OSError, OverflowError, ValueError):
        raise MessageError(f"ts: {brief(time)} is beyond the times that ISO 8601 can write") from None
