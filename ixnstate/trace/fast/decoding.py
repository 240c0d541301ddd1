"""Records of full traces, decoded by *msgspec* no further than judging needs: facts, as `facts` gives them.

A request, a reply or a message is decoded into a few fields. Which shape they make is asked of `facts` once, when such
fields are first met; afterwards it is looked up. What the fields do not tell for certain (an unknown key, an escaped
path, a value of another type) is left to the judge, which reads the line strictly: so facts are the same.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Union

from ixnstate.gws import MessageError, Resource
from ixnstate.gws.messages import ChatMessage
from ixnstate.gws.pages import IN_WORKBIN, RESOURCES
from ixnstate.recording.lines import Line
from ixnstate.recording.reading import read_raw
from ixnstate.recording.records import read_record
from ixnstate.trace.caches import with_room
from ixnstate.trace.candidate import ADDED, REMOVED
from ixnstate.trace.facts import (
    Answered,
    Asked,
    Instance,
    NotificationShape,
    Notified,
    Placed,
    RequestShape,
    Shapes,
    SourceLine,
    message_of,
)
from ixnstate.trace.fast.columns import KEYS, is_time, struct_of

try:
    import msgspec
except ImportError:
    msgspec = None  # type: ignore[assignment]

LOGGED = object()
"""A message of a session's log: it is counted, and shows nothing."""
IGNORED = object()
"""A line about no interaction: what was read, and the protocol's own messages."""
Decode = Callable[[bytes], object]

_LOG, _WORKBIN = "MessageLogUpdated", "WorkbinStateChangeMessage"
_IN_WORKBIN = {key + IN_WORKBIN: key for key in RESOURCES if key.isidentifier()}
_MAX_NAME = 512


def record_decoder() -> Decode | None:
    """What decodes a record; None where msgspec is not installed. It raises ValueError, or RecursionError."""
    return None if msgspec is None else msgspec.json.Decoder(_record_type()).decode


@cache
def _record_type() -> Any:
    """The fields of a record of each kind: they are made once, as those of a line."""
    name = Annotated[str, msgspec.Meta(min_length=1, max_length=_MAX_NAME)] | None
    whole = Annotated[int, msgspec.Meta(ge=1 - (1 << 63), le=(1 << 63) - 1)] | None
    time = Annotated[float, msgspec.Meta(gt=-1e15, lt=1e15)] | int | str | None
    resource, anything = struct_of(Resource), msgspec.defstruct("Object", [], gc=False)
    common: list[object] = [
        ("seq", whole, None),
        ("ts", time, None),
        ("agent", name, None),
        ("referenceId", whole, None),
    ]
    message = msgspec.defstruct(
        "Message",
        [
            ("messageType", str | None, None), ("notificationType", str | None, None),
            ("referenceId", int | None, None),
            *[(key, resource | None, None) for key in (*RESOURCES, *_IN_WORKBIN)],
            ("id", str | None, None), ("action", str | None, None), ("agentGroup", str | None, None),
            ("placeGroup", str | None, None), ("uri", str | None, None), ("path", str | None, None),
            ("messages", list[struct_of(ChatMessage)] | None, None),  # type: ignore[misc]
            ("messageTypeName", msgspec.Raw | None, None), ("interaction", msgspec.Raw | None, None),
            ("nothing", None, None),
        ],
        gc=False,
    )  # fmt: skip
    value = str | anything | list[str] | bool | int | None
    kinds: dict[str, list[Any]] = {
        "notification": [*common, ("body", message | None, None), ("data", None, None), ("partial", None, None)],
        "request": [
            *common, ("method", str | None, None), ("path", str | None, None),
            ("body", dict[str, value] | None, None),  # type: ignore[valid-type]
            *[(key, None, None) for key in ("interaction", "media", "workbin", "agentGroup", "placeGroup", "owner")],
        ],
        "response": [
            *common, ("method", str | None, None), ("path", str | None, None), ("status", int, 200),
            ("answers", whole, None),
            ("body", msgspec.defstruct("Body", [
                ("statusCode", int | None, None), ("referenceId", int | None, None), ("status", str | int | None, None),
                ("statusMessage", str | None, None), ("errorDescription", str | None, None),
                ("description", str | None, None), ("referenceIds", None, None),
            ], gc=False) | None, None),
        ],
    }  # fmt: skip
    kinds["meta"] = common
    tagged = [
        msgspec.defstruct(kind.title(), fields, tag_field="kind", tag=kind, gc=False) for kind, fields in kinds.items()
    ]
    return Union[tuple(tagged)]  # noqa: UP007 (of types that are known only now)


class Reader:
    """Makes facts of decoded records."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._notifications: dict[object, NotificationShape | None] = {}
        self._requests: dict[object, _Recipe | None] = {}

    def facts(self, line: Any, raw: bytes, number: int, name: str) -> Any:
        """What a decoded record says; None if the judge must read it."""
        time = line.ts
        if time.__class__ is not float and not is_time(time):
            return None
        kind = line.__class__.__name__
        if kind == "Notification":
            return self._notified(line, raw, number, name)
        if kind == "Response":
            return _answered(line, raw, number, name)
        if kind == "Meta" or line.method == "GET":
            return IGNORED
        return self._asked(line, raw, number, name)

    # --- notifications ----------------------------------------------------------------------------------------------

    def _notified(self, line: Any, raw: bytes, number: int, name: str) -> object:
        body = line.body
        if body is None or body.interaction is not None or body.messageTypeName is not None:
            return None
        kind, workbin = body.messageType, None
        if kind == _LOG and body.messages is not None and body.nothing is None and line.agent is not None:
            return LOGGED
        if kind == _WORKBIN:
            key = next((each for each in _IN_WORKBIN if getattr(body, each) is not None), "nothing")
            workbin = body.id if body.action == ADDED else None
        else:
            key = KEYS.get(kind, "nothing")
        resource = getattr(body, key)
        if resource is None or resource.id is None:
            return None
        said = (key, kind, resource.state, bytes(resource.capabilities), body.notificationType, body.action)
        try:
            shape = self._notifications[said]
        except KeyError:
            shape = with_room(self._notifications)[said] = self._shape(raw, number, name)
        if shape is None:
            return None
        answers = body.referenceId if body.referenceId is not None else line.referenceId
        source = SourceLine(line.seq, None, None, raw, number, name)
        place = None
        if kind == _WORKBIN and body.id is not None and body.action in (ADDED, REMOVED):
            instance = Instance(body.id, body.agentGroup, body.placeGroup)
            place = Placed(source, line.agent, instance, resource.id, body.action == ADDED)
        return Notified(source, line.agent, line.ts, resource.id, answers, shape, workbin, place)

    def _shape(self, raw: bytes, number: int, name: str) -> NotificationShape | None:
        recorded = _recorded(raw, number, name)
        if recorded is None:
            return None
        notified = self._shapes.notified(recorded, message_of(recorded))
        return None if notified is None else notified.shape

    # --- requests ---------------------------------------------------------------------------------------------------

    def _asked(self, line: Any, raw: bytes, number: int, name: str) -> Asked | None:
        body, path = line.body, line.path
        if body is None or path is None or line.method != "POST" or "%" in path:
            return None
        head, _, tail = path.rpartition("/")
        names: list[str] = []
        if "/workbins/" in path:
            head, tail, names = _template(path)
        aim, tip, item, place = "", None, None, ""
        for key, value in body.items():
            if value.__class__ is str:
                if not 0 < len(value) <= _MAX_NAME:
                    return None
                if key in _AIMS:
                    aim, _, tip = value.rpartition("/")
                    if "%" in value or "?" in value:
                        return None
                elif key == "uri":
                    place, _, item = value.rpartition("/")
                    if "%" in value or "?" in value:
                        return None
        kinds = tuple([value.__class__ for value in body.values()])
        operation = body.get("operationName")
        said: tuple[object, ...] = (head, operation, tuple(body), kinds, aim, place, line.agent is None)
        recipe = self._requests.get(said)
        if recipe is None or recipe.tail not in (None, tail):
            exactly = (*said, tail, *names)
            recipe = self._requests.get(exactly)
            if recipe is None and exactly not in self._requests:
                recipe = self._learn(line, raw, number, name, tail, tip, item, names)
                is_general = recipe is not None and recipe.tail is None
                with_room(self._requests)[said if is_general else exactly] = recipe
        if recipe is None:
            return None
        agents = []
        for whence in recipe.agents:
            if whence is _BY:
                agents.append(line.agent)
            elif whence is _TIP:
                agents.append(tip)
            else:
                agents.append(names[whence] if whence.__class__ is int else body[whence])
        about: Any = None
        if recipe.about is _TAIL:
            about = tail
        elif recipe.about is not None:
            about = item if recipe.about is _URI else body["id"]
        source = SourceLine(line.seq, path, None, raw, number, name)
        return Asked(source, line.agent, line.ts, about, recipe.shape, tuple(agents))

    def _learn(
        self, line: Any, raw: bytes, number: int, name: str, tail: str, tip: str | None, item: str | None,
        names: list[str],
    ) -> "_Recipe | None":  # fmt: skip
        """Where the facts of such a request are found in it."""
        recorded = _recorded(raw, number, name)
        try:
            asked = self._shapes.asked(recorded) if recorded is not None else None
        except MessageError:
            return None
        if asked is None:
            return None
        if asked.shape is None:
            return _Recipe(None, (), None, None)
        body = line.body
        if asked.interaction is None:
            about = None
        elif asked.interaction == body.get("id"):
            about = _ID
        elif asked.interaction == item:
            about = _URI
        elif asked.interaction == tail and not names:
            about = _TAIL
        else:
            return None
        agents: list[object] = []
        for field, agent in zip(asked.shape.fields, asked.agents, strict=True):
            keys = [key for key, value in body.items() if value == agent]
            if field in ("by", "agent"):
                agents.append(_BY)
            elif field == "target_agent" and agent == tip:
                agents.append(_TIP)
            elif names.count(str(agent)) + len(keys) == 1:
                agents.append(keys[0] if keys else names.index(str(agent)))
            else:
                return None
        is_fixed = about is not _TAIL and not names
        return _Recipe(asked.shape, tuple(agents), about, tail if is_fixed else None)


_BY, _TIP, _TAIL, _ID, _URI = object(), object(), object(), object(), object()
_PARTS = re.compile(r"([/?&=])").split
_NAMING = frozenset({"users", "workbins", "agentGroup", "placeGroup"})
"""After which parts of the path of a workbin a name follows."""
_AIMS = ("targetUri", "userUri", "targetPath")


def _template(path: str) -> tuple[str, str, list[str]]:
    """The path of a workbin without its names; its last part, if that is no name; and the names.

    A name that is missing or too long stands in the template, so that the judge reads such a path.
    """
    parts = _PARTS(path)
    names = []
    for at in range(2, len(parts), 2):
        if parts[at - 2] in _NAMING and 0 < len(parts[at]) <= _MAX_NAME:
            names.append(parts[at])
            parts[at] = "*"
    return "".join(parts), parts[-1], names


class _Recipe:
    """How the facts of a request are found: its shape, its agents, its interaction, and if it is for one path only.

    An agent is found by what `_BY` and the like say, by its place among the names of the path, or by a key of the body.
    """

    __slots__ = ("about", "agents", "shape", "tail")

    def __init__(self, shape: RequestShape | None, agents: tuple[Any, ...], about: Any, tail: str | None) -> None:
        self.shape = shape
        self.agents = agents
        self.about = about
        self.tail = tail


def _answered(line: Any, raw: bytes, number: int, name: str) -> Answered | None:
    body, status = line.body, line.status
    if line.method == "GET" or not 200 <= status < 600 or 300 <= status < 400:
        return None
    if line.answers is None and line.path is None:
        return None
    reference = line.referenceId
    if body is None:
        ok = status < 400
    else:
        code = body.statusCode
        if body.status is None and code is not None:
            ok = code in (0, 7)
        elif code is None and body.status in ("ok", "error"):
            ok = body.status == "ok"
        else:
            return None
        ok = ok and body.errorDescription is None and status < 400
        if body.referenceId is not None:
            reference = body.referenceId
    return Answered(
        SourceLine(line.seq, line.path, None, raw, number, name), line.agent, line.ts, ok, reference, line.answers
    )


def _recorded(raw: bytes, number: int, name: str) -> Any:
    lines = list(read_raw(raw, number, name))
    try:
        return read_record(lines[0]) if len(lines) == 1 and isinstance(lines[0], Line) else None
    except MessageError:
        return None
