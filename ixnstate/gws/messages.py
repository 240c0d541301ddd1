"""CometD messages as typed values: a class for each documented one, and one for every other.

What a message must have is its messageType and its resource; each documented field that is there must have its JSON
type. Names are open: a state, a capability or a notification type that no page knows survives as a string (whether it
is documented is the judge's question), and so does every field that no page knows, in `Message.to_json`.
"""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar, dataclass_transform

import attrs

from ixnstate.decoding import copied, encode
from ixnstate.gws.structuring import Addresses, Size, StateName, wire
from ixnstate.model import View
from ixnstate.values import FrozenDict, Json, brief, filler, frozen, printed_as
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
    interaction_queue: str | None = wire("interactionQueue")
    # drafts and posts
    sender: str | None = wire("from")
    to: Addresses | None = None
    cc: Addresses | None = None
    bcc: Addresses | None = None
    body: str | None = None
    body_as_plain_text: str | None = wire("bodyAsPlainText")
    mime: str | None = None
    message: str | None = None
    # Inbound or Outbound, under a name for each medium
    chat_type: str | None = wire("chatType")
    email_type: str | None = wire("emailType")
    workitem_type: str | None = wire("workitemType")
    openmedia_type: str | None = wire("openmediaType")
    facebook_type: str | None = wire("facebookType")
    facebooksession_type: str | None = wire("facebooksessionType")
    twitter_type: str | None = wire("twitterType")
    tweet_type: str | None = wire("tweetType")
    smssession_type: str | None = wire("smssessionType")


# Resources are read by the hundred thousand: their constructor fills them as the records' one does.
Resource.__init__ = filler(Resource, optional=True)  # type: ignore[method-assign]

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
    _source: Json

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

    def to_json(self) -> Json:
        """The message as it was read: envelope, unknown fields and the order of keys included."""
        return copied(self._source)

    def to_bytes(self) -> bytes:
        """The same as JSON text."""
        return encode(self._source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other.__class__ is self.__class__ and self._source == other._source

    def __hash__(self) -> int:
        return hash((self.message_type, self.notification_type, self.reference_id, self.interaction_id))

    def __repr__(self) -> str:
        return f"parse_notification({printed_as(self._source)})"


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


@_message
class Batch(Message):
    """A list of messages, as CometD delivers them and as some pages print them."""

    parts: "tuple[AnyMessage, ...]"


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
    | Batch
    | OtherMessage
)

# === what a client may believe ======================================================================================


def observe(message: Message) -> View | None:
    """What the agent to whom a message came may believe to see now; None if it shows no state of an interaction.

    An interaction that came into a workbin is InWorkbin; of one that left it, the message does not say where it went.
    A state that no page knows is kept as a string. Raises ValueError for what is not a message.
    """
    if not isinstance(message, Message):
        raise ValueError(f"observe takes a message, not {brief(message)}")
    if isinstance(message, WorkbinStateChange):
        return View(State.IN_WORKBIN, message.capabilities) if message.action == "ItemAdded" else None
    if message.state is None:
        return None
    return View(message.state, message.capabilities)  # type: ignore[arg-type]


def is_notification(value: object) -> bool:
    """Whether this is meant as a CometD message: it says its type, or an envelope has one that does."""
    return isinstance(value, Mapping) and (_says_its_type(value) or _says_its_type(value.get("data")))


def _says_its_type(value: object) -> bool:
    """The oldest versions have another key for it, and 8.5.1 has an object around the message."""
    if not isinstance(value, Mapping):
        return False
    inner = value.get("interaction")
    return (
        "messageType" in value
        or "messageTypeName" in value
        or (isinstance(inner, Mapping) and "messageTypeName" in inner)
    )
