"""The documented JSON: how the Web Services API spells operations and notifications. Nothing else here knows.

`read_operation` reads a request: which interaction it acts on, and the command. `parse_notification` reads a CometD
message, with or without its ``data`` envelope; `Notification.to_json` gives back what was read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs

from ixnstate.commands import (
    ALIASES,
    OPERATIONS,
    AddInteraction,
    Command,
    Custom,
    PullInteraction,
    parameters_of,
)
from ixnstate.values import FrozenDict, brief, freeze, frozen
from ixnstate.vocabulary import State


class MessageError(ValueError):
    """A message that is not one of the documented shapes; the text says where, and what would be right."""


# === requests =======================================================================================================

MEDIA_PATHS: Mapping[str, str] = {
    "chats": "chat",
    "emails": "email",
    "workitems": "workitem",
    "openmedia": "openmedia",
    "facebook": "facebook",
    "facebooksession": "facebooksession",
    "facebooksessions": "facebooksession",
    "twitter": "twitter",
    "tweets": "twitter",
    "smssessions": "smssession",
    "smsessions": "smssession",
}
"""The medium that a path segment names; the pages spell some in two ways."""


@frozen
class Target:
    """What a request's URL names: a medium, an interaction, or an instance of a workbin; None where it names none."""

    media: str | None = None
    interaction: str | None = None
    workbin: FrozenDict = attrs.field(default=FrozenDict(), converter=freeze, hash=False)
    """The arguments of a workbin command: ``workbin`` with ``agent_group``, ``place_group`` or ``owner``."""


@frozen
class Operation:
    """A request, read: the command, the interaction that it acts on, and its medium where the request tells."""

    media: str | None
    interaction: str | None
    command: Command


def read_path(path: str) -> Target:
    """What a URL or path names, with or without host, leading slash and ``/api/v2``. Raises `MessageError`."""
    try:
        url = urlsplit(path)
    except ValueError as error:
        raise MessageError(f"path: {brief(path)} is no address: {error}") from None
    query = dict(parse_qsl(url.query))
    parts = [unquote(part) for part in url.path.split("/") if part]
    if parts[:2] == ["api", "v2"]:
        parts = parts[2:]
    owner = parts[1] if parts[:1] == ["users"] and len(parts) > 1 else None
    match parts[2:] if owner is not None else parts[1:] if parts[:1] == ["me"] else parts:
        case ["openmedia", _]:
            return Target("openmedia")
        case ["openmedia", _, interaction]:
            return Target("openmedia", interaction)
        case ["interactions", interaction]:
            return Target(None, interaction)
        case ["workbins", workbin]:
            scope = {"agent_group": query.get("agentGroup"), "place_group": query.get("placeGroup"), "owner": owner}
            named = {name: value for name, value in scope.items() if value is not None}
            return Target(workbin=FrozenDict(workbin=workbin, **named))
        case [collection] if collection in MEDIA_PATHS:
            return Target(MEDIA_PATHS[collection])
        case [collection, interaction] if collection in MEDIA_PATHS:
            return Target(MEDIA_PATHS[collection], interaction)
    raise MessageError(f"path: {brief(path)} is no documented path of an interaction or a workbin")


_FIELDS: Mapping[str, str] = {
    "agent": "agent",
    "comment": "comment",
    "disposition": "disposition",
    "dispositionKey": "disposition_key",
    "documentId": "document_id",
    "email": "content",
    "facebook": "content",
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
    "url": "url",
    "usageType": "response_type",
    "userData": "user_data",
    "userId": "target_agent",
    "userPath": "target_agent",
    "userUri": "target_agent",
    "workbin": "workbin",
}
"""Wire names, each with the field of a command that it fills."""

_SPELLED: Mapping[str, str] = {
    **{field: wire for wire, field in _FIELDS.items()},
    "content": "the draft's object",
    "queue_name": "queueName",
    "target_agent": "targetUri",
    "target_queue": "queueName",
    "text": "text",
    "user_data": "userData",
}


def spelled(operation: str) -> Mapping[str, str]:
    """The wire name of each field of a command; where pages have several, the one that most of them use."""
    if operation in ("SendCustomNotice", "SendCustomNoticeToAgents", "SendNicknameUpdatedNotice"):
        return {**_SPELLED, "text": "noticeText"}
    return _SPELLED


_REPLY_CONTENT = frozenset({
    "body", "bodyAsPlainText", "mime", "subjectPrefix", "replyToStartLine", "quoteOriginal", "indentCharacter",
    "isRetweet", "commentId",
})  # fmt: skip
_NAMED_BY_URI = frozenset({"queuePath", "queueUri", "targetPath", "targetUri", "userPath", "userUri", "uri"})
_QUEUE_SEGMENT = "queues"
_REPLIES = frozenset({"Reply", "ReplyAll", "Forward"})


def read_operation(
    body: object, target: Target | None = None, *, by: str | None = None, new_id: str = "new"
) -> Operation:
    """A POST request's body, with what its URL names (see `read_path`), as the command of agent ``by``.

    An operation that does not exist, or a parameter that it does not take, becomes a command that ``decide`` refuses.
    ``new_id`` is the id of what a Create or a Reply brings into being, which no request names. Raises `MessageError`
    for a body or a path that is no documented shape.
    """
    if not isinstance(body, Mapping):
        raise MessageError(f"body: must be an object with an operationName, not {brief(body)}")
    name = body.get("operationName")
    if not isinstance(name, str):
        raise MessageError(f"body.operationName: must be the name of an operation, not {brief(name)}")
    target = target or Target()
    name = ALIASES.get(name, name)
    known = OPERATIONS.get(name, Command)
    interaction = target.interaction
    if target.workbin or issubclass(known, AddInteraction | PullInteraction):
        interaction = _last_segment(_text(body, "id", "body.") or _text(body, "uri", "body.")) or interaction
        body = {key: value for key, value in body.items() if key not in ("id", "uri")}
    takes = {parameter.name for parameter in parameters_of(known)}
    fields = {**target.workbin, "by": by, "agent": by, "new_id": new_id, "media": target.media}
    fields = {field: value for field, value in fields.items() if field in takes and value is not None}
    surplus = _fill(fields, takes, name, {key: value for key, value in body.items() if key != "operationName"})
    if known is Command or surplus:
        return Operation(target.media, interaction, Custom(operation=name, by=by, arguments=surplus))
    return Operation(target.media, interaction, known(**fields))


def _fill(fields: dict[str, Any], takes: set[str], operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what the body says; give back what the operation does not take, or what is said in two spellings."""
    surplus: dict[str, Any] = {}
    said: set[str] = set()
    for key, value in body.items():
        field, fit = _argument(operation, key, value)
        if field == "content" and isinstance(fit, Mapping) and isinstance(fields.get(field), Mapping):
            fields[field] = {**fields[field], **fit}
        elif field not in takes or field in said:
            surplus[key] = value
        else:
            fields[field] = fit
        said.add(field)
    return surplus


def _argument(operation: str, key: str, value: Any) -> tuple[str, Any]:
    """The field that a wire parameter fills, with the value it has there; "" for an unknown one."""
    if operation in _REPLIES and key in _REPLY_CONTENT:
        return "content", {key: value}
    if operation == "DeleteUserData" and key in ("userData", "key"):
        return "keys", list(value) if isinstance(value, Mapping) else [value]
    name = _FIELDS.get(key, "")
    if name == "save_lar" and value in ("true", "false"):
        return name, value == "true"
    if name == "target_agent" and isinstance(value, str) and _QUEUE_SEGMENT in value.split("/"):
        name = "target_queue"
    if name == "queue_name" and operation in ("Transfer", "Consult"):
        name = "target_queue"
    return name, _last_segment(value) if key in _NAMED_BY_URI else value


def _last_segment(value: Any) -> Any:
    return value.rstrip("/").rsplit("/", 1)[-1] if isinstance(value, str) else value


# === notifications ==================================================================================================

RESOURCES: Mapping[str, str] = {
    "chat": "chat",
    "email": "email",
    "workitem": "workitem",
    "openmedia": "openmedia",
    "facebook": "facebook",
    "facebooksession": "facebooksession",
    "facebooksessions": "facebooksession",
    "twitter": "twitter",
    "tweet": "twitter",
    "smssession": "smssession",
    "smsession": "smssession",
}
"""The key of a message under which the interaction stands, with its medium."""

_STATES = frozenset(State)
_IN_WORKBIN_SUFFIX = "StateResourceV2"


@frozen
class Notification:
    """One CometD message: what it says of an interaction, and the message itself."""

    message_type: str
    notification_type: str | None
    media: str | None
    """The medium; None for a message that is about no interaction, or about one whose medium it does not tell."""
    interaction_id: str | None
    state: State | None
    capabilities: tuple[str, ...] | None
    """() for a list that is there and empty, None for a key that is absent."""
    reference_id: int | None
    action: str | None
    """ItemAdded or ItemRemoved, in a message about a workbin's content."""
    workbin: str | None
    raw: FrozenDict = attrs.field(converter=freeze, hash=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """The message as it was read: envelope, unknown fields and key order included."""
        message: dict[str, Any] = _thaw(self.raw)
        return message


def parse_notification(message: object) -> Notification:
    """A CometD message, in its ``data`` envelope or without it. Raises `MessageError` that says where it is wrong."""
    if not isinstance(message, Mapping):
        raise MessageError(f"a notification must be an object, not {brief(message)}")
    where, data = ("data.", message["data"]) if _is_envelope(message) else ("", message)
    if not isinstance(data, Mapping) or not isinstance(data.get("messageType"), str):
        raise MessageError(f"{where}messageType: must be the name of a message type")
    reference_id = data.get("referenceId")
    key, media, resource = next(_resources(data), (None, None, None))
    if resource is not None and not isinstance(resource, Mapping):
        raise MessageError(f"{where}{key}: must be an object, not {brief(resource)}")
    says = RESOURCES.get(data["messageType"].removesuffix("StateChangeMessage").lower())
    if says is not None and media is not None and says != media:
        raise MessageError(f"{where}messageType: {brief(data['messageType'])} has no {key}")
    about = resource or {}
    is_content = data["messageType"] == "WorkbinStateChangeMessage"
    return Notification(
        message_type=data["messageType"],
        notification_type=_text(data, "notificationType", where),
        media=media,
        interaction_id=_text(about, "id", f"{where}{key}."),
        state=_state(about.get("state"), f"{where}{key}.state"),
        capabilities=_capabilities(about.get("capabilities"), f"{where}{key}.capabilities"),
        reference_id=reference_id if isinstance(reference_id, int) else None,
        action=_text(data, "action", where) if is_content else None,
        workbin=_text(data, "id", where) if is_content else None,
        raw=freeze(message),
    )


def is_notification(value: object) -> bool:
    """Whether this is meant as a CometD message: it has a messageType, or an envelope that has one."""
    if not isinstance(value, Mapping):
        return False
    data = value.get("data")
    return "messageType" in value or (isinstance(data, Mapping) and "messageType" in data)


def _is_envelope(message: Mapping[str, Any]) -> bool:
    return "data" in message and "messageType" not in message


def _resources(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for key, value in data.items():
        media = RESOURCES.get(key.removesuffix(_IN_WORKBIN_SUFFIX))
        if media is not None:
            yield key, media, value


def _text(data: Mapping[str, Any], key: str, where: str) -> str | None:
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value
    raise MessageError(f"{where}{key}: must be a string, not {brief(value)}")


def _state(value: object, where: str) -> State | None:
    if value is None:
        return None
    if isinstance(value, str) and value in _STATES:
        return State(value)
    raise MessageError(f"{where}: {brief(value)} is no state; states are {', '.join(State)}")


def _capabilities(value: object, where: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(each, str) for each in value):
        raise MessageError(f"{where}: must be a list of operation names, not {brief(value)}")
    return tuple(value)


def _thaw(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thaw(member) for key, member in value.items()}
    return [_thaw(member) for member in value] if isinstance(value, tuple) else value
