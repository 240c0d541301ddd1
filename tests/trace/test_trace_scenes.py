"""The smallest recordings of realistic days in which nobody breaks a rule, though it may look so."""

import pytest
from days import judged

from conftest import MESSAGE_TYPES
from ixnstate.views import documented

PATHS = {
    "workitem": "workitems",
    "email": "emails",
    "chat": "chats",
    "smssession": "smssessions",
    "facebook": "facebook",
}
TEAM = "/api/v2/me/workbins/team?agentGroup=G0"


def told(id, state, agent="a1", media="workitem", number=None):
    names = next((names for names in documented(media, state).values() if names), ())
    numbered = {} if number is None else {"referenceId": number}
    resource = {"id": id, "state": state, "capabilities": names}
    return {
        "agent": agent, "kind": "notification",
        "body": {"messageType": MESSAGE_TYPES[media], **numbered, media: resource},
    }  # fmt: skip


def ask(operation, id, /, agent="a1", media="workitem", path=None, **body):
    path = path or f"/api/v2/me/{PATHS[media]}/{id}"
    return {
        "agent": agent,
        "kind": "request",
        "method": "POST",
        "path": path,
        "body": {"operationName": operation, **body},
    }


def reply(answers=None, number=None, agent="a1", code=0):
    """To the request in that line; or to whichever it may be."""
    body = {"statusCode": code} | ({} if number is None else {"referenceId": number})
    named = {} if answers is None else {"answers": answers}
    return {"agent": agent, "kind": "response", "status": 400 if code else 200, "body": body, **named}


def recorded(*lines, since=1):
    """With the numbers of lines; those of a recording that has been cut begin later."""
    moved = [line | ({"answers": line["answers"] + since - 1} if "answers" in line else {}) for line in lines]
    return [{"seq": seq, **line} for seq, line in enumerate(moved, since)]


def talk(agent):
    return ask("SendMessage", "C1", agent, "chat", text="Hello")


ITEM_ADDED = {
    "agent": "a5", "kind": "notification",
    "body": {"messageType": "WorkbinStateChangeMessage", "action": "ItemAdded", "id": "team", "agentGroup": "G0",
             "workitemStateResourceV2": {"id": "W1", "capabilities": []}},
}  # fmt: skip
LIST = {"agent": "a1", "kind": "request", "method": "GET", "path": "/api/v2/me/interactions", "body": None}
REFUSED = {"agent": "a1", "kind": "response", "status": 403, "body": {"statusCode": 3, "statusMessage": "no"}}

SCENES = {
    "it ends before the message of a reply without a number": recorded(
        told("W1", "Invited"), told("E1", "Invited", media="email"), ask("Accept", "W1"), reply(3, 1),
        ask("Accept", "E1", media="email"), reply(5), told("W1", "Processing", number=1),
    ),
    "two in flight without numbers, one of them told": recorded(
        told("E1", "Invited", media="email"), told("E2", "Invited", media="email"), ask("Accept", "E1", media="email"),
        ask("Accept", "E2", media="email"), reply(3), reply(4), told("E1", "Processing", media="email", number=1),
    ),
    "it ends before the message with the greater number": recorded(
        ask("AddComment", "F1", media="facebook", path="/api/v2/me/interactions/F1", comment="seen"),
        ask("PlaceInQueue", "F1", media="facebook", queueName="Out"), reply(1), reply(2, 231),
        told("F1", "Processing", media="facebook", number=230), since=501,
    ),
    "notifications alone, those to one agent late": recorded(
        told("W1", "Invited", "a2"), told("W1", "Processing", "a2", number=4), told("W1", "Invited", "a3"),
        told("W1", "Processing", "a2", number=7), told("W1", "Completed", "a2", number=8),
    ),
    "one agent, to whom what others did comes after the reply to Complete": recorded(
        told("C1", "Invited", media="chat"), ask("Accept", "C1", media="chat", nickname="N"), reply(2),
        told("C1", "Chatting", media="chat", number=12), ask("Invite", "C1", media="chat", targetUri="/users/a5"),
        reply(5, 37), told("C1", "Chatting", media="chat"), told("C1", "Chatting", media="chat"),
        ask("Consult", "C1", media="chat", targetUri="/users/a3"), reply(9, 55), ask("Complete", "C1", media="chat"),
        reply(11), told("C1", "Chatting", media="chat"), told("C1", "Chatting", media="chat"),
        told("C1", "Completed", media="chat", number=60),
    ),
    "a draft that a supervisor puts into a workbin before its agent is shown it": recorded(
        told("W1", "Invited"), ask("Accept", "W1"), reply(2, 1), told("W1", "Processing", number=1),
        ask("Create", "-", "a2", path="/api/v2/me/facebook", queuePath="/queues/Out"), reply(5, 2, "a2"),
        ask("AddFacebook", "-", "boss", path="/api/v2/users/a3/workbins/own", uri="/api/v2/interactions/F1"),
        told("F1", "InWorkbin", "boss", "facebook", 3), reply(7, 3, "boss"),
        told("F1", "Composing", "a2", "facebook", 2), told("F1", "InWorkbin", "a2", "facebook"),
    ),
    "an invitation that ended before anything was recorded, and is told late": recorded(
        ask("SetInFocus", "W9", "a2"), reply(1, agent="a2", code=6), told("E1", "Invited", media="email"),
        ask("Accept", "E1", media="email"), told("E1", "Processing", media="email", number=3), reply(4, 3),
        told("E1", "Invited", "a2", "email"), told("E1", "Revoked", "a2", "email"),
        ask("SetInFocus", "E1", media="email"), reply(9, 4), told("E1", "Processing", media="email", number=4),
    ),
    "an invitation in a session that ends unseen before the agent who asked for it asks anew": recorded(
        told("C1", "Invited", media="chat"), ask("Accept", "C1", media="chat", nickname="N"), reply(2),
        told("C1", "Chatting", media="chat", number=1), ask("SetInFocus", "W9", "a2"), reply(5, agent="a2", code=6),
        ask("Consult", "C1", media="chat", targetUri="/users/a2"), reply(7, 2), told("C1", "Invited", "a2", "chat"),
        ask("Consult", "C1", media="chat", targetUri="/users/a2"), reply(10, 3), told("C1", "Revoked", "a2", "chat"),
        told("C1", "Invited", "a2", "chat"),
    ),
    "the reply to a read, which does not say so, before the one to a request": recorded(
        told("W1", "Invited"), {"agent": "a1", "kind": "request", "method": "GET", "path": "/api/v2/me/workbins"},
        ask("Complete", "W1"), {**reply(), "body": {"statusCode": 0, "uris": ["/api/v2/workbins/own"]}}, reply(code=6),
        ask("SetInFocus", "W9", "a2"), reply(agent="a2", code=6),
    ),
    "a message without a number in its reply, told before requests that follow": recorded(
        ask("SetInFocus", "W9", "a2"), reply(1, agent="a2", code=6), told("E0", "Invited", media="email"),
        ask("Reject", "E0", media="email"), ask("Create", "-", path="/api/v2/me/emails", queueUri="/queues/Out"),
        told("E1", "Composing", media="email", number=5), reply(5), ask("SetInFocus", "E1", media="email"),
        reply(4, code=6), reply(8), ask("SetInFocus", "E1", media="email"), reply(11, 10),
        told("E1", "Composing", media="email", number=10),
    ),
    "an unknown operation whose reply is cut off": recorded(
        told("W1", "Invited"), ask("Accept", "W1"), reply(2, 1), told("W1", "Processing", number=1),
        ask("Take", "S1", "a40", "smssession"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENES)
def test_nobody_is_accused(name):
    found = judged(SCENES[name])
    assert (found.findings, found.unreadable) == ((), ())


ACCEPTED = (told("W1", "Invited"), ask("Accept", "W1"), reply(2, 1), told("W1", "Processing", number=1))
ON = [
    line
    for number in (2, 3, 4, 5)
    for line in (ask("SetInFocus", "W1"), reply(3 * number - 1, number), told("W1", "Processing", number=number))
]
CUT = '{"operationName": "Acc'


@pytest.mark.parametrize(
    ("at", "change"),
    [
        (1, {"body": {"operationName": 5}}),
        (1, {"body": CUT}),
        (1, {"method": 7}),
        (2, {"body": CUT}),
        (3, {"body": CUT}),
    ],
)
def test_nothing_is_accused_that_follows_from_what_cannot_be_read(at, change):
    lines = [*ACCEPTED, *ON]
    lines[at] = {**lines[at], **change}
    found = judged(recorded(*lines))
    assert len(found.unreadable) == 1
    assert found.findings == ()
