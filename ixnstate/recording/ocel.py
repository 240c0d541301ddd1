"""OCEL 2.0, the JSON of process mining, as records: each event tells what happened, when, to whom and by whom.

An event that `ixnstate.trace.write_ocel` wrote is a record: its attributes have the names of a record's keys. So is one
of somebody else that has a ``body``. Of any other the type is the operation that was asked for or the state that was
shown, and the objects related to it say the rest; what such an event leaves out is taken to have been right.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from ixnstate.commands import ALIASES, OPERATIONS, Kind, is_name, parameters_of
from ixnstate.decoding import FINITE
from ixnstate.gws import spelled
from ixnstate.gws.pages import FIELDS, SPELLINGS, TWEET
from ixnstate.recording.times import seconds
from ixnstate.values import Json, JsonObject, brief, frozen
from ixnstate.vocabulary import State

KEYS: Mapping[str, type] = {
    "seq": int, "agent": str, "kind": str, "channel": str, "method": str, "path": str, "status": int, "answers": int,
    "referenceId": int, "interaction": str, "media": str, "state": str, "workbin": str, "agentGroup": str,
    "placeGroup": str, "owner": str, "partial": bool, "missing": str, "why": str,
    "body": object, "data": object,
}  # fmt: skip
"""The keys of a record that become attributes of its event, and what they hold: an object is there as JSON text."""

POSITION = "position"
"""The attribute that counts the events of a recording, whose times need not grow."""
UNTIMED = "untimed"
"""The attribute of an event whose line had no time: every event must have one, so it has that of the event before."""

EVENTS = "events"


OLD = "this is OCEL 1.0, and 2.0 is read: convert it, as pm4py does"
NO_LIST = "must be a list"


def is_ocel(value: object) -> bool:
    """Whether this is the object that an OCEL document has, in order or not."""
    if not isinstance(value, dict):
        return False
    return ("objects" in value and EVENTS in value) or any(key.startswith("ocel:") for key in value)


def problems(document: JsonObject) -> list[str]:
    """What is wrong with the parts of a document."""
    if any(key.startswith("ocel:") for key in document):
        return [OLD]
    return [f"{key}: {NO_LIST}" for key in ("objects", EVENTS) if not isinstance(document[key], list)]


# --- events ---------------------------------------------------------------------------------------------------------


@frozen
class _Object:
    id: str
    type: str
    media: str | None
    qualifier: str = ""
    """What it is to an event."""


class OcelLog:
    """The objects of a document, and what its events say of them."""

    def __init__(self) -> None:
        self._objects: dict[str, _Object] = {}

    def add(self, said: Json) -> None:
        """Take an object; one without an id or a type is none."""
        if isinstance(said, Mapping) and is_name(said.get("id")) and is_name(said.get("type")):
            self._objects[said["id"]] = _Object(said["id"], said["type"].lower(), _media_of(said))

    def record(self, event: Json) -> tuple[float, dict[str, Json] | None]:
        """By what an event is put in order, and its record; None for one about no interaction. Raises ValueError."""
        if not isinstance(event, Mapping):
            raise ValueError(f"an event of OCEL must be an object, not {brief(event)}")
        _named(event, "id")
        name, time = _named(event, "type"), _time(event.get("time"))
        said = {_named(each, "name"): each.get("value") for each in _members(event, "attributes")}
        if POSITION in said:
            timed = {} if _is_true(said.get(UNTIMED)) else {"ts": event["time"]}
            return _typed(POSITION, int, said[POSITION]), {**timed, **_keys(said)}
        related = [self._related(each) for each in _members(event, "relationships")]
        found = _whole(name, said, related) if _is_record(name, said) else _told(name, said, related)
        return time, found and {"ts": event["time"], **found}

    def _related(self, relation: JsonObject) -> _Object:
        name = relation.get("objectId")
        found = self._objects.get(name) if isinstance(name, str) else None
        if found is None:
            raise ValueError(f"relationships: there is no object {brief(name)}")
        return _Object(found.id, found.type, found.media, str(relation.get("qualifier", "")).lower())


_MEDIA = {**{media: media for media in SPELLINGS}, TWEET.key: "twitter"}


def _media_of(said: JsonObject) -> str | None:
    """The medium of an object: an attribute says it, or the type is the medium itself."""
    attributes = said.get("attributes")
    for each in attributes if isinstance(attributes, list) else ():
        if isinstance(each, Mapping) and each.get("name") == "media" and is_name(each.get("value")):
            return str(each["value"])
    return _MEDIA.get(said["type"].lower())


def _named(said: object, key: str) -> str:
    name = said.get(key) if isinstance(said, Mapping) else None
    if not is_name(name):
        raise ValueError(f"{key}: must be a string of 1 to 512 characters, not {brief(name)}")
    return str(name)


def _members(event: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = event.get(key)
    found = [] if found is None else found
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise ValueError(f"{key}: must be a list of objects, not {brief(found)}")
    return found


_JAVASCRIPT = re.compile(r"[A-Z][a-z]{2},? ")
"""How a date begins that JavaScript prints: Mon Mar 02 2026 10:00:00 GMT+0100, or Mon, 02 Mar 2026 09:00:00 GMT."""


def _time(said: object) -> float:
    time = seconds(said) if isinstance(said, str) else None
    if time is None:
        if isinstance(said, str) and _JAVASCRIPT.match(said):
            raise ValueError("time: this is a date as JavaScript prints it, and OCEL 2.0 has ISO 8601 (toISOString)")
        raise ValueError(f"time: {brief(said)} is not an ISO 8601 time")
    return time


# --- events that are records ----------------------------------------------------------------------------------------

_KINDS = ("request", "response", "notification", "meta", "gap")
_WITHOUT_BODY = ("response", "meta", "gap")


def _is_record(name: str, said: JsonObject) -> bool:
    return not said.keys().isdisjoint(("body", "data")) or said.get("kind", name) in _WITHOUT_BODY


def _whole(name: str, said: JsonObject, related: list[_Object]) -> dict[str, Json]:
    return _scope(related) | ({"kind": name} if name in _KINDS else {}) | _keys(said)


def _keys(said: JsonObject) -> dict[str, Json]:
    return {key: _typed(key, kind, said[key]) for key, kind in KEYS.items() if said.get(key) is not None}


def _typed(key: str, kind: type, value: Json) -> Json:
    """A value as a record has it. There are tools that write every value as a string, or every number as a float."""
    try:
        if kind is object:
            return FINITE.decode(value) if isinstance(value, str) else value
        if kind is int:
            return int(str(value).removesuffix(".0"))
    except (OverflowError, RecursionError, TypeError, ValueError):
        raise ValueError(
            f"{key}: {brief(value)} is not {'valid JSON' if kind is object else 'a whole number'}"
        ) from None
    return _is_true(value) if kind is bool else str(value)


def _is_true(value: object) -> bool:
    return str(value).lower() in ("true", "1", "1.0")


# --- events that are named only -------------------------------------------------------------------------------------

_SCOPE = ("agent", "interaction", "media", "workbin", "agentGroup", "placeGroup", "owner")


def _told(name: str, said: Mapping[str, object], related: list[_Object]) -> dict[str, object] | None:
    """What an event without a body says: the operation or the state that is its type, or an attribute of it."""
    name = next((str(said[key]) for key in ("operationName", "state") if name in _KINDS and key in said), name)
    scope = _scope(related) | _keys({key: said[key] for key in _SCOPE if key in said})
    if name in tuple(State):
        return _shown(name, scope, said)
    if ALIASES.get(name, name) in OPERATIONS:
        return {**scope, "body": {"operationName": name, **_arguments(ALIASES.get(name, name), said, related)}}
    if "interaction" in scope:
        raise ValueError(f"type: {brief(name)} is neither an operation nor a state, and the event has no body")
    return None


def _scope(related: list[_Object]) -> dict[str, str]:
    """The first object of each type that the event is related to; an agent who is a target is not the one who acts."""
    found: dict[str, str] = {}
    for each in reversed(related):
        if each.type in ("interaction", *_MEDIA):
            found |= {"interaction": each.id} | ({"media": each.media} if each.media else {})
        elif each.type == "workbin" or (each.type == "agent" and TARGET not in each.qualifier):
            found[each.type] = each.id
    return found


TARGET = "target"
SOMEBODY = "(somebody)"
"""Stands for an agent whom a recording does not name."""


def _shown(state: str, scope: dict[str, str], said: Mapping[str, object]) -> dict[str, object]:
    """A notification; for a state that none shows, and without a medium, the short form of a state."""
    spelling = SPELLINGS.get(_MEDIA.get(scope.get("media", "").lower(), ""))
    if spelling is None or "interaction" not in scope or state == State.QUEUED:
        return {**scope, "state": state}
    resource: dict[str, object] = {"id": scope["interaction"], "state": state}
    names = _keys({"data": said.get("capabilities")}).get("data")
    if names is not None:
        resource["capabilities"] = names
    agent = {"agent": scope["agent"]} if "agent" in scope else {}
    body = {"messageType": spelling.message_type, "notificationType": "StatusChange", spelling.key: resource}
    return {**agent, "kind": "notification", **({} if names is not None else {"partial": True}), "body": body}


def _arguments(operation: str, said: Mapping[str, object], related: list[_Object]) -> dict[str, object]:
    """The parameters: attributes that have their names, queues and target agents among the objects; then stand-ins."""
    takes = {parameter.name: parameter for parameter in parameters_of(OPERATIONS[operation])}
    found = {key: _argument(takes[FIELDS[key]].kind, key, said[key]) for key in said if FIELDS.get(key) in takes}
    lacks = takes.keys() - {FIELDS[key] for key in found}
    queues = [each.id for each in related if each.type == "queue"]
    if "queue_name" in lacks and queues:
        found["queueName"] = queues[0]
    if "target_agent" in lacks and ("target_queue" in lacks) is ("target_queue" in takes):
        agents = [each.id for each in related if each.type == "agent" and TARGET in each.qualifier]
        is_queue = queues and not agents and "target_queue" in takes
        name = queues[0] if is_queue else [*agents, SOMEBODY][0]
        found["targetUri"] = f"/{'queues' if is_queue else 'users'}/{quote(name, safe='')}"
    wanted = [takes[name] for name in sorted(lacks) if takes[name].required and name not in _SAID_ELSEWHERE]
    return {**{spelled(operation)[each.name]: _UNSAID[each.kind] for each in wanted}, **found}


def _argument(kind: Kind, key: str, value: object) -> object:
    is_plain = kind in (Kind.NAME, Kind.TEXT) or not isinstance(value, str)
    return value if is_plain else _typed(key, object, value)


_SAID_ELSEWHERE = ("by", "agent", "new_id", "media", "workbin", "target_agent", "content")
_UNSAID: Mapping[Kind, object] = {
    Kind.NAME: "(not recorded)", Kind.TEXT: "(not recorded)", Kind.NAMES: ["(not recorded)"],
    Kind.DATA: {"(not recorded)": ""},
}  # fmt: skip
"""What stands for a parameter that an operation must have and an event does not tell."""
