"""The examples of embedding, run with the real test clients of their frameworks."""

import json
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import ixnstate as ix
from ixnstate.client import Progress

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "embedding"


@pytest.fixture(params=["fastapi_server"])
def served(request, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    for name in ("store", "client", request.param):
        sys.modules.pop(name, None)
    store = __import__("store").Store()
    with TestClient(__import__(request.param).application(store)) as http:
        yield store, http, __import__("client").Desk


def agent(served, name):
    _, http, mirror = served
    headers = {"x-agent": name}

    def post(path, body):
        reply = http.post(path, json=body, headers=headers)
        return reply.status_code, reply.content

    made = mirror(name, post)
    made.listen = lambda: [made.mirror.take(frame) for frame in http.get("/frames", headers=headers).json()]
    return made


def test_a_workitem_from_invitation_to_end(served):
    store, _, _ = served
    store.tell(ix.submit(id="W1", media="workitem", queue="In", user_data={"n": 1, "none": None}))
    store.tell(ix.step(store.records["W1"], ix.Offer(agent="a1")))
    a1 = agent(served, "a1")
    a1.listen()
    assert a1.mirror.view("W1").view == ix.View(ix.State.INVITED, ("Accept", "Reject"))

    early = a1.perform("Complete", "W1")
    assert early.progress is Progress.REFUSED
    assert early.why == "can't Complete workitem W1 in state Invited; agent a1 may Accept or Reject"
    assert a1.mirror.legal("W1").why_not["Complete"] == early.why
    accepted = a1.perform("Accept", "W1")
    assert (accepted.progress, accepted.reference_id) == (Progress.ACCEPTED, 1)
    assert a1.perform("AttachUserData", "W1", user_data={"more": [1, 2]}).progress is not Progress.REFUSED
    assert a1.mirror.expected("W1").state is ix.State.PROCESSING
    a1.listen()
    assert a1.mirror.view("W1").state is ix.State.PROCESSING
    assert a1.mirror.pending == ()
    assert store.records["W1"].user_data == {"n": 1, "none": None, "more": (1, 2)}
    a1.perform("Complete", "W1", queue_name="Later")
    a1.listen()
    assert (a1.mirror.views, store.records["W1"].state) == ({}, ix.State.QUEUED)


def test_two_agents_and_a_draft(served):
    a1, a2 = agent(served, "a1"), agent(served, "a2")
    status, body = a1.post("/api/v2/me/emails", {"operationName": "Create", "queueUri": "/queues/Out"})
    assert (status, json.loads(body)) == (200, {"statusCode": 0})
    a1.listen()
    ((draft, seen),) = a1.mirror.views.items()
    assert seen.state is ix.State.COMPOSING
    assert a1.perform("Transfer", draft, target_agent="a2").progress is not Progress.REFUSED
    a1.listen()
    a2.listen()
    assert a1.mirror.views == {}
    assert a2.mirror.view(draft).state is ix.State.COMPOSING
    refused = a1.perform("Send", draft, media="email", queue_name="Out")
    assert refused.progress is Progress.REFUSED
    a2.perform("Cancel", draft)
    a2.listen()
    assert a2.mirror.views == {}


@pytest.mark.parametrize(("path", "content", "status"), [
    ("/api/v2/me/chats/C1", b'{"operationName": "Accpet"}', 403), ("/api/v2/me/chats/C1", b"[]", 400),
    ("/api/v2/me/calls/C1", b"{}", 404), ("/api/v2/me/chats/C1", b'{"operationName": "Reject"}', 404),
])  # fmt: skip
def test_what_is_wrong_is_answered(served, path, content, status):
    _, http, _ = served
    reply = http.post(path, content=content, headers={"x-agent": "a1", "content-type": "application/json"})
    assert reply.status_code == status
    body = reply.json()
    assert body.get("statusCode", body.get("status")) != 0
