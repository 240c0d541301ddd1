"""What one recorded value says: a record of the documented format, one of the short forms, or a CometD frame.

A record has ``seq``, and may have ``ts``, ``agent``, ``kind``, ``channel`` or ``method`` and ``path``, ``referenceId``,
``body``. The short forms leave out whatever the rest tells: an operation is known by its body, a notification by its
messageType or its ``data``, a state by ``interaction`` and ``state``.
"""

from collections.abc import Mapping
from enum import StrEnum

from ixnstate.commands import is_name
from ixnstate.decoding import copied
from ixnstate.gws import MessageError, is_notification
from ixnstate.gws.pages import INTERACTIONS_TOPIC, SPELLINGS, WORKBINS_TOPIC
from ixnstate.recording.lines import Line, Place
from ixnstate.recording.times import seconds
from ixnstate.values import Json, JsonObject, brief, expect, frozen

UNNAMED = "(unnamed)"
"""Stands for the agent of a recording in which no line names one: it is one session of one agent."""


UNKNOWN = "(unknown)"
"""Says that nobody knows whose the lines are that name no agent: others name one."""

NO_TIME = "ts: it is not a time that a clock shows; the line is judged by its order"


class Kind(StrEnum):
    """What a record is. A record says so itself, but for `STATE`, which has a form of its own."""

    REQUEST = "request"
    RESPONSE = "response"
    NOTIFICATION = "notification"
    META = "meta"
    GAP = "gap"
    STATE = "state"


class Missing(StrEnum):
    """What a gap stands for: what happened, and was not recorded or cannot be read. Nothing may rest on it."""

    MESSAGES = "messages"
    """Notifications to the agent may have come up to here."""
    REQUEST = "request"
    """The agent asked for something, perhaps an operation. A reply may answer it."""
    REPLY = "reply"
    """The request that ``answers`` names has no reply that says what became of it."""
    ANYTHING = "anything"
    """Nobody knows what: any of these."""
    LINE = "line"
    """One line that cannot be read: one of these, or none."""


@frozen
class Recorded:
    """One recorded value, understood as far as its kind; what stands in ``body`` is for the reader of that kind."""

    line: Line
    kind: Kind
    body: object
    """A request's or a reply's body, or the message of a notification."""
    agent: str | None
    seq: int | None
    time: float | None
    """Seconds since 1970."""
    reference_id: int | None
    is_explicit: bool
    """Whether it says itself of which kind it is: a record, and no short form."""
    problem: str | None = None
    """What in it cannot be read and is done without: its time."""

    @property
    def value(self) -> JsonObject:
        """The whole recorded object."""
        found: Mapping[str, object] = self.line.value
        return found

    @property
    def method(self) -> object:
        """The method of the request, in capitals; None where it is not said."""
        return method_of(self.value)

    def number(self, inside: int | None) -> int | None:
        """The number of the request that this is about: the one ``inside`` its body, or else the one beside it."""
        return self.reference_id if inside is None else inside

    def may_answer(self, seq: int | None, path: object) -> bool:
        """Whether this reply can be to that request of the agent: the one that it names, or else one for its path."""
        number, own = self.value.get("answers"), self.value.get("path")
        return seq == number if number is not None else own in (None, path)


class Unanswered:
    """Requests that wait for a reply, by agent, each with the interaction that it is about."""

    def __init__(self) -> None:
        self._waiting: dict[str | None, list[tuple[int | None, object, str]]] = {}

    def ask(self, request: Recorded, interaction: str) -> None:
        """A request was made."""
        self._waiting.setdefault(request.agent, []).append((request.seq, request.value.get("path"), interaction))

    def answered(self, reply: Recorded) -> str | None:
        """The interaction of the request that this replies to, which waits no longer; None if there is none."""
        waiting = self._waiting.get(reply.agent, [])
        at = next((at for at, (seq, path, _) in enumerate(waiting) if reply.may_answer(seq, path)), None)
        return None if at is None else waiting.pop(at)[-1]


# --- kept as JSON ---------------------------------------------------------------------------------------------------


def is_plain(recorded: Recorded) -> bool:
    """Whether a line can be written: Python reads what is nested more deeply than it can write."""
    try:
        copied(recorded.value)
    except ValueError:
        return False
    return True


def plain_line(recorded: Recorded) -> dict[str, Json]:
    """A line, for `read_line`."""
    line = recorded.line
    return {"file": line.place.file, "line": line.place.line, "text": line.text, "value": line.value}


def read_line(said: JsonObject) -> Recorded:
    """The reverse of `plain_line`."""
    recorded = read_record(Line(Place(said["file"], said["line"]), said["text"], said["value"]))
    assert recorded is not None, "only lines about interactions are saved"
    return recorded


# --- reading --------------------------------------------------------------------------------------------------------

TOPICS = frozenset({INTERACTIONS_TOPIC, WORKBINS_TOPIC, *(spelling.topic for spelling in SPELLINGS.values())})
"""The channels on which messages about interactions and workbins come."""

_KINDS = {kind.value: kind for kind in Kind if kind is not Kind.STATE}


def read_record(line: Line) -> Recorded | None:
    """What a recorded value says; None for one about no interaction. Raises `MessageError`, and ValueError."""
    expect("line", line, Line)
    value = line.value
    if not isinstance(value, Mapping):
        raise MessageError(f"a line must be an object, not {brief(value)}")
    said = value.get("kind")
    kind = _KINDS.get(said) if isinstance(said, str) else None
    if said is not None and kind is None:
        raise MessageError(f"kind: must be one of {', '.join(_KINDS)}, not {brief(said)}")
    found = kind or _kind(value)
    if found is None or found is Kind.META or (found is Kind.REQUEST and method_of(value) == "GET"):
        return None
    if found is Kind.GAP and value.get("missing") not in tuple(Missing):
        raise MessageError(f"missing: must be one of {', '.join(Missing)}, not {brief(value.get('missing'))}")
    body = _message(value) if found is Kind.NOTIFICATION else value.get("body")
    if found is Kind.REQUEST and "body" not in value:
        raise MessageError("body: is missing")
    ts = value.get("ts")
    time = seconds(ts)
    problem = None if ts is None or time is not None else NO_TIME
    return Recorded(
        line, found, body, optional(value, "agent"), _whole(value, "seq"), time, _whole(value, "referenceId"),
        kind is not None, problem,
    )  # fmt: skip


def _kind(value: Mapping[str, object]) -> Kind | None:
    channel = value.get("channel")
    if is_notification(value):
        return Kind.NOTIFICATION
    if isinstance(channel, str) and ("data" in value or channel.startswith("/meta/")):
        return Kind.NOTIFICATION if channel in TOPICS else None
    if isinstance(channel, str) and "successful" in value:
        return None  # the reply to what a client has published
    if "body" in value:
        return Kind.REQUEST
    if "state" in value and "interaction" in value:
        return Kind.STATE
    if method_of(value) == "GET":
        return None
    raise MessageError(
        "a line must have a body with an operationName, a messageType, or an interaction and its state; "
        f"this has {', '.join(map(str, value)) or 'nothing'}"[:300]
    )


def _message(value: Mapping[str, object]) -> object:
    return value["body"] if "body" in value and not is_notification(value) else value


def method_of(value: Mapping[str, object]) -> object:
    """The method of a request in capitals, as it should be written; None where it is not said."""
    method = value.get("method")
    return method.upper() if isinstance(method, str) else method


def _whole(value: Mapping[str, object], key: str) -> int | None:
    found = value.get(key)
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and abs(found) < 1 << 63):
        return found
    raise MessageError(f"{key}: must be a whole number, not {brief(found)}")


def required(value: Mapping[str, object], key: str) -> str:
    """The name that stands under ``key``. Raises `MessageError`."""
    text = optional(value, key)
    if text is None:
        raise MessageError(f"{key}: is missing")
    return text


def optional(value: JsonObject, key: str) -> str | None:
    """The name that stands under ``key``, or None. Raises `MessageError` for anything else."""
    found = value.get(key)
    if found is None or is_name(found):
        return found
    raise MessageError(f"{key}: must be a string of 1 to 512 characters, not {brief(found)}")


WORKBIN_KEYS = {"workbin": "workbin", "agent_group": "agentGroup", "place_group": "placeGroup", "owner": "owner"}
"""The arguments that name an instance of a workbin, and the keys beside a body that do."""


def workbin_of(value: Mapping[str, object]) -> dict[str, str]:
    """The workbin instance that a line names beside its body, as the arguments of a command. Raises `MessageError`."""
    named = {field: optional(value, key) for field, key in WORKBIN_KEYS.items()}
    return {field: name for field, name in named.items() if name is not None}


def record_schema() -> dict[str, Json]:
    """The JSON Schema of a record, and of the short forms."""
    name = {"type": "string", "minLength": 1, "maxLength": 512}
    common = {
        "seq": {"type": "integer", "description": "Grows from record to record of one file."},
        "ts": {
            "type": ["string", "number"],
            "description": "ISO 8601 (without an offset it is UTC), or a number of seconds or milliseconds since 1970.",
        },
        "agent": {**name, "description": "Who asked, or in whose session the message arrived."},
        "referenceId": {"type": "integer", "description": "The number that the reply gave to the request."},
    }
    scope = dict.fromkeys(("interaction", "media", "workbin", "agentGroup", "placeGroup", "owner"), name)
    address = {"method": {"type": "string"}, "path": {"type": "string"}}
    operation = {"type": "object", "required": ["operationName"], "properties": {"operationName": {"type": "string"}}}
    message = {"type": "object", "description": "As messages.schema.json describes it."}
    kinds: dict[str, tuple[dict[str, object], list[str]]] = {
        "request": ({**address, **scope, "body": operation}, ["body"]),
        "response": (
            {**address, "status": {"type": "integer"}, "answers": {"type": "integer"},
             "body": {"type": ["object", "null"]}},
            [],
        ),
        "notification": (
            {"channel": {"type": "string"}, "body": message, "data": message,
             "partial": {"type": "boolean", "description": "The capabilities were not recorded."}},
            [],
        ),
        "meta": ({"channel": {"type": "string"}}, []),
        "exchange": (
            {**address, **scope, "body": operation, "status": {"type": "integer"},
             "reply": {"type": ["object", "null"], "description": "The body of the reply."},
             "ended": {"type": ["string", "number"], "description": "When the reply had come."}},
            ["body", "status"],
        ),
        "gap": (
            {**address, "missing": {"enum": [*Missing]}, "answers": {"type": "integer"}, "status": {"type": "integer"},
             "why": {"type": "string", "description": "Why it is not in the recording."}},
            ["missing"],
        ),
    }  # fmt: skip
    records = [
        {
            "title": kind,
            "type": "object",
            "required": ["seq", "kind", *needed],
            "properties": {**common, "kind": {"const": kind}, **properties},
        }
        for kind, (properties, needed) in kinds.items()
    ]
    shorts: list[dict[str, object]] = [
        {"title": "operation", "type": "object", "required": ["body"],
         "properties": {**common, **address, **scope, "body": operation}, "not": {"required": ["kind"]}},
        {"title": "bare notification or frame", "type": "object",
         "anyOf": [{"required": [key]} for key in ("messageType", "messageTypeName", "channel", "data")]
         + [{"required": ["interaction"], "properties": {"interaction": {"required": ["messageTypeName"]}}}],
         "properties": common, "not": {"required": ["kind"]}},
        {"title": "state", "type": "object", "required": ["interaction", "state"],
         "properties": {**common, **scope, "state": {"type": "string"}}, "not": {"required": ["kind"]}},
    ]  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a recording that ixnstate judges",
        "description": "A record, one of its short forms, or an array of them.",
        "anyOf": [{"$ref": "#/$defs/line"}, {"type": "array", "items": {"$ref": "#/$defs/line"}}],
        "$defs": {"line": {"anyOf": [*records, *shorts]}},
    }
