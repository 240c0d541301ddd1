"""Every code that a finding can have, as data: what it means, an example that shows it, what to do.

The judge, `ixnstate explain`, the rules of a SARIF log, the web page and the page about findings in the documentation
all read it off `CODES`. A test judges the examples.
"""

from collections.abc import Mapping

from ixnstate.values import frozen


@frozen
class Code:
    """What a code means, for whoever meets it in a report."""

    code: str
    title: str
    meaning: str
    example: tuple[str, ...]
    """Recorded lines, where a few can show it."""
    remedy: str
    points_at: str = ""
    """The key whose value is at fault, in the recorded line."""
    level: str = "error"
    fault: int | None = None
    """Which line of the example is at fault; None for the last one."""

    @property
    def faulty(self) -> str:
        """Which line of the example is at fault, in words."""
        return "the last line" if self.fault is None else f"line {self.fault}"


_BEGUN = '{"agent": "a1", "media": "workitem", "interaction": "w1", "state": "Processing"}'
_BEGUN_TOO = _BEGUN.replace("w1", "w2")
_COMPLETED = (
    '{{"agent": "a1", "messageType": "WorkitemStateChangeMessage", "referenceId": {},'
    ' "workitem": {{"id": "{}", "state": "Completed", "capabilities": []}}}}'
)
_REQUEST = (
    '{{"seq": {}, "kind": "request", "agent": "a1", "interaction": "w1", "body": {{"operationName": "SetInFocus"}}}}'
)
_REPLY = '{{"seq": {}, "kind": "response", "agent": "a1", "answers": {}, "body": {{"statusCode": 0}}}}'
_INVITED = (
    '{"ts": 0, "agent": "a1", "messageType": "WorkitemStateChangeMessage",'
    ' "workitem": {"id": "w1", "state": "Invited", "capabilities": ["Accept", "Reject"]}}'
)
_CHAT = '{"agent": "a1", "media": "chat", "interaction": "c1", "state": "LeftChat"}'
_ADDED = (
    '{"agent": "a1", "messageType": "WorkbinStateChangeMessage", "action": "ItemAdded", "id": "b1",'
    ' "workitemStateResourceV2": {"id": "w1", "state": "InWorkbin", "capabilities": []}}'
)
_REMOVED = (
    '{"agent": "a1", "messageType": "WorkbinStateChangeMessage", "action": "ItemRemoved", "id": "b1",'
    ' "workitemStateResourceV2": {"id": "w1", "capabilities": []}}'
)

_ALL = (
    Code(
        "IXN101",
        "illegal operation",
        "An agent asked for an operation that the lifecycle refuses: it is not legal in this state, not by this agent,"
        " or not with these parameters. The server must refuse it, and nothing changes.",
        (
            _BEGUN,
            '{"agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}',
            '{"agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}',
        ),
        "In a client: offer only what the capabilities of the last notification list, and wait for the notification of"
        " one operation before the next. In a server: if the request was carried out all the same, refuse it.",
        "operationName",
    ),
    Code(
        "IXN102",
        "another medium",
        "A request or a notification treats an interaction as one of another medium than it is.",
        (
            _BEGUN,
            '{"agent": "a1", "method": "POST", "path": "/api/v2/me/chats/w1", "body": {"operationName": "Complete"}}',
        ),
        "Take the path, or the messageType, of the medium that the interaction was announced with.",
        "path",
    ),
    Code(
        "IXN111",
        "no notification",
        "A reply says that an operation was done, and its agent is not sent the notification that answers it.",
        (
            _BEGUN,
            _BEGUN_TOO,
            '{"seq": 3, "kind": "request", "agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}',
            '{"seq": 4, "kind": "response", "agent": "a1", "body": {"statusCode": 0, "referenceId": 7}}',
            '{"seq": 5, "kind": "request", "agent": "a1", "interaction": "w2", "body": {"operationName": "Complete"}}',
            '{"seq": 6, "kind": "response", "agent": "a1", "body": {"statusCode": 0, "referenceId": 8}}',
            _COMPLETED.format(8, "w2"),
        ),
        "Look whether the recording lacks the agent's channel. If it does not, the server owes its agent a notification"
        " with the referenceId of the reply.",
        "referenceId",
        fault=4,
    ),
    Code(
        "IXN112",
        "refused, yet done",
        "The reply refuses an operation, and notifications show that it was carried out all the same. A refused"
        " operation must change nothing.",
        (
            _BEGUN,
            '{"seq": 2, "kind": "request", "agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}',
            _COMPLETED.format(7, "w1"),
            '{"seq": 4, "kind": "response", "agent": "a1", "body": {"statusCode": 2, "referenceId": 7}}',
        ),
        "In the server: refuse before anything is changed, or answer with status code 0.",
        "statusCode",
    ),
    Code(
        "IXN113",
        "no cause",
        "A notification has a referenceId that no reply has given to a request: nothing that was recorded caused it.",
        (
            _BEGUN,
            '{"seq": 2, "kind": "request", "agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}',
            '{"seq": 3, "kind": "response", "agent": "a1", "body": {"statusCode": 0, "referenceId": 7}}',
            _COMPLETED.format(7, "w1"),
            _COMPLETED.format(99, "w2"),
        ),
        "Look whether requests or replies are missing in the recording. If none is, the server has mixed up its"
        " referenceIds, or notifies of what it has not answered.",
        "referenceId",
    ),
    Code(
        "IXN114",
        "no reply",
        "A request has no reply, though later requests of the agent have been answered.",
        (
            _BEGUN,
            *(_REQUEST.format(seq) for seq in (2, 3, 4, 5)),
            *(_REPLY.format(seq + 3, seq) for seq in (3, 4, 5)),
        ),
        "Look whether the recorder has lost the reply. If not, the server has left a request unanswered. Where replies"
        " do not name what they answer, the one that is missing may be that of an earlier request.",
        "operationName",
        fault=2,
    ),
    Code(
        "IXN201",
        "illegal state",
        "A notification shows a state that the interaction cannot be in: nothing that was recorded leads to it, and"
        " nothing that the platform does by itself.",
        (
            _BEGUN,
            '{"agent": "a1", "interaction": "w1", "body": {"operationName": "Complete"}}',
            _INVITED,
        ),
        "Look at the request before it: is it missing in the recording, or has the server sent the state that it had"
        " before? Judging goes on from the state that was shown.",
        "state",
    ),
    Code(
        "IXN203",
        "capabilities differ",
        "A notification shows a list of capabilities that no page of the documentation prints for that state: a name"
        " too many, a name too few, or another order.",
        (
            _CHAT,
            '{"messageType": "ChatStateChangeMessage", "chat": {"id": "c1", "state": "LeftChat", "capabilities": ["Complete"]}}',  # noqa: E501
        ),
        "Compare with the list that the finding names as right; the page of the medium has every documented list. If"
        " your system has a list of its own, derive a definition with with_capabilities.",
        "capabilities",
    ),
    Code(
        "IXN301",
        "invitation not ended",
        "An invitation outlasts its time: nobody accepts or rejects it, and it is not revoked.",
        (
            _INVITED,
            '{"ts": 60, "agent": "a1", "interaction": "w1", "body": {"operationName": "Accept"}}',
        ),
        "Let the platform revoke invitations in time, or tell the judge the timeout that your system has.",
        "state",
        fault=1,
    ),
    Code(
        "IXN302",
        "rule violated",
        "A rule over time of your own does not hold for an interaction.",
        (),
        "The finding names the rule and the line that breaks it. If the rule is too strict, change it where it is"
        " written.",
    ),
    Code(
        "IXN401",
        "in a workbin already",
        "An agent is told that an interaction was added to a workbin while, according to earlier"
        " notifications, it lies there already, or in another one. In another one, the finding is a warning: no page"
        " says in which order the two messages come.",
        (_ADDED, _ADDED),
        "Look whether an ItemRemoved is missing in the recording. If none is, the server has the interaction twice, or"
        " does not tell of everything that leaves a workbin. Where messages may be missing, judge with gaps.",
        "action",
    ),
    Code(
        "IXN402",
        "not in the workbin",
        "An agent is told that an interaction was removed from a workbin that it has left, according to earlier"
        " notifications.",
        (_ADDED, _REMOVED, _REMOVED),
        "Look whether an ItemAdded is missing in the recording, or the same message stands in it twice. Where messages"
        " may be missing, judge with gaps.",
        "action",
    ),
)

CODES: Mapping[str, Code] = {each.code: each for each in _ALL}
"""Every code, by its name."""
