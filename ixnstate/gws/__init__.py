"""The documented JSON of the Web Services API: requests, replies, notifications. Nothing else here knows the spellings.

Reading: `parse_request` makes a command of a request, `parse_notification` a typed value of a CometD message,
`parse_reply` an `Answer` of a reply. Writing: `request` is the request of a command, `reply` the reply to one,
`notifications` are the messages of a step. What is malformed is refused with all its faults, each with its place.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ixnstate.gws.addresses import Target, read_path
from ixnstate.gws.faults import Fault, MessageError
from ixnstate.gws.messages import (
    AnyMessage,
    Attachment,
    Batch,
    ChatMessage,
    InteractionState,
    Message,
    MessageLog,
    OtherMessage,
    Participant,
    Resource,
    StateChange,
    TwitterResponse,
    WorkbinContent,
    WorkbinStateChange,
    WorkbinStats,
    WorkbinSubscription,
    is_notification,
    observe,
)
from ixnstate.gws.notifying import (
    HasNotices,
    Notification,
    Server,
    is_answered,
    notifications,
    topics,
    twitter_response,
)
from ixnstate.gws.reading import parse_notification
from ixnstate.gws.recorded import Operation, read_operation, spelled
from ixnstate.gws.replies import Answer, Reply, parse_reply, reply
from ixnstate.gws.requests import Malformed, Parsed, Read, Request, RequestError, Upload, parse_request
from ixnstate.gws.writing import request

if TYPE_CHECKING:
    from ixnstate.gws.endpoints import openapi
    from ixnstate.gws.schemas import asyncapi, json_schema
    from ixnstate.gws.serving import handle

_LATER = {"json_schema": "schemas", "asyncapi": "schemas", "openapi": "endpoints", "handle": "serving"}
"""What few programs need, loaded when it is first asked for: names, with the module they stand in."""


def __getattr__(name: str) -> Any:
    if name in _LATER:
        value = globals()[name] = getattr(import_module(f"ixnstate.gws.{_LATER[name]}"), name)
        return value
    raise AttributeError(f"module 'ixnstate.gws' has no attribute {name!r}")


__all__ = [  # noqa: RUF022 (in the order in which a reader meets them)
    # requests
    "Request", "Read", "Upload", "Parsed", "parse_request", "request", "Malformed", "RequestError",
    # a whole server
    "handle",
    # replies
    "Reply", "reply", "Answer", "parse_reply",
    # messages
    "notifications", "Notification", "Server", "HasNotices", "twitter_response", "topics",
    "parse_notification", "observe", "Message", "AnyMessage", "StateChange", "MessageLog", "WorkbinStateChange",
    "WorkbinSubscription", "WorkbinStats", "TwitterResponse", "InteractionState", "WorkbinContent", "Batch",
    "OtherMessage", "Resource", "Participant", "ChatMessage", "Attachment",
    # what is wrong with one
    "Fault", "MessageError",
    # recordings
    "Target", "Operation", "read_path", "read_operation", "spelled", "is_notification", "is_answered",
    # for programs in other languages
    "json_schema", "openapi", "asyncapi",
]  # fmt: skip
