"""The judge of recordings: what it must not let pass, line by line."""

from conftest import MESSAGE_TYPES
from ixnstate.recording.lines import Line, Place
from ixnstate.trace import Finding, Judge


def judged(*values):
    """The codes and lines of the findings; what is unreadable counts with its problem."""
    judge = Judge()
    found = [each for number, value in enumerate(values, 1) for each in judge.take(Line(Place("-", number), "", value))]
    return [(each.code if isinstance(each, Finding) else each.problem, each.place.line) for each in found]


def stands(media, state, agent=None):
    return {"interaction": "X1", "media": media, "state": state, "agent": agent}


def operation(name, agent="a1", **body):
    return {"agent": agent, "interaction": "X1", "body": {"operationName": name, **body}}


def shows(media, state, capabilities=()):
    return {
        "messageType": MESSAGE_TYPES[media],
        media: {"id": "X1", "state": state, "capabilities": list(capabilities)},
    }


PROCESSING = ("Transfer", "AttachUserData", "UpdateUserData", "DeleteUserData", "SetInFocus", "Complete")


def test_a_request_for_another_medium_is_not_carried_out():
    found = judged(
        stands("chat", "Chatting", "a2"), {**operation("Complete", "a2"), "media": "workitem"},
            operation("SendMessage", "a2", text="x")
    )  # fmt: skip
    assert found == [("IXN102", 2)]


def test_completed_must_have_a_cause():
    begun = (stands("workitem", "Invited", "a1"), operation("Accept"), shows("workitem", "Processing", PROCESSING))
    assert judged(*begun, shows("workitem", "Completed")) == [("IXN201", 4)]
    assert judged(*begun, shows("workitem", "Revoked")) == []
    assert judged(*begun, operation("Complete"), shows("workitem", "Completed")) == []


def test_leaving_alone_shows_left_chat():
    left = (stands("chat", "Chatting", "a1"), operation("Leave"))
    assert judged(*left, shows("chat", "Completed")) == [("IXN201", 3)]
    assert judged(*left, shows("chat", "LeftChat", ("Transfer", "Complete", "Leave", "InFocus"))) == []


def test_no_agent_requests_what_the_platform_does():
    for signal in ("Stop", "Offer", "Revoke"):
        request = {"agent": "a9", "method": "POST", "path": "/api/v2/me/chats/X1", "body": {"operationName": signal}}
        assert judged(stands("chat", "Chatting", "a1"), request) == [("IXN101", 2)]
    assert judged(stands("chat", "Chatting", "a1"), operation("Stop", None)) == []


def test_what_contradicts_itself_is_unreadable():
    path = {"method": "POST", "path": "/api/v2/me/chats/X2"}
    [(problem, line)] = judged({**operation("Accept"), **path})
    assert (problem, line) == ("interaction: the line says 'X1', its path or body 'X2'", 1)
    [(problem, _)] = judged({**operation("Accept"), "path": "/me/chats/X1", "media": "email"})
    assert "media: the line says 'email', its path or body 'chat'" in problem
    [(problem, _)] = judged({**operation("Accept"), "method": "DELETE"})
    assert problem == "method: operations are posted, not 'DELETE'"
