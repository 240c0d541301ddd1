"""CometD messages, read: from plain JSON to the values of `ixnstate.gws.messages`.

Which reader a message has is said by its messageType. Each collects every fault before it gives up.
"""

from collections.abc import Callable, Iterator, Mapping
from types import NoneType
from typing import NamedTuple

from ixnstate.decoding import copied, decode
from ixnstate.definition import Definition, checked
from ixnstate.gws.faults import Fault, MessageError, expected, within
from ixnstate.gws.messages import (
    AnyMessage,
    Batch,
    ChatMessage,
    InteractionState,
    MessageLog,
    OtherMessage,
    Resource,
    StateChange,
    TwitterResponse,
    WorkbinContent,
    WorkbinStateChange,
    WorkbinStats,
    WorkbinSubscription,
)
from ixnstate.gws.pages import ANY_MEDIA, IN_WORKBIN, RESOURCES, STATE_CHANGES, spelling_of
from ixnstate.gws.structuring import Flag, each_structured, quickly, structured, wire
from ixnstate.table import GWS
from ixnstate.values import FrozenDict, Json, changed, frozen, opened


def parse_notification(message: object, *, definition: Definition = GWS) -> AnyMessage:
    """The typed value of a CometD message, with or without its ``data`` envelope.

    ``message`` is plain JSON, or its text (``str`` or ``bytes``). A custom ``definition`` can have media that no
    page knows. Raises `MessageError` with every fault.
    """
    checked(definition)
    try:
        source = decode(message) if isinstance(message, str | bytes | bytearray) else copied(message)
    except ValueError as error:
        raise MessageError(str(error)) from None
    return read(source, definition)


def read(source: Json, definition: Definition = GWS) -> AnyMessage:
    """`parse_notification` for plain JSON that is known to be JSON and that nobody changes any more."""
    keys, types = (RESOURCES, STATE_CHANGES) if definition is GWS else _spelled(definition)
    if source.__class__ is list:
        return _batch(source, source, "", definition)
    if source.__class__ is not dict:
        raise MessageError(expected("", "an object", source))
    is_enveloped = "data" in source and "messageType" not in source
    data, path = (source["data"], "data") if is_enveloped else (source, "")
    if data.__class__ is list and is_enveloped:
        return _batch(source, data, "data", definition)
    if data.__class__ is not dict:
        raise MessageError(expected("data", "an object", data))
    name = data.get("messageType")
    raw = _Raw(source, data, path, keys)
    if name.__class__ is not str:
        if "messageTypeName" in data or "interaction" in data:
            return _interaction_state(raw)
        missing = Fault(within(path, "messageType"), "is missing")
        raise MessageError(expected(missing.path, "a string", name) if "messageType" in data else missing)
    media = types.get(name)
    if media is not None:
        return _state_change(raw, media)
    reader = _READERS.get(name)
    return reader(raw) if reader else _other(raw)


def _spelled(definition: Definition) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The resource keys and the message types, with those of media that no page knows."""
    own = {name: spelling_of(medium) for name, medium in definition.media.items() if name not in GWS.media}
    keys = {**RESOURCES, **{spelling.key: name for name, spelling in own.items()}}
    return keys, {**STATE_CHANGES, **{spelling.message_type: name for name, spelling in own.items()}}


class _Raw(NamedTuple):
    """A message: as it came, without its envelope, where that stands, and the medium of each resource key."""

    source: Json
    data: dict[str, Json]
    path: str
    resources: Mapping[str, str]

    def find(self, media_of: Callable[[str], str | None]) -> Iterator[tuple[str, str, Json]]:
        """The keys that are a resource, with medium and value; null is like absent, unless there is nothing else."""
        found = [(key, media, value) for key, value in self.data.items() if (media := media_of(key)) is not None]
        yield from [each for each in found if each[2] is not None] or found

    def at(self, key: str) -> str:
        """The place of a member."""
        return within(self.path, key)

    def missing(self, cls: type, key: str) -> MessageError:
        """The fault of a message without its resource, after those of what it has."""
        faults: tuple[Fault, ...] = ()
        try:
            structured(cls, self.data, self.path)
        except MessageError as error:
            faults = error.faults
        return MessageError(*faults, Fault(self.at(key), "is missing"))


# === an interaction =================================================================================================


@frozen
class HeadPart:
    """What a message about an interaction says besides it."""

    notification_type: str | None = wire("notificationType")
    reference_id: int | None = wire("referenceId")


_state_change_of = opened(StateChange)
_TEXT, _WHOLE = (str, NoneType), (int, NoneType)


def _state_change(raw: _Raw, media: str) -> AnyMessage:
    data, resources = raw.data, raw.resources
    for key, value in data.items():
        named = resources.get(key)
        if named is not None and media in (named, ANY_MEDIA) and value is not None:
            kind, reference = data.get("notificationType"), data.get("referenceId")
            resource = quickly(Resource, value)
            if resource is None or kind.__class__ not in _TEXT or reference.__class__ not in _WHOLE:
                each_structured((HeadPart, data, raw.path), (Resource, value, raw.at(key)))  # tells every fault
            return _state_change_of(data["messageType"], kind, reference, named, resource, raw.source)
    if media == ANY_MEDIA:
        return _other(raw)
    for key in data:
        if resources.get(key) == media:
            each_structured((HeadPart, data, raw.path), (Resource, None, raw.at(key)))
    raise raw.missing(HeadPart, next(key for key, named in resources.items() if named == media))


def _other(raw: _Raw) -> OtherMessage:
    """What it says of itself is told where it has the usual form."""
    kind, reference = raw.data.get("notificationType"), raw.data.get("referenceId")
    return OtherMessage(
        raw.data["messageType"], kind if kind.__class__ is str else None,
        reference if reference.__class__ is int else None, None, None, raw.source,
    )  # fmt: skip


# === the log of a session ===========================================================================================


@frozen
class LogPart:
    """A message about a session's log, but for its address."""

    messages: tuple[ChatMessage, ...] | None = None
    notification_type: str | None = wire("notificationType")
    reference_id: int | None = wire("referenceId")


def _message_log(raw: _Raw) -> MessageLog:
    if raw.data.get("messages") is None:
        raise raw.missing(LogPart, "messages")
    media, addresses, faults = None, {}, []
    for key, value in raw.data.items():
        kind = next((kind for kind in ("Uri", "Path") if key.endswith(kind)), "")
        named = raw.resources.get(key.removesuffix(kind)) if kind else None
        if named is not None:
            media, addresses[kind] = named, value
            if value is not None and value.__class__ is not str:
                faults.append(expected(raw.at(key), "a string", value))
    (log,) = each_structured((LogPart, raw.data, raw.path), faults=faults)
    return MessageLog(
        raw.data["messageType"], log.notification_type, log.reference_id, media, None, raw.source, log.messages,
        addresses.get("Uri"), addresses.get("Path"),
    )  # fmt: skip


# === workbins and accounts ==========================================================================================


@frozen
class _Scope:
    id: str | None = None
    agent_group: str | None = wire("agentGroup")
    place_group: str | None = wire("placeGroup")
    reference_id: int | None = wire("referenceId")


@frozen
class ChangePart(_Scope):
    """A message about the content of a workbin, but for the interaction."""

    action: str | None = None


def _workbin_change(raw: _Raw) -> WorkbinStateChange:
    """The documented list of resource keys is incomplete: a key of an unknown medium has no medium here."""

    def media_of(key: str) -> str | None:
        return raw.resources.get(key.removesuffix(IN_WORKBIN), "") if key.endswith(IN_WORKBIN) else None

    for key, media, value in raw.find(media_of):
        change, resource = each_structured((ChangePart, raw.data, raw.path), (Resource, value, raw.at(key)))
        return WorkbinStateChange(
            raw.data["messageType"], None, change.reference_id, media or None, resource, raw.source, change.id,
            change.action, change.agent_group, change.place_group,
        )  # fmt: skip
    raise raw.missing(ChangePart, f"chat{IN_WORKBIN} or the like")


@frozen
class SubscriptionPart(_Scope):
    """A message about a subscription."""

    state: str | None = wire("stateResource")
    user: str | None = wire("workbinUserId")


def _subscription(raw: _Raw) -> WorkbinSubscription:
    if raw.data.get("stateResource") is None:
        raise raw.missing(SubscriptionPart, "stateResource")
    (said,) = each_structured((SubscriptionPart, raw.data, raw.path))
    return WorkbinSubscription(
        raw.data["messageType"], None, said.reference_id, None, None, raw.source, said.id, said.state,
        said.agent_group, said.place_group, said.user,
    )  # fmt: skip


@frozen
class StatsPart:
    """A message with statistics."""

    id: str | None = None
    type: str | None = wire("workbinType")
    stats: FrozenDict | None = wire("workbinStats")
    reference_id: int | None = wire("referenceId")


def _stats(raw: _Raw) -> WorkbinStats:
    if raw.data.get("workbinStats") is None:
        raise raw.missing(StatsPart, "workbinStats")
    (said,) = each_structured((StatsPart, raw.data, raw.path))
    return WorkbinStats(
        raw.data["messageType"], None, said.reference_id, None, None, raw.source, said.id, said.type, said.stats
    )


@frozen
class ResponsePart:
    """A message about an account's operation."""

    success: Flag | None = None
    error_message: str | None = wire("errorMessage")
    reference_id: int | None = wire("referenceId")


def _response(raw: _Raw) -> TwitterResponse:
    (said,) = each_structured((ResponsePart, raw.data, raw.path))
    return TwitterResponse(
        raw.data["messageType"], None, said.reference_id, "twitter", None, raw.source, said.success,
        said.error_message,
    )  # fmt: skip


_READERS: Mapping[str, Callable[[_Raw], AnyMessage]] = {
    "MessageLogUpdated": _message_log,
    "WorkbinStateChangeMessage": _workbin_change,
    "WorkbinSubscriptionStateChangeMessage": _subscription,
    "WorkbinStatsMessage": _stats,
    "TwitterOperationResponse": _response,
    "TweetOperationResponse": _response,
}

# === the pages of 8.5.0 and 8.5.1, and lists ========================================================================


@frozen
class GenericPart:
    """The message for all media, but for the interaction."""

    message_type: str | None = wire("messageTypeName")
    notification_type: str | None = wire("notificationType")
    reference_id: int | None = wire("referenceId")
    channel: str | None = None
    interaction_type: str | None = wire("interactionType")
    interaction_sub_type: str | None = wire("interactionSubType")
    current_queue: str | None = wire("currentQueue")


@frozen
class InnerPart:
    """The object that the message for all media has for its medium."""

    interaction_id: str | None = wire("interactionId")
    subject: str | None = None


def _interaction_state(raw: _Raw) -> InteractionState:
    inner, where = raw.data, raw.path
    if "messageTypeName" not in inner:
        inner, where = inner["interaction"], raw.at("interaction")
        if inner.__class__ is not dict:
            raise MessageError(expected(where, "an object", inner))
    key = next((key for key in inner if key.endswith("_object")), None)
    parts = ((GenericPart, inner, where), (Resource, inner, where))
    said, resource, *more = each_structured(*parts, *(((InnerPart, inner[key], within(where, key)),) if key else ()))
    if resource.id is None and more:
        resource = changed(resource, id=more[0].interaction_id, subject=more[0].subject)
    media = raw.resources.get((said.channel or said.interaction_type or "").lower())
    return InteractionState(
        said.message_type or "InteractionStateMessage", said.notification_type, said.reference_id, media, resource,
        raw.source, said.channel, said.interaction_type, said.interaction_sub_type, said.current_queue,
    )  # fmt: skip


def _batch(source: Json, content: list[Json], path: str, definition: Definition) -> WorkbinContent | Batch:
    """A list of messages; one of InteractionStateMessages is the content of a workbin."""
    found: list[Json] = []
    faults: list[Fault] = []
    for index, each in enumerate(content):
        try:
            if each.__class__ is not dict:
                raise MessageError(expected("", "an object", each))
            found.append(read(each, definition))
        except MessageError as error:
            faults += [changed(fault, path=f"{path}[{index}].{fault.path}".rstrip(".")) for fault in error.faults]
    if faults:
        raise MessageError(*faults)
    if all(isinstance(each, InteractionState) for each in found):
        return WorkbinContent("InteractionStateMessage", None, None, None, None, source, tuple(found))
    return Batch("", None, None, None, None, source, tuple(found))
