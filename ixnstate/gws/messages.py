"""CometD messages, read: every documented one as a typed value, every other one kept as it is.

What a message must have is its messageType and its resource; each documented field that is there must have its JSON
type. Names are open: a state, a capability or a notification type that no page knows survives as a string (whether it
is documented is the judge's question), and so does every field that no page knows, in `Message.to_json`.
"""

from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, TypeAlias, TypeVar, dataclass_transform

import attrs

from ixnstate.decoding import copied, decode, encode
from ixnstate.gws.faults import Fault, MessageError, expected
from ixnstate.gws.pages import ANY_MEDIA, IN_WORKBIN, RESOURCES, STATE_CHANGES
from ixnstate.gws.structuring import Flag, Size, StateName, each_structured, quickly, structured, wire
from ixnstate.model import View
from ixnstate.values import FrozenDict, changed, frozen, opened
from ixnstate.vocabulary import State

T = TypeVar("T")

# === parts of messages ==============================================================================================


@frozen
class Participant:
    """Somebody who takes part in a session. ``id`` and ``participant_id`` are the same where both are there."""

    nickname: str | None = None
    type: str | None = None
    id: str | None = None
    participant_id: str | None = wire("participantId")
    visibility: str | None = None
    path: str | None = None
    uri: str | None = None


@frozen
class ChatMessage:
    """One entry of a session's log. ``timestamp_seconds`` holds milliseconds, whatever its name says."""

    index: int | None = None
    type: str | None = None
    sender: Participant | None = wire("from")
    text: str | None = None
    url: str | None = None
    notice_text: str | None = wire("noticeText")
    message_type: str | None = wire("messageType")
    visibility: str | None = None
    timestamp: str | None = None
    timestamp_seconds: int | None = wire("timestampSeconds")


@frozen
class Attachment:
    """A document of an email or a chat. ``size`` is in bytes: a number in chats, a string in emails."""

    id: str | None = None
    name: str | None = None
    mime: str | None = None
    size: Size | None = None
    path: str | None = None
    uri: str | None = None


@frozen
class Resource:
    """An interaction as a message shows it, by its documented fields; a field that is absent or null is None."""

    id: str | None = None
    state: StateName | None = None
    capabilities: tuple[str, ...] | None = None
    """() for a list that is there and empty, None for a key that is absent."""
    uri: str | None = None
    user_data: FrozenDict | None = wire("userData")
    received_date: str | None = wire("receivedDate")
    participants: tuple[Participant, ...] | None = None
    comment: str | None = None
    attachments: tuple[Attachment, ...] | None = None
    media_type: str | None = wire("mediaType")
    parent_id: str | None = wire("parentId")
    contact_id: str | None = wire("contactId")
    subject: str | None = None
    suggested_queue_uris: tuple[str, ...] | None = wire("suggestedQueueUris")


# === messages =======================================================================================================


@dataclass_transform(frozen_default=True, eq_default=False)
def _message(cls: type[T]) -> type[T]:
    return attrs.frozen(cls, eq=False, repr=False, slots=True, weakref_slot=False)


@_message
class Message:
    """What every message is. Two messages are equal if they are of one class and say the same JSON."""

    message_type: str
    notification_type: str | None
    reference_id: int | None
    media: str | None
    """The medium; None for a message that is about no interaction, or about one whose medium it does not tell."""
    resource: Resource | None
    """The interaction that it is about."""
    source: Any
    """The message as plain JSON, shared: `to_json` gives one of your own."""

    @property
    def interaction_id(self) -> str | None:
        """The id of the interaction that it is about."""
        return self.resource.id if self.resource else None

    @property
    def state(self) -> State | str | None:
        """The state that it shows: a `State`, or a string that no page knows."""
        return self.resource.state if self.resource else None

    @property
    def capabilities(self) -> tuple[str, ...] | None:
        """The capabilities that it shows: () for a list that is there and empty, None for a key that is absent."""
        return self.resource.capabilities if self.resource else None

    @property
    def user_data(self) -> FrozenDict | None:
        """The user data that it shows, which cannot be changed."""
        return self.resource.user_data if self.resource else None

    @property
    def participants(self) -> tuple[Participant, ...] | None:
        """Who takes part in the session."""
        return self.resource.participants if self.resource else None

    @property
    def workbin(self) -> str | None:
        """The id of the workbin that it is about."""
        return None

    @property
    def action(self) -> str | None:
        """ItemAdded or ItemRemoved, in a message about the content of a workbin."""
        return None

    @property
    def messages(self) -> tuple[ChatMessage, ...]:
        """The new entries of a session's log."""
        return ()

    def to_json(self) -> Any:
        """The message as it was read: envelope, unknown fields and the order of keys included."""
        return copied(self.source)

    def to_bytes(self) -> bytes:
        """The same as JSON text."""
        return encode(self.source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other.__class__ is self.__class__ and self.source == other.source

    def __hash__(self) -> int:
        return hash((self.message_type, self.notification_type, self.reference_id, self.interaction_id))

    def __repr__(self) -> str:
        return f"parse_notification({self.source!r})"


class StateChange(Message):
    """``ChatStateChangeMessage`` and its like: an interaction as it is now. ``media`` says of which medium."""

    __slots__ = ()


@_message
class MessageLog(Message):
    """``MessageLogUpdated``: new entries in the log of a session."""

    messages: tuple[ChatMessage, ...]
    uri: str | None
    path: str | None

    @property
    def interaction_id(self) -> str | None:
        """The id of the session, which the message gives as the end of its address."""
        return (self.uri or self.path or "").rstrip("/").rpartition("/")[2] or None


@_message
class WorkbinStateChange(Message):
    """``WorkbinStateChangeMessage``: an interaction came into a workbin, or left it (``action``)."""

    workbin: str | None
    action: str | None
    agent_group: str | None
    place_group: str | None


@_message
class WorkbinSubscription(Message):
    """``WorkbinSubscriptionStateChangeMessage``: Subscribed, Unsubscribed or RequestFailed (``subscription``)."""

    workbin: str | None
    subscription: str
    agent_group: str | None
    place_group: str | None
    workbin_user_id: str | None
    """The agent whose workbin it is, in the supervisor's scope."""


@_message
class WorkbinStats(Message):
    """``WorkbinStatsMessage``: how many interactions workbins have, by owner or by workbin, as the pages spell it."""

    workbin: str | None
    workbin_type: str | None
    stats: FrozenDict


@_message
class TwitterResponse(Message):
    """``TwitterOperationResponse``: how a Follow or an Unfollow ended. ``success`` is a string, "true" or "false"."""

    success: str | bool | None
    error_message: str | None


@_message
class InteractionState(Message):
    """``InteractionStateMessage`` of 8.5.0, and the form of 8.5.1 with an ``interaction`` around it."""

    channel: str | None
    interaction_type: str | None
    interaction_sub_type: str | None
    current_queue: str | None


@_message
class WorkbinContent(Message):
    """The list of `InteractionState` messages that answers a GetWorkbinContent."""

    interactions: tuple[InteractionState, ...]


class OtherMessage(Message):
    """A message of a type that is not modelled. All of it is in `to_json`."""

    __slots__ = ()


AnyMessage: TypeAlias = (
    StateChange
    | MessageLog
    | WorkbinStateChange
    | WorkbinSubscription
    | WorkbinStats
    | TwitterResponse
    | InteractionState
    | WorkbinContent
    | OtherMessage
)

# === reading ========================================================================================================


def parse_notification(message: object) -> AnyMessage:
    """The typed value of a CometD message, with or without its ``data`` envelope.

    ``message`` is plain JSON, or its text (``str`` or ``bytes``). Raises `MessageError` with every fault.
    """
    try:
        source = decode(message) if isinstance(message, str | bytes | bytearray) else copied(message)
    except ValueError as error:
        raise MessageError(str(error)) from None
    return read(source)


def read(source: Any) -> AnyMessage:
    """`parse_notification` for plain JSON that is known to be JSON and that nobody changes any more."""
    if source.__class__ is list:
        return _content(source, source, "")
    if source.__class__ is not dict:
        raise MessageError(expected("", "an object", source))
    is_enveloped = "data" in source and "messageType" not in source
    data, path = (source["data"], "data.") if is_enveloped else (source, "")
    if data.__class__ is list and is_enveloped:
        return _content(source, data, "data")
    if data.__class__ is not dict:
        raise MessageError(expected("data", "an object", data))
    if "messageTypeName" in data or "interaction" in data:
        return _interaction_state(source, data, path)
    name = data.get("messageType")
    if name.__class__ is not str:
        found = expected(f"{path}messageType", "a string", name) if "messageType" in data else None
        raise MessageError(found or Fault(f"{path}messageType", "is missing"))
    media = STATE_CHANGES.get(name)
    if media is not None:
        return _state_change(source, data, path, media)
    reader = _READERS.get(name)
    return reader(source, data, path) if reader else OtherMessage(name, None, None, None, None, source)


@frozen
class HeadPart:
    """What a message about an interaction says besides it."""

    notification_type: str | None = wire("notificationType")
    reference_id: int | None = wire("referenceId")


_state_change_of = opened(StateChange)
_TEXT, _WHOLE = (str, NoneType), (int, NoneType)


def _state_change(source: Any, data: dict[str, Any], path: str, media: str) -> AnyMessage:
    for key, value in data.items():
        named = RESOURCES.get(key)
        if named is not None and media in (named, ANY_MEDIA):
            kind, reference = data.get("notificationType"), data.get("referenceId")
            resource = quickly(Resource, value)
            if resource is None or kind.__class__ not in _TEXT or reference.__class__ not in _WHOLE:
                each_structured((HeadPart, data, path[:-1]), (Resource, value, f"{path}{key}"))  # tells every fault
            return _state_change_of(data["messageType"], kind, reference, named, resource, source)
    if media == ANY_MEDIA:
        return _other(source, data)
    key = next(key for key, named in RESOURCES.items() if named == media)
    raise _missing(data, path, HeadPart, key)


def _missing(data: dict[str, Any], path: str, cls: type, key: str) -> MessageError:
    """The fault of a message without its resource, after those of what it has."""
    faults: tuple[Fault, ...] = ()
    try:
        structured(cls, data, path[:-1])
    except MessageError as error:
        faults = error.faults
    return MessageError(*faults, Fault(f"{path}{key}", "is missing"))


def _other(source: Any, data: dict[str, Any]) -> OtherMessage:
    return OtherMessage(data["messageType"], None, None, None, None, source)


@frozen
class LogPart:
    """A message about a session's log, but for its address."""

    messages: tuple[ChatMessage, ...] | None = None
    notification_type: str | None = wire("notificationType")
    reference_id: int | None = wire("referenceId")


def _message_log(source: Any, data: dict[str, Any], path: str) -> MessageLog:
    if data.get("messages") is None:
        raise _missing(data, path, LogPart, "messages")
    media, addresses, faults = None, {}, []
    for key, value in data.items():
        named = RESOURCES.get(key[:-4] if key.endswith("Path") else key.removesuffix("Uri"))
        if named is not None and key not in RESOURCES:
            media, addresses[key[-3:]] = named, value
            if value is not None and value.__class__ is not str:
                faults.append(expected(f"{path}{key}", "a string", value))
    (log,) = each_structured((LogPart, data, path[:-1]), faults=faults)
    uri, own_path = addresses.get("Uri"), addresses.get("ath")
    name = data["messageType"]
    return MessageLog(name, log.notification_type, log.reference_id, media, None, source, log.messages, uri, own_path)


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


def _workbin_change(source: Any, data: dict[str, Any], path: str) -> WorkbinStateChange:
    for key, value in data.items():
        media = RESOURCES.get(key.removesuffix(IN_WORKBIN))
        if media is not None and key.endswith(IN_WORKBIN):
            change, resource = each_structured((ChangePart, data, path[:-1]), (Resource, value, f"{path}{key}"))
            return WorkbinStateChange(
                data["messageType"], None, change.reference_id, media, resource, source, change.id, change.action,
                change.agent_group, change.place_group,
            )  # fmt: skip
    raise _missing(data, path, ChangePart, f"chat{IN_WORKBIN} or the like")


@frozen
class SubscriptionPart(_Scope):
    """A message about a subscription."""

    state: str | None = wire("stateResource")
    user: str | None = wire("workbinUserId")


def _subscription(source: Any, data: dict[str, Any], path: str) -> WorkbinSubscription:
    if data.get("stateResource") is None:
        raise _missing(data, path, SubscriptionPart, "stateResource")
    (said,) = each_structured((SubscriptionPart, data, path[:-1]))
    return WorkbinSubscription(
        data["messageType"], None, said.reference_id, None, None, source, said.id, said.state, said.agent_group,
        said.place_group, said.user,
    )  # fmt: skip


@frozen
class StatsPart:
    """A message with statistics."""

    id: str | None = None
    type: str | None = wire("workbinType")
    stats: FrozenDict | None = wire("workbinStats")
    reference_id: int | None = wire("referenceId")


def _stats(source: Any, data: dict[str, Any], path: str) -> WorkbinStats:
    if data.get("workbinStats") is None:
        raise _missing(data, path, StatsPart, "workbinStats")
    (said,) = each_structured((StatsPart, data, path[:-1]))
    return WorkbinStats(
        data["messageType"], None, said.reference_id, None, None, source, said.id, said.type, said.stats
    )


@frozen
class ResponsePart:
    """A message about an account's operation."""

    success: Flag | None = None
    error_message: str | None = wire("errorMessage")
    reference_id: int | None = wire("referenceId")


def _response(source: Any, data: dict[str, Any], path: str) -> TwitterResponse:
    (said,) = each_structured((ResponsePart, data, path[:-1]))
    return TwitterResponse(
        data["messageType"], None, said.reference_id, "twitter", None, source, said.success, said.error_message
    )


_READERS: Mapping[str, Callable[[Any, dict[str, Any], str], AnyMessage]] = {
    "MessageLogUpdated": _message_log,
    "WorkbinStateChangeMessage": _workbin_change,
    "WorkbinSubscriptionStateChangeMessage": _subscription,
    "WorkbinStatsMessage": _stats,
    "TwitterOperationResponse": _response,
    "TweetOperationResponse": _response,
}

# --- the pages of 8.5.0 and 8.5.1 ------------------------------------------------------------------------------------


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


def _interaction_state(source: Any, data: dict[str, Any], path: str) -> InteractionState:
    inner, where = data, path[:-1]
    if "messageTypeName" not in data:
        inner, where = data["interaction"], f"{path}interaction"
        if inner.__class__ is not dict:
            raise MessageError(expected(where, "an object", inner))
    below = f"{where}." if where else ""
    key = next((key for key in inner if key.endswith("_object")), None)
    parts = ((GenericPart, inner, where), (Resource, inner, where))
    said, resource, *more = each_structured(*parts, *(((InnerPart, inner[key], f"{below}{key}"),) if key else ()))
    if resource.id is None and more:
        resource = changed(resource, id=more[0].interaction_id, subject=more[0].subject)
    media = RESOURCES.get((said.channel or said.interaction_type or "").lower())
    return InteractionState(
        said.message_type or "InteractionStateMessage", said.notification_type, said.reference_id, media, resource,
        source, said.channel, said.interaction_type, said.interaction_sub_type, said.current_queue,
    )  # fmt: skip


def _content(source: Any, content: list[Any], path: str) -> WorkbinContent:
    found: list[InteractionState] = []
    faults: list[Fault] = []
    for index, each in enumerate(content):
        try:
            message = read(each)
        except MessageError as error:
            faults += [changed(fault, path=f"{path}[{index}].{fault.path}".rstrip(".")) for fault in error.faults]
            continue
        if isinstance(message, InteractionState):
            found.append(message)
        else:
            faults.append(Fault(f"{path}[{index}]", "expected an InteractionStateMessage"))
    if faults:
        raise MessageError(*faults)
    return WorkbinContent("InteractionStateMessage", None, None, None, None, source, tuple(found))


# === what a client may believe ======================================================================================


def observe(message: Message) -> View | None:
    """What the agent to whom a message came may believe to see now; None if it shows no state of an interaction.

    An interaction that came into a workbin is InWorkbin; of one that left it, the message does not say where it went.
    A state that no page knows is kept as a string.
    """
    if isinstance(message, WorkbinStateChange):
        return View(State.IN_WORKBIN, message.capabilities) if message.action == "ItemAdded" else None
    if message.state is None:
        return None
    return View(message.state, message.capabilities)  # type: ignore[arg-type]


def is_notification(value: object) -> bool:
    """Whether this is meant as a CometD message: it has a messageType, or an envelope that has one."""
    if not isinstance(value, Mapping):
        return False
    data = value.get("data")
    return "messageType" in value or (isinstance(data, Mapping) and "messageType" in data)
