"""How the pages spell it: one literal for what the Web Services API writes on the wire. Nothing else here knows.

1. *Media*: path segments, resource keys, message types, topics, addresses.
2. *Layouts*: which keys a message has, in which order, and whether it carries the request's referenceId.
3. *Replies*: which of the answer dialects an operation speaks, and with which HTTP status.
4. *Parameters*: what requests call the arguments of a command.

A layout or a reply without a page of its own follows its sibling; docs/unknown.md lists these. Versions are those of
the HTCC documentation (8.5.2), unless a row says otherwise.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote

from ixnstate.definition import Medium
from ixnstate.values import Json, frozen
from ixnstate.vocabulary import Family

# === 1. Media =======================================================================================================


@frozen
class Spelling:
    """One medium on the wire."""

    key: str
    """The key of a message under which the interaction stands."""
    message_type: str
    topic: str
    path: str
    """The path segment of its requests."""
    uri: str
    """The end of an interaction's address, with ``{id}`` (and ``{type}`` for open media)."""
    type_key: str
    """The field that says Inbound or Outbound."""
    saved: str
    """The notification type of a saved draft."""


def _spelling(key: str, path: str, uri: str, *, message_type: str = "", topic: str = "") -> Spelling:
    name = key.capitalize()
    topic = f"/v2/me/{topic or path}"
    return Spelling(key, message_type or f"{name}StateChangeMessage", topic, path, uri, f"{key}Type", f"{name}Saved")


SPELLINGS: Mapping[str, Spelling] = {
    "chat": _spelling("chat", "chats", "chats/{id}"),  # ChatMessageType
    "email": _spelling("email", "emails", "email/{id}"),  # EmailMessageType; the address in the singular: EmailCreate
    "workitem": _spelling("workitem", "workitems", "workitems/{id}"),  # WorkitemMessageType
    "openmedia": _spelling("openmedia", "openmedia", "openmedia/{type}s/{id}"),  # OpenMediaAPIMessageType
    "facebook": _spelling("facebook", "facebook", "facebooks/{id}"),  # FacebookMessageType; FacebookCreate
    "facebooksession": _spelling(  # FacebookPMMessageType: the topic in the singular, in all versions
        "facebooksession", "facebooksessions", "facebooksessions/{id}", topic="facebooksession"
    ),
    "twitter": _spelling("twitter", "twitter", "tweet/{id}"),  # TwitterCreate, 2020-06
    "smssession": _spelling(  # SMSLeave; no page shows the topic
        "smssession", "smssessions", "smssessions/{id}", message_type="SMSsessionStateChangeMessage"
    ),
}
TWEET = _spelling("tweet", "tweets", "tweet/{id}", topic="twitter")  # TwitterMessageType
"""The later spelling of the medium twitter."""


def spelling_of(medium: Medium, *, tweet: bool = False) -> Spelling:
    """How a medium is spelled: as the pages do, or, for one that no page knows, after its name."""
    if medium.name == "twitter" and tweet:
        return TWEET
    name = medium.name
    return SPELLINGS.get(name) or _spelling(name, f"{name}s", f"{name}s/{{id}}")


RESOURCES: Mapping[str, str] = {
    **{spelling.key: media for media, spelling in SPELLINGS.items()},
    "facebooksessions": "facebooksession",  # FacebookPMAccept, 2019-01
    "tweet": "twitter",
    "smsession": "smssession",  # SMSSetDisposition
}
"""The key of a message under which the interaction stands, with its medium; misspellings of the pages included."""

ANY_MEDIA = "*"
STATE_CHANGES: Mapping[str, str] = {
    **{spelling.message_type: media for media, spelling in SPELLINGS.items()},
    TWEET.message_type: "twitter",
    "facebooksessionStateChangeMessage": "facebooksession",  # FacebookPMAccept, 2019-01
    "test_accept ": ANY_MEDIA,  # SMSAccept, 2016-11-04
}
"""The messages that show an interaction, with its medium; misspellings of the pages included."""

IN_WORKBIN = "StateResourceV2"
"""What follows a resource key in a message about a workbin's content (WorkbinsMessageType)."""

MEDIA_PATHS: Mapping[str, str] = {
    **{spelling.path: media for media, spelling in SPELLINGS.items()},
    "facebooksession": "facebooksession",  # FacebookPMAccept, 2015
    "tweets": "twitter",  # TwitterCreate, 2020-06
    "smsessions": "smssession",  # SMSSetDisposition
    # the segments of addresses that messages and resources show
    "email": "email",  # EmailCreate
    "facebooks": "facebook",  # FacebookCreate
    "social-medias": "facebook",  # FacebookResource
    "tweet": "twitter",  # TwitterCreate, 2020-06
    "twitters": "twitter",  # TwitterCreate, 2015-03
}
"""The medium that a path segment names; the pages spell some in several ways."""

PREFIX = "/api/v2"
GENERIC_VERSIONS = ("8.5.0", "8.5.1")
"""The versions whose pages have one address, one topic and one message for all media."""
INTERACTIONS_TOPIC = "/v2/me/interactions"
WORKBINS_TOPIC = "/v2/me/workbins"

# === 2. Layouts =====================================================================================================


class Layout(NamedTuple):
    """The keys of one message, in order: those of the message itself ("*" is the resource) and those of the resource.

    It holds for the operations, the notification types and the states named; where none is named, for all. A field
    written ``participants=[]`` is shown empty.
    """

    head: str
    fields: str
    operations: str = ""
    kinds: str = ""
    states: str = ""


_RESOURCE_FIRST = "* referenceId notificationType messageType"
_RESOURCE_LAST = "referenceId notificationType messageType *"
_RESOURCE_SECOND = "referenceId * notificationType messageType"
_TYPE_FIRST = "messageType referenceId notificationType *"
_NO_REFERENCE = "messageType notificationType *"
_DATA = "AttachUserData UpdateUserData DeleteUserData"

_WORKITEM = (
    Layout(_RESOURCE_FIRST, "state capabilities id * uri", "Create"),
    Layout(
        _RESOURCE_FIRST, "userData state id capabilities", "PullInteraction PullWorkitem"
    ),  # PullInteractionFromWorkbin
    Layout(_RESOURCE_FIRST, "userData receivedDate uri capabilities state id"),  # WorkitemReject
)
_OPENMEDIA = (
    Layout(_RESOURCE_FIRST, "state capabilities id mediaType * uri", "Create"),
    Layout(_RESOURCE_FIRST, "userData receivedDate uri capabilities state mediaType * id"),
)
_EMAIL = (
    Layout(_RESOURCE_LAST, "state id capabilities uri", "Create Cancel"),
    Layout(_RESOURCE_LAST, "body from uri capabilities to state id subject", "Save"),
    Layout(
        _RESOURCE_LAST,
        "userData receivedDate from contactId capabilities uri to cc bcc state id subject mime body bodyAsPlainText"
        " attachments suggestedQueueUris assignedTo revelantResponseTemplateGroups * comment parentId",
    ),
)
_POST_HEAD = "* messageType notificationType referenceId"
_FACEBOOK = (
    Layout(_POST_HEAD, "capabilities * id state uri", "Create Cancel"),
    Layout(_POST_HEAD, "capabilities contactId * id message state subject uri userData", "Send"),
    Layout(_POST_HEAD, "accounts capabilities comment contactId * fqlObject from id message parentId receivedDate"
           " revelantResponseTemplateGroups state subject suggestedQueueUris uri userData"),
)  # fmt: skip


def _tweets(data_head: str) -> tuple[Layout, ...]:
    """Alphabetical; the pages of user data put the resource first."""
    head = "messageType notificationType referenceId *"
    post = "comment contactId from id message parentId receivedDate revelantResponseTemplateGroups state subject"
    more = (
        "suggestedQueueUris * twitterCreatedAt twitterFromAddr twitterFromUserId twitterIsFavorited twitterIsRetweet"
        " twitterMsgId twitterMsgPlainText uri userData"
    )
    return (
        Layout(head, "capabilities id state * uri", "Create Cancel"),
        Layout(head, "capabilities id state * uri userData", "Save"),
        Layout(head, "capabilities contactId from id message state subject * uri userData", "Send"),
        Layout(data_head, f"capabilities {post} {more}", _DATA),
        Layout(head, f"assignedTo capabilities {post} {more}", "Transfer"),
        Layout(head, f"capabilities {post} {more}"),
    )


# Who has let go is shown less; the pages of Complete and of Leave differ in that from those of Reject.
_ANSWERED = (
    Layout(_TYPE_FIRST, "state capabilities id uri participants=[]", "Accept", "StatusChange"),
    Layout(_NO_REFERENCE, "state capabilities id uri participants", "Accept", "ParticipantsUpdated"),
    Layout(_RESOURCE_SECOND, "participants=[] state id uri", "Reject", "StatusChange"),
)
_JOINED = Layout(
    "notificationType messageType *", "participants state id capabilities uri", "Invite Consult", "ParticipantsUpdated"
)
_NOTED = (
    Layout(_RESOURCE_SECOND, "participants state id capabilities userData uri", "SetDisposition"),
    Layout(_RESOURCE_SECOND, "participants state id capabilities comment uri", "AddComment"),
)
_SESSION = (
    *_ANSWERED,
    _JOINED,
    *_NOTED,
    Layout(_TYPE_FIRST, "state capabilities id uri", "Leave", states="LeftChat"),
    Layout(_NO_REFERENCE, "state id uri", "Complete Leave LeaveAndComplete", "StatusChange", "Completed"),
    Layout(_RESOURCE_SECOND, "userData state capabilities uri participants id", _DATA),
    Layout(
        "* messageType notificationType",
        "attachments capabilities * id interactionQueue participants receivedDate state uri userData",
        "AddAttachment RemoveAttachment",
    ),
    Layout(
        "notificationType messageType *",
        "userData state capabilities uri participants id",
        kinds="ParticipantsUpdated",
    ),
    Layout(
        "notificationType messageType * referenceId",
        "userData state capabilities uri participants id receivedDate *",
    ),
)
_PRIVATE_MESSAGE = (
    "comment userData receivedDate * uri capabilities suggestedQueueUris state"
    " revelantResponseTemplateGroups participants id"
)
_FACEBOOKSESSION = (
    *_ANSWERED,
    *_NOTED,
    Layout(
        "notificationType messageType *", _PRIVATE_MESSAGE, "Leave Invite Consult", "StatusChange ParticipantsUpdated"
    ),
    Layout(_RESOURCE_LAST, _PRIVATE_MESSAGE),
)
LAYOUTS: Mapping[str, tuple[Layout, ...]] = {
    "chat": _SESSION,
    "email": _EMAIL,
    "workitem": _WORKITEM,
    "openmedia": _OPENMEDIA,
    "facebook": _FACEBOOK,
    "facebooksession": _FACEBOOKSESSION,
    "twitter": _tweets(_RESOURCE_FIRST),  # TwitterAttachUserData
    "tweet": _tweets("messageType notificationType referenceId *"),  # TwitterMessageType
    "smssession": _SESSION,
}
"""By resource key; of several that hold the first counts. "*" among the fields is the one that says Inbound."""
_SIBLINGS = {Family.ITEMS: "workitem", Family.MAIL: "facebook", Family.SESSIONS: "chat"}


def layout_of(spelling: Spelling, family: Family, operation: str, kind: str, state: str) -> Layout:
    """The keys of a message; a medium that no page knows has those of its family."""
    for layout in LAYOUTS.get(spelling.key) or LAYOUTS[_SIBLINGS[family]]:
        said = (layout.operations, operation), (layout.kinds, kind), (layout.states, state)
        if all(not named or one in named.split() for named, one in said):
            return layout
    raise AssertionError("the last layout of a medium holds for all")


@cache
def fields_printed(spelling: Spelling, family: Family) -> frozenset[str]:
    """The keys of resources that any page of a medium prints."""
    layouts = LAYOUTS.get(spelling.key) or LAYOUTS[_SIBLINGS[family]]
    return frozenset(name.removesuffix("=[]") for layout in layouts for name in layout.fields.split())


class LogEntry(NamedTuple):
    """What an operation writes into the log of a session: the type, who sees it, and the key of what is said."""

    type: str
    visibility: str
    key: str = ""


ENTRIES: Mapping[str, LogEntry] = {
    "SendMessage": LogEntry("Text", "All", "text"),
    "SendToAgents": LogEntry("Text", "Agents", "text"),
    "SendStartTypingNotification": LogEntry("TypingStarted", "All"),
    "SendStopTypingNotification": LogEntry("TypingStopped", "All"),
    "SendStartTypingToAgentsNotification": LogEntry("TypingStarted", "Agents"),
    "SendStopTypingToAgentsNotification": LogEntry("TypingStopped", "Agents"),
    "SendUrl": LogEntry("PushUrl", "All", "url"),
    "SendCustomNotice": LogEntry("CustomNotice", "All", "noticeText"),
    "SendCustomNoticeToAgents": LogEntry("CustomNotice", "Agents", "noticeText"),
    "SendNicknameUpdatedNotice": LogEntry("NicknameUpdated", "All", "noticeText"),
    "Accept": LogEntry("ParticipantJoined", "All"),  # ChatAccept, FacebookPMAccept
    "Leave": LogEntry("ParticipantLeft", "All"),  # client code that works against a live system
}
_IN_ORDER = "index from said visibility timestamp type timestampSeconds"
_ENTRY_ORDERS = {
    ("smssession", "CustomNotice"): "index said from timestamp visibility type timestampSeconds",
    ("smssession", "PushUrl"): "index from said timestamp visibility type timestampSeconds",
    ("smssession", "TypingStarted"): "index from timestamp visibility type timestampSeconds",
    ("smssession", "TypingStopped"): "index from timestamp visibility type timestampSeconds",
}
_NOTICE_TYPES = ("CustomNotice", "NicknameUpdated")


def entry_order(media: str, entry: LogEntry) -> tuple[str, ...]:
    """The keys of an entry; "said" stands for the one that says something."""
    order = _ENTRY_ORDERS.get((media, entry.type), _IN_ORDER)
    return tuple(entry.key if name == "said" else name for name in order.split() if name != "said" or entry.key)


def log_order(key: str, entry: LogEntry) -> tuple[str, ...]:
    """The keys of a message with an entry; the pages of notices have a path, too (ChatSendCustomNotice)."""
    if key == "facebooksession" and entry.visibility == "Agents":  # FacebookPMSendToAgents
        return f"{key}Uri", "messages", f"{key}Path", "messageType", "notificationType"
    path = (f"{key}Path",) if entry.type in _NOTICE_TYPES else ()
    return *path, "messages", "notificationType", "messageType", f"{key}Uri"


def sender_order(key: str, entry: LogEntry) -> tuple[str, ...]:
    """The keys of who said it."""
    if entry.type in _NOTICE_TYPES or (key == "facebooksession" and entry.visibility == "Agents"):
        return "participantId", "type", "uri", "visibility", "path", "nickname", "id"
    if entry.type == "PushUrl":
        return "nickname", "type", "uri", "visibility", "participantId"
    return "nickname", "type", "participantId"


# === 3. Replies =====================================================================================================

CODE = "code"
"""``{"statusCode": 0}``; failed ``{"statusCode": n, "statusMessage": ...}`` (ReturnValues, 8.5.0 to 8.6.0)."""
REFERENCE = "reference"
"""The same, with the ``referenceId`` of the request; one request for several workbins has ``referenceIds``."""
OK = "ok"
"""``{"status": "ok"}``; failed ``{"status": "error", "errorDescription": ...}``."""
ZERO = "zero"
"""``{"status": 0}``; failed as `CODE`."""
NUMBER = "number"
"""``{"status": 0}``; failed ``{"status": n, "description": ...}`` (Workbins, 8.5.0 and 8.5.1)."""
NOTHING = "nothing"
"""An empty reply; failed as `CODE`."""

_GENERIC_REPLIES = {  # Interactions API Operations
    **dict.fromkeys(("Accept", "Reject", "PlaceInQueue", "PlaceInWorkbin", "GetWorkbinContent", *_DATA.split()), OK),
    "Cancel": ZERO,
}
_MEDIA_REPLIES: Mapping[str, str] = dict.fromkeys(("workitem", "openmedia", "facebook", "twitter"), REFERENCE)
_REPLIES: Mapping[tuple[str, str], str] = {
    ("chat", "Reject"): ZERO,  # ChatReject
    ("chat", "Invite"): REFERENCE,  # ChatInviteUser
    ("chat", "Consult"): REFERENCE,  # ChatConsult
    ("email", "Cancel"): ZERO,  # EmailCancel
    ("facebooksession", "Transfer"): REFERENCE,  # FacebookPMTransfer
    ("facebooksession", "Consult"): REFERENCE,  # FacebookPMConsult
    ("facebooksession", "Invite"): REFERENCE,  # no page; as SMSInvite
    ("facebooksession", "ReportResponseTemplateUsage"): NOTHING,  # FacebookPMReportSRUsage
    ("smssession", "Invite"): REFERENCE,  # SMSInvite
    ("smssession", "Consult"): REFERENCE,  # SMSConsult
    ("smssession", "Transfer"): REFERENCE,  # no page; as FacebookPMTransfer
    ("twitter", "Reject"): CODE,  # TwitterReject, 2015
    ("twitter", "SetDisposition"): CODE,  # TwitterSetDisposition, 2015
    ("twitter", "Follow"): CODE,  # TwitterFollow, 2014
}


def dialect(media: str | None, operation: str, *, of_workbin: bool, api_version: str) -> str:
    """Which dialect the reply to an operation speaks; ``media`` is None on the URL that all media share.

    The page decides. The version does only for workbins, whose pages differ.
    """
    if of_workbin:
        return NUMBER if api_version in GENERIC_VERSIONS else REFERENCE
    if media is None:
        return _GENERIC_REPLIES.get(operation, CODE)
    return _REPLIES.get((media, operation)) or _MEDIA_REPLIES.get(media, CODE)


HTTP_STATUS: Mapping[int, int] = {0: 200, 1: 400, 2: 400, 3: 403, 4: 500, 5: 403, 6: 404, 7: 200, 10: 400, 20: 401}
"""The HTTP status that goes with a statusCode. Documented are 200 for 0, and 404 for what a disabled feature hides
(Features, 8.5.1); the others are what these numbers mean in HTTP."""
METHOD_NOT_ALLOWED = 405
"""The HTTP status where an address does not take the method (RFC 9110, section 15.5.6)."""
CREATED = "X-Interaction-Id"
"""The header with the id of what a request created. No page has it: there the id comes with the notification."""

# === 4. Parameters ==================================================================================================

FIELDS: Mapping[str, str] = {
    "agent": "agent",
    "comment": "comment",
    "disposition": "disposition",
    "dispositionKey": "disposition_key",
    "documentId": "document_id",
    "email": "content",
    "facebook": "content",
    "from": "account",
    "key": "keys",
    "keys": "keys",
    "messageType": "message_type",
    "mime": "mime",
    "name": "name",
    "nickname": "nickname",
    "noticeText": "text",
    "parentId": "parent_id",
    "queueName": "queue_name",
    "queuePath": "queue_name",
    "queueUri": "queue_name",
    "responseTemplateId": "response_template_id",
    "responseType": "response_type",
    "saveLAR": "save_lar",
    "size": "size",
    "targetPath": "target_agent",
    "targetUri": "target_agent",
    "text": "text",
    "treatAs": "treat_as",
    "tweet": "content",
    "twitter": "content",
    "twitterUserId": "twitter_user_id",
    "url": "url",
    "usageType": "response_type",
    "userData": "user_data",
    "userId": "target_agent",
    "userPath": "target_agent",
    "userUri": "target_agent",
    "workbin": "workbin",
    "workbinOwner": "workbin_owner",
    "workbinType": "workbin_type",
}
"""What requests call the arguments: each name, with the field of a command that it fills."""

SPELLED: Mapping[str, str] = {
    **{field: name for name, field in FIELDS.items()},
    "by": "user",
    "content": "the draft's object",
    "keys": "keys",
    "queue_name": "queueName",
    "response_type": "usageType",
    "target_agent": "targetUri",
    "target_queue": "queueName",
    "text": "text",
    "user_data": "userData",
}
"""The name that most pages use for each field."""

NOTICES = frozenset({"SendCustomNotice", "SendCustomNoticeToAgents", "SendNicknameUpdatedNotice"})
"""Operations whose text is called noticeText."""
REPLIES = frozenset({"Reply", "ReplyAll", "Forward"})
"""Operations whose content stands in the request itself, not in an object of its own."""
_REPLY_CONTENT = frozenset({
    "body", "bodyAsPlainText", "mime", "subjectPrefix", "replyToStartLine", "quoteOriginal", "indentCharacter",
    "isRetweet", "commentId",
})  # fmt: skip
_SEND_CONTENT = frozenset({"replyText", "monitorKey"})  # the generic Send of a tweet, 2014
CONTENT = _REPLY_CONTENT | _SEND_CONTENT
"""Names of the content that stands in the request itself."""
OPTIONAL_CONTENT = frozenset({("twitter", "Save")})
"""Operations whose object may be left out: a sample of TwitterSave does so."""
ADDRESSES = frozenset({"queuePath", "queueUri", "targetPath", "targetUri", "userPath", "userUri", "uri"})
"""Names whose value is an address, of which the last segment counts."""

_CREATING = ("Create", "Reply", "ReplyAll", "Forward")


def parameter(field: str, media: str | None, operation: str) -> str:
    """What the page of an operation calls a field, in requests for this medium."""
    is_post = media in ("facebook", "twitter")
    if field == "queue_name":
        return "queuePath" if is_post else "queueUri" if operation in _CREATING else "queueName"
    if field in ("target_agent", "target_queue"):
        return _target(field, media, operation)
    if field == "text" and operation in NOTICES:
        return "noticeText"
    if field == "content":
        return media or "email"
    return SPELLED[field]


def _target(field: str, media: str | None, operation: str) -> str:
    if operation == "RemoveParticipantFromConference" or operation in ("Invite", "Consult"):
        return "targetUri"
    if media in ("facebook", "twitter", "facebooksession"):
        return "targetPath"  # FacebookTransfer, TwitterTransfer, FacebookPMTransfer
    if field == "target_queue":
        return "targetUri" if media in ("openmedia", "workitem") else "queueName"  # OpenMediaAPITransfer; EmailTransfer
    return {None: "userId", "email": "userUri"}.get(media, "targetUri")  # Interactions API Operations; EmailTransfer


def argument(operation: str, key: str, value: Json) -> tuple[str, Json]:
    """The field that a wire parameter fills, with the value it has there; "" for an unknown one."""
    if key in (_REPLY_CONTENT if operation in REPLIES else _SEND_CONTENT if operation == "Send" else ()):
        return "content", {key: value}
    if operation == "DeleteUserData" and key in ("userData", "key"):
        return "keys", list(value) if isinstance(value, Mapping) else [value]
    if (key, operation in NOTICES) in (("text", True), ("noticeText", False)):
        return "", value
    name = FIELDS.get(key, "")
    if name == "save_lar" and value in ("true", "false"):
        return name, value == "true"
    if name == "target_agent" and isinstance(value, str) and "queues" in value.split("/"):
        name = "target_queue"
    if name == "queue_name" and operation in ("Transfer", "Consult"):
        name = "target_queue"
    return name, last_segment(value) if key in ADDRESSES else value


def last_segment(value: Json) -> Json:
    """The name at the end of an address; what is not an address is the name itself."""
    return unquote(value.rstrip("/").rpartition("/")[2]) if isinstance(value, str) and "/" in value else value
