"""The documented JSON of the Web Services API: requests, replies, notifications. Nothing else here knows the spellings.

Reading: `parse_request` makes a command of a request, `parse_notification` a typed value of a CometD message,
`parse_reply` an `Answer` of a reply. Writing: `request` is the request of a command, `reply` the reply to one,
`notifications` are the messages of a step. What is malformed is refused with all its faults, each with its place.
"""

from ixnstate.gws.addresses import Target, read_path
from ixnstate.gws.faults import Fault, MessageError
from ixnstate.gws.messages import (
    AnyMessage,
    Attachment,
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
    parse_notification,
)
from ixnstate.gws.recorded import Operation, read_operation, spelled
from ixnstate.gws.requests import Malformed, Parsed, Read, Request, RequestError, Upload, parse_request
from ixnstate.gws.writing import request

__all__ = [  # noqa: RUF022 (in the order in which a reader meets them)
    # requests
    "Request", "Read", "Upload", "Parsed", "parse_request", "request", "Malformed", "RequestError",
    # messages
    "parse_notification", "observe", "Message", "AnyMessage", "StateChange", "MessageLog", "WorkbinStateChange",
    "WorkbinSubscription", "WorkbinStats", "TwitterResponse", "InteractionState", "WorkbinContent", "OtherMessage",
    "Resource", "Participant", "ChatMessage", "Attachment",
    # what is wrong with one
    "Fault", "MessageError",
    # recordings
    "Target", "Operation", "read_path", "read_operation", "spelled", "is_notification",
]  # fmt: skip
