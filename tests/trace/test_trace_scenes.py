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

BUSY = [
    line
    for at in range(10)
    for line in (
        told(f"M{at}", "Invited"), ask("Accept", f"M{at}"), reply(4 * at + 2, at + 50),
        told(f"M{at}", "Processing", number=at + 50),
    )
]  # fmt: skip
"""So many messages that what comes after them is not early any more."""

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
    "one agent, invited to a session under way, who removes somebody of whom nothing has been recorded": recorded(
        told("C1", "Invited", media="chat"), ask("Accept", "C1", media="chat", nickname="N"), reply(2),
        told("C1", "Chatting", media="chat", number=1),
        ask("RemoveParticipantFromConference", "C1", media="chat", targetUri="/users/a5"), reply(5, 2),
        told("C1", "Chatting", media="chat"), talk("a1"), reply(8),
    ),
    "messages of one agent, a supervisor, who puts a session into a workbin to which they are invited": (
        told("C1", "Invited", media="chat"), told("C1", "InWorkbin", media="chat", number=27),
    ),
    "an agent who is revoked and invited anew before they accept, and is told all of it after the reply": recorded(
        told("W1", "Invited"), ask("SetInFocus", "W9", "a2"), reply(2, agent="a2", code=6), ask("Accept", "W1"),
        reply(4, 7), told("W1", "Revoked"), told("W1", "Invited"), told("W1", "Processing", number=7),
        ask("Complete", "W1"), told("W1", "Completed", number=8), reply(9, 8),
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
    "two in flight, the later one of which is carried out first, before the message of the other": recorded(
        told("E1", "Invited", media="email"), ask("Accept", "E1", media="email"), reply(2, 1),
        told("E1", "Processing", media="email", number=1), told("W1", "Invited"),
        ask("UpdateUserData", "E1", media="email", userData={"key": 1}), ask("Accept", "W1"), reply(6), reply(7, 2),
        told("W1", "Processing", number=2),
    ),
    "two requests without numbers in their replies, the second made after a greater number was given": recorded(
        told("E1", "Invited", media="email"), ask("Accept", "E1", media="email"), reply(2, 1),
        told("E1", "Processing", media="email", number=1), told("W1", "Invited"),
        ask("UpdateUserData", "E1", media="email", userData={"key": 1}), ask("Accept", "W1"), reply(7, 2),
        told("W1", "Processing", number=2), reply(6), ask("SetInFocus", "W1"), reply(11, 4),
        ask("UpdateUserData", "E1", media="email", userData={"key": 2}), reply(13),
        told("E1", "Processing", media="email", number=3), told("W1", "Processing", number=4),
    ),
    "an agent who leaves a session while another one comes into it": recorded(
        told("C1", "Invited", media="chat"), ask("Accept", "C1", media="chat", nickname="N"), reply(2),
        told("C1", "Chatting", media="chat", number=1), ask("SetInFocus", "W9", "a3"), reply(5, agent="a3", code=6),
        ask("Invite", "C1", media="chat", targetUri="/users/a3"), reply(7, 2), told("C1", "Chatting", media="chat"),
        ask("Leave", "C1", media="chat"), told("C1", "Invited", "a3", "chat"),
        ask("Accept", "C1", "a3", "chat", nickname="N"), reply(12, agent="a3"), told("C1", "Chatting", media="chat"),
        reply(10), told("C1", "Chatting", "a3", "chat", 3), told("C1", "Completed", media="chat"),
        told("W1", "Invited"), ask("Accept", "W1"), reply(19, 5), told("W1", "Processing", number=5),
    ),
    "a supervisor who moves what they were invited to, and is told of the invitation afterwards": recorded(
        ask("SetInFocus", "W9", "a2"), reply(1, agent="a2", code=6),
        ask("AddInteraction", "-", path="/api/v2/users/a4/workbins/own", uri="/api/v2/interactions/S1"), reply(3, 1),
        told("S1", "Invited", media="smssession"), told("S1", "Revoked", media="smssession"),
        told("S1", "InWorkbin", media="smssession", number=1),
    ),
    "a supervisor who moves what its agent has just lost, since they let their time pass": recorded(
        told("W1", "Invited", "a3"), ask("Accept", "W1", "a3"), reply(2, 1, "a3"),
        told("W1", "Processing", "a3", number=1),
        ask("AddInteraction", "-", path="/api/v2/users/a2/workbins/seat", uri="/api/v2/interactions/W1"), reply(5, 2),
        told("W1", "Revoked", "a3"), told("W1", "InWorkbin", number=2),
    ),
    "a session that ends for one agent when another one has just lost it, since they let their time pass": recorded(
        told("C1", "Invited", media="chat"), ask("Accept", "C1", media="chat", nickname="N"), reply(2),
        told("C1", "Chatting", media="chat", number=1), ask("Invite", "C1", media="chat", targetUri="/users/a2"),
        reply(5, 2), told("C1", "Invited", "a2", "chat"), ask("Accept", "C1", "a2", "chat", nickname="N"),
        reply(8, agent="a2"), told("C1", "Chatting", "a2", "chat", 3), ask("Complete", "C1", media="chat"),
        reply(11), told("C1", "Completed", media="chat", number=4), told("C1", "Revoked", "a2", "chat"),
    ),
    "an agent who is revoked and invited anew before they reject it, whose reply is cut off": recorded(
        ask("SetInFocus", "W9"), reply(1, code=6), told("S1", "Invited", "a2", "smssession"),
        ask("Reject", "S1", "a2", "smssession"), {**reply(4, agent="a2"), "body": {}},
        told("S1", "Revoked", "a2", "smssession"), told("S1", "Invited", "a2", "smssession"),
        told("S1", "Completed", "a2", "smssession", 3),
    ),
    "a supervisor who moves what they were invited to, and then asks to accept it": recorded(
        ask("SetInFocus", "W9", "a2"), reply(1, agent="a2", code=6), told("W1", "Invited"),
        ask("AddInteraction", "-", path="/api/v2/users/a2/workbins/seat", uri="/api/v2/interactions/W1"),
        ask("Accept", "W1"), reply(4, 3), reply(5, code=2), told("W1", "Revoked"), told("W1", "InWorkbin", number=3),
    ),
    "a reply to a request of before that is put to the next one, since it names none": recorded(
        ask("SetInFocus", "F1", media="facebook"), reply(number=60), reply(code=2),
        told("F1", "Completed", media="facebook", number=60), since=501,
    ),
    "an invitation of before that ends when somebody else has accepted, after many messages": recorded(
        *BUSY,
        told("W1", "Invited", "a2"), ask("Accept", "W1", "a2"), reply(42, 71, "a2"),
        told("W1", "Processing", "a2", number=71), told("W1", "Revoked"), since=501,
    ),
    "a session of before whose end is told to many": recorded(
        *BUSY,
        talk("a2"), reply(41, agent="a2"), ask("Complete", "C1", "a2", "chat"), reply(43, agent="a2"),
        told("C1", "Completed", "a3", "chat"), told("C1", "Completed", "a2", "chat"),
        *(told("C1", "Completed", media="chat") for _ in range(2)), since=501,
    ),
    "a message of before to an agent who has pulled the item again": recorded(
        ask("PullInteraction", "-", path="/api/v2/workbins/own", id="W1", media="workitem"), reply(1, 37),
        told("W1", "InWorkbin"), told("W1", "Processing", number=37), since=501,
    ),
    "an answer to a request of before, after which somebody else has it": recorded(
        ask("AddComment", "F1", "a6", "facebook", comment="seen"), told("F1", "Completed", "a6", "facebook", 47),
        ask("AddComment", "F1", "a7", "facebook", comment="seen"), reply(1, agent="a6", code=5),
        told("F1", "Processing", "a7", "facebook", 97), reply(3, 97, "a7"), since=501,
    ),
    "an invitation of before that ends while another agent works on it": recorded(
        ask("Reply", "F1", "a2", "facebook", queueName="Out"), told("F1", "Revoked", "a3", "facebook"),
        told("F2", "Composing", "a2", "facebook", 57), reply(1, 57, "a2"),
        ask("Complete", "F1", "a2", "facebook"), reply(5, 58, "a2"), since=501,
    ),
    "a request of before that is carried out after later ones, and answered after its message": recorded(
        told("E1", "Invited", media="email"), ask("Accept", "E1", media="email"), reply(2, 32),
        told("E1", "Processing", media="email", number=32), told("W1", "Processing", number=48), reply(-100, 48),
        since=501,
    ),
    "a message of before with a lesser number than a reply without one can have": recorded(
        ask("SetInFocus", "W1"), reply(1, 15), ask("Complete", "F1", media="facebook"), reply(3),
        told("F1", "Processing", media="facebook", number=12), told("W1", "Processing", number=15),
        told("F1", "Completed", media="facebook", number=17), since=501,
    ),
    "one agent, who puts a session into another's workbin, and is told then that they were invited to it": recorded(
        told("C1", "Invited", media="chat"), ask("Reject", "C1", media="chat"), reply(2, 15),
        told("C1", "Completed", media="chat", number=15),
        ask("AddChat", "-", path="/api/v2/users/a2/workbins/own", uri="/api/v2/interactions/C1"), reply(5, 17),
        told("C1", "Invited", media="chat"), told("C1", "InWorkbin", media="chat", number=17),
    ),
    "requests and replies of a draft that was given away, and offered again after a while": recorded(
        ask("Transfer", "E1", "a3", "email", userUri="/users/a1"), reply(1, agent="a3"),
        ask("Accept", "E1", media="email"), reply(3), ask("Send", "E1", media="email", queueName="Out"), reply(5),
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
