"""The back door: what no documented request can do; faults on purpose; the journal, which is legal; near misses."""

import asyncio
import json
import sqlite3
import sys
import time
from datetime import datetime

import httpx2 as httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from serving import running

import ixnstate as ix
from ixnstate.server.faults import FaultError, Faults, read_rule
from ixnstate.server.feed import Feed
from ixnstate.server.recorder import Recorder
from ixnstate.testing import HttpDriver
from ixnstate.testing.backdoor import BackDoor


@pytest.fixture(scope="module")
def shared():
    with running(automatic_routing=False) as server:
        yield server


@pytest.fixture
def server(shared):
    shared.door("reset")
    shared.door("clock", frozen=False)
    shared.door("routing", automatic=False)
    return shared


def refused(server, verb, /, **body):
    answered = httpx.post(f"{server.url}/backdoor/{verb}", json=body)
    assert answered.status_code >= 400
    return answered.status_code, answered.json()["error"]


def journal(server):
    return [json.loads(line) for line in httpx.get(f"{server.url}/backdoor/journal").text.splitlines()]


def state_of(server, id):
    return httpx.get(f"{server.url}/backdoor/interactions/{id}").json()["state"]


# --- verbs ------------------------------------------------------------------------------------------------------------


def test_it_says_what_it_is(server):
    said = httpx.get(f"{server.url}/backdoor").json()
    assert (said["ixnstate"], said["version"], said["api"]) == ("back door", 1, "/api/v2")


def test_an_interaction_is_submitted_offered_revoked_and_stopped(server):
    id = server.door("submit", media="chat", queue="Inbound", userData={"key": 1}, id="C1")["id"]
    assert id == "C1"
    assert server.door("offer", interaction=id, agent="john") == {"interaction": id, "state": "Invited"}
    assert server.get(f"/me/chats/{id}", user="john").json()["chat"]["userData"] == {"key": 1}
    assert server.door("revoke", interaction=id)["state"] == "Queued"
    assert server.door("stop", interaction=id)["state"] == "Completed"
    assert refused(server, "stop", interaction=id) == (
        409,
        "can't Stop chat C1 in state Completed; nothing leaves this state",
    )
    assert refused(server, "offer", interaction="none", agent="john")[0] == 404
    assert refused(server, "submit", media="chat", queue="Inbound", id="C1")[0] == 409


@pytest.mark.parametrize("media", ix.GWS.media)
def test_a_sample_of_every_medium_arrives(server, media):
    id = server.door("arrive", media=media)["id"]
    assert state_of(server, id) == "Queued"


def test_one_acts_as_an_agent(server):
    id = server.door("submit", media="workitem", queue="Inbound", agent="kristi")["id"]
    done = server.door("act", agent="kristi", operation="Accept", interaction=id)
    assert (done["status"], done["request"]["path"]) == (200, f"/api/v2/me/workitems/{id}")
    done = server.door("act", agent="kristi", operation="Transfer", interaction=id, arguments={"target_agent": "john"})
    assert done["body"]["statusCode"] == 0
    done = server.door("act", agent="john", method="GET", path=f"/me/workitems/{id}")
    assert done["body"]["workitem"]["state"] == "Invited"
    done = server.door("act", agent="john", operation="Complete", interaction=id)
    assert done["status"] == 400
    assert refused(server, "act", agent="nobody", path="/me")[0] == 404


def test_time_stands_still_and_is_moved_on(server):
    server.door("clock", frozen=True)
    id = server.door("submit", media="workitem", queue="Inbound", agent="kristi")["id"]
    now = server.door("clock")["now"]
    assert server.door("clock", advance=29)["now"] == pytest.approx(now + 29)
    assert state_of(server, id) == "Invited"
    server.door("clock", advance=1.5)
    assert state_of(server, id) == "Queued"
    assert server.door("clock", frozen=False)["frozen"] is False


def test_what_is_revoked_while_time_passes_is_told_at_its_own_time(server):
    server.door("clock", frozen=True)
    began = server.door("clock")["now"]
    for agent in ("kristi", "john"):
        server.door("submit", media="workitem", queue="Inbound", agent=agent)
        server.door("clock", advance=5)
    server.door("clock", advance=3600)
    times = [
        each["ts"]
        for each in journal(server)
        if each["kind"] == "notification" and each["body"]["workitem"]["state"] == "Revoked"
    ]
    first, second = (datetime.fromisoformat(time) for time in times)
    assert (second - first).total_seconds() == pytest.approx(5)
    assert server.door("clock")["now"] == pytest.approx(began + 3610)


def test_routing_is_switched(server):
    id = server.door("submit", media="workitem", queue="Inbound")["id"]
    assert state_of(server, id) == "Queued"
    server.door("routing", automatic=True)
    assert state_of(server, id) == "Invited"


def test_a_reset_makes_another_centre(server):
    config = {
        "agents": [{"id": "a1", "password": "secret"}],
        "center": {"queues": ["Q"], "profile": {"api_version": "8.5.0"}},
    }
    server.door("submit", media="chat", queue="Inbound")
    server.door("reset", config=config)
    shown = server.state()
    assert ([each["id"] for each in shown["agents"]], shown["queues"]) == (
        ["a1"],
        [{"name": "Q", "count": 0, "waiting": []}],
    )
    assert server.get("/me").status_code == 401
    assert httpx.get(server.api + "/me", auth=("a1", "secret")).status_code == 200
    from ixnstate.server import demonstration

    server.app.engine.reset(demonstration(log=False, arrivals=0.0))
    server.door("reset")


def test_several_are_seeded_at_once(server):
    ids = server.door(
        "seed",
        interactions=[{"media": "chat", "queue": "Inbound"}, {"media": "email", "queue": "Inbound", "agent": "john"}],
    )["ids"]
    assert [state_of(server, id) for id in ids] == ["Queued", "Invited"]


@pytest.mark.parametrize(
    ("verb", "body", "why"),
    [
        ("submit", {}, "media: is missing"),
        ("submit", {"media": "fax", "queue": "Inbound"}, "media: unknown 'fax'; known are chat"),
        ("submit", {"media": "chat", "queue": 5}, "queue: expected a string of 1 to 512 characters, found 5"),
        ("submit", {"media": "chat", "queue": "Inbound", "userData": []}, "userData: expected an object, found []"),
        ("submit", {"media": "chat", "queue": "Inbound", "more": 1}, "there is no more; there are media, queue"),
        ("arrive", {"media": "fax"}, "media: unknown 'fax'"),
        ("offer", {"interaction": "x"}, "agent: is missing"),
        ("act", {"agent": "kristi", "operation": "Accept", "interaction": "x"}, "there is no interaction 'x'"),
        ("act", {"agent": "kristi"}, "path: is missing"),
        ("clock", {"advance": -1}, "advance: expected a number of seconds from 0 to 1e9, found -1"),
        ("clock", {"advance": True}, "advance: expected a number"),
        ("clock", {"advance": 10**400}, "advance: expected a number of seconds from 0 to 1e9, found 1000"),
        ("clock", {"frozen": "no"}, "frozen: expected true or false, found 'no'"),
        ("routing", {}, "automatic: expected true or false, found None"),
        ("reset", {"config": []}, "config: expected an object, found []"),
        ("reset", {"config": {"agent": 1}}, "config: agent: there is no such table; there are server, center, agents"),
        ("seed", {"interactions": 5}, "interactions: expected a list of objects, found 5"),
        ("faults", {}, "says no fault: give latency, status or message"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(server, verb, body, why):
    status, said = refused(server, verb, **body)
    assert status in (400, 404)
    assert why in said


def test_what_is_in_a_workbin_and_who_has_subscribed_to_it_is_shown(server):
    own = "6c715fa9-de16-4d23-b07c-cbcb1caf3e07"
    id = server.door("submit", media="workitem", queue="Inbound", agent="kristi")["id"]
    server.post(f"/me/workitems/{id}", {"operationName": "Accept"})
    server.post(f"/me/workbins/{own}", {"operationName": "Subscribe"})
    server.post(f"/me/workbins/{own}", {"operationName": "AddWorkitem", "id": id})
    (shown,) = [each["instances"] for each in server.state()["workbins"] if each["id"] == own]
    assert [(each["owner"], [item["id"] for item in each["content"]], each["subscribers"]) for each in shown] == [
        ("kristi", [id], ["kristi"])
    ]
    seen = httpx.get(f"{server.url}/backdoor/interactions/{id}").json()
    assert seen["workbin"]["id"] == own
    legal = {each["name"] for agent in seen["agents"] for each in agent["operations"] if each["legal"]}
    assert legal == {"GetWorkbinContent", "PullInteraction"}


def test_an_interaction_that_is_not_there_has_no_story(server):
    answered = httpx.get(f"{server.url}/backdoor/interactions/none")
    assert (answered.status_code, answered.json()["error"]) == (404, "there is no interaction 'none'")


def test_an_agent_answers_as_the_back_door_lets_them(server):
    id = server.door("submit", media="email", queue="Inbound", agent="kristi")["id"]
    server.door("act", agent="kristi", operation="Accept", interaction=id)
    about = {"agent": "kristi", "interaction": id, "operation": "Reply"}
    assert server.door("act", **about, arguments={"queue_name": "Outbound"})["status"] == 200
    assert refused(server, "act", **about, arguments=[1]) == (400, "arguments: expected an object, found [1]")


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("offer", {"interaction": "x", "agent": "kristi"}, 500),
        ("routing", {"automatic": True}, 500),
        ("clock", {"advance": 1}, 500),
        ("reset", {}, 409),
    ],
)
def test_a_state_that_cannot_be_stored_is_told(server, monkeypatch, verb, body, status):
    def fail(*_):
        raise sqlite3.OperationalError("disk full")

    for method in ("perform", "advance", "reset"):
        monkeypatch.setattr(server.app.engine, method, fail)
    found = refused(server, verb, **body)
    monkeypatch.undo()
    assert found[0] == status
    assert found[1].endswith("disk full")


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"{", "application/json", (400, "JSON")),
        (b"[]", "application/json", (400, "expected an object, found []")),
        (b"{}", "text/plain", (415, "the back door takes application/json")),
        (b" " * 11, "application/json", (413, "the body is longer than 10 bytes")),
    ],
)
def test_a_body_that_is_not_taken_is_told(server, monkeypatch, content, kind, said):
    monkeypatch.setattr(sys.modules["ixnstate.server.application"], "LARGEST_ORDER", 10)
    answered = httpx.post(f"{server.url}/backdoor/routing", content=content, headers={"Content-Type": kind})
    assert answered.status_code == said[0]
    assert said[1] in answered.json()["error"]


def asked(app, scope, *messages):
    """What an application sends to one who asks it directly."""
    sent, coming = [], [*messages]

    async def receive():
        return coming.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def test_a_web_socket_is_closed(server):
    sent = asked(server.app, {"type": "websocket", "path": "/"}, {"type": "websocket.connect"})
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_one_who_goes_before_the_body_has_come_changes_nothing(server):
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/backdoor/reset",
        "raw_path": b"/backdoor/reset", "query_string": b"", "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip
    server.door("submit", media="chat", queue="Inbound", id="C1")
    begun = {"type": "http.request", "body": b"{", "more_body": True}
    sent = asked(server.app, scope, begun, {"type": "http.disconnect"})
    assert sent[0]["status"] == 400
    assert state_of(server, "C1") == "Queued"


def test_its_documentation_is_an_openapi_document(server):
    said = httpx.get(f"{server.url}/docs/openapi.json").json()
    OpenAPIV31SpecValidator(said).validate()
    verbs = {path.rpartition("/")[2] for path, item in said["paths"].items() if "post" in item}
    assert verbs == server.app.back_door.verbs.keys()
    OpenAPIV31SpecValidator(httpx.get(f"{server.url}/docs/api.json").json()).validate()
    assert "<h1" in httpx.get(f"{server.url}/docs").text


def test_without_a_back_door_there_is_none():
    with running(back_door=False) as server:
        assert httpx.get(f"{server.url}/backdoor").status_code == 404
        assert httpx.get(f"{server.url}/").status_code == 404
        assert server.get("/me").status_code == 200
        assert httpx.get(f"{server.url}/metrics").status_code == 200


def test_a_reader_of_the_feed_is_kept_awake_and_let_go_where_they_are_far_behind(monkeypatch):
    monkeypatch.setattr("ixnstate.server.feed.HEARTBEAT", 0.01)
    monkeypatch.setattr("ixnstate.server.feed.MAX_WAITING", 2)

    async def read():
        feed = Feed()
        behind, other = feed.read(), feed.read()
        heard = [await anext(behind), await anext(other), await anext(other)]
        for number in range(4):
            feed.tell("message", {"number": number})
        heard += [each async for each in behind]
        feed.stop()
        return heard, [each async for each in other]

    heard, late = asyncio.run(read())
    assert heard[:3] == [b"retry: 1000\n\n", b"retry: 1000\n\n", b": still here\n\n"]
    assert [each.partition(b"data: ")[2].strip() for each in heard[3:]] == [b'{"number":0}', b'{"number":1}']
    assert len(late) == 2


# --- faults -----------------------------------------------------------------------------------------------------------


def test_the_next_requests_that_fit_fail(server):
    server.door("faults", status=503, count=2, path="/me/chats", agent="kristi")
    assert [server.get("/me/chats").status_code for _ in range(3)] == [503, 503, 200]
    server.door("faults", status=500, operation="NotReady", body={"statusCode": 4, "statusMessage": "no"})
    assert server.post("/me", {"operationName": "Ready"}).status_code == 200
    failed = server.post("/me", {"operationName": "NotReady"})
    assert (failed.status_code, failed.json()["statusMessage"]) == (500, "no")
    assert [each["userState"]["state"] for each in server.get("/me/channels?channel=chat").json()["channels"]] == [
        "Ready"
    ]


def test_faults_are_listed_and_cleared(server):
    listed = server.door("faults", status=500, count=None)
    assert listed["faults"][0]["status"] == 500
    assert server.get("/me").status_code == 500
    assert httpx.delete(f"{server.url}/backdoor/faults").json() == {"faults": []}
    assert server.get("/me").status_code == 200


def test_answers_are_slow(server):
    server.door("faults", latency=0.3)
    began = time.monotonic()
    server.get("/me")
    assert time.monotonic() - began >= 0.3


MESSAGES = [("a1", "/x", 1), ("a2", "/x", 2), ("a1", "/x", 3), ("a1", "/y", 4)]


def with_fault(**said):
    faults = Faults()
    faults.add(read_rule(said))
    return [number for batch in ([MESSAGES[0]], MESSAGES[1:]) for _, _, number in faults.of_messages(batch)]


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({"message": "drop"}, [2, 3, 4]),
        ({"message": "drop", "agent": "a1", "count": 2}, [2, 4]),
        ({"message": "double", "channel": "/y"}, [1, 2, 3, 4, 4]),
        ({"message": "reorder"}, [2, 3, 1, 4]),
        ({"message": "reorder", "agent": "a2"}, [1, 3, 4]),
        ({"message": "drop", "count": None}, []),
        ({"status": 500}, [1, 2, 3, 4]),
    ],
)
def test_messages_are_dropped_doubled_and_out_of_order(said, sent):
    assert with_fault(**said) == sent


def test_a_message_that_is_late_comes_when_the_faults_are_over():
    faults = Faults()
    faults.add(read_rule({"message": "reorder"}))
    assert faults.of_messages([MESSAGES[0]]) == []
    assert faults.of_messages([MESSAGES[2]]) == [MESSAGES[2], MESSAGES[0]]
    assert faults.of_messages([MESSAGES[0]]) == [MESSAGES[0]]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "a fault is an object"),
        ({"stauts": 500}, "there is no stauts; there are count, method"),
        ({"status": 200}, "status: expected an HTTP status from 400 to 599"),
        ({"status": True}, "status: expected"),
        ({"latency": "1"}, "latency: expected seconds from 0 to 600"),
        ({"latency": 1e9}, "latency: expected"),
        ({"latency": 10**400}, "latency: expected"),
        ({"latency": float("nan")}, "latency: expected"),
        ({"latency": True}, "latency: expected"),
        ({"message": "lose"}, "message: expected drop, double, reorder"),
        ({"message": "drop", "path": "/me"}, "a fault of messages takes channel, agent and count only"),
        ({"status": 500, "channel": "/x"}, "a fault of requests takes no channel"),
        ({"status": 500, "count": 0}, "count: expected a whole number, 1 or more, or null"),
        ({"status": 500, "agent": 5}, "agent: expected a string"),
        ({}, "says no fault"),
    ],
)
def test_a_fault_that_is_none_is_refused(said, why):
    with pytest.raises(FaultError, match=why.replace("(", r"\(")):
        read_rule(said)


# --- the journal
# ----------------------------------------------------------------------------------------------------------


def a_day(server):
    """Chats, mails, workbins, refusals: what a day brings."""
    chat = server.door("submit", media="chat", queue="Inbound", agent="kristi")["id"]
    server.post("/me", {"operationName": "StartContactCenterSession", "channels": ["chat", "email", "workitem"]})
    server.post(f"/me/chats/{chat}", {"operationName": "SendMessage", "text": "too early"})
    server.post(f"/me/chats/{chat}", {"operationName": "Accept", "nickname": "Kristi"})
    server.post(f"/me/chats/{chat}", {"operationName": "SendMessage", "text": "hello"})
    server.post(f"/me/chats/{chat}", {"operationName": "Invite", "targetUri": "/users/john"})
    server.post(f"/me/chats/{chat}", {"operationName": "Accept", "nickname": "John"}, user="john")
    server.get(f"/me/chats/{chat}/messages")
    server.post(f"/me/chats/{chat}", {"operationName": "Leave"}, user="john")
    server.post(f"/me/chats/{chat}", {"operationName": "Complete"})
    draft = server.post("/me/emails", {"operationName": "Create", "queueUri": "/queues/Outbound"}).headers[
        "x-interaction-id"
    ]
    server.post(f"/me/emails/{draft}", {"operationName": "Save", "email": {"subject": "S"}})
    server.post(f"/me/emails/{draft}", {"operationName": "Cancel"})
    own = "6c715fa9-de16-4d23-b07c-cbcb1caf3e07"
    server.post(f"/me/workbins/{own}", {"operationName": "Subscribe"})
    item = server.door("submit", media="workitem", queue="Inbound", agent="kristi")["id"]
    server.post(f"/me/workitems/{item}", {"operationName": "Accept"})
    server.post(f"/me/workbins/{own}", {"operationName": "AddWorkitem", "id": item})
    server.get(f"/me/workbins/{own}?subresources=*")
    server.post(f"/me/workbins/{own}", {"operationName": "PullWorkitem", "id": item})
    server.post(f"/me/workitems/{item}", {"operationName": "Complete"})
    server.post(f"/me/workitems/{item}", {"operationName": "Complete"})
    server.post(f"/me/workitems/{item}", {"operationName": "Fly"})
    lost = server.door("submit", media="workitem", queue="Inbound", agent="john")["id"]
    server.door("clock", advance=31)
    server.door("stop", interaction=lost)
    return chat, item


def test_the_journal_is_found_legal(server, tmp_path):
    a_day(server)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(httpx.get(f"{server.url}/backdoor/journal").content)
    report = ix.trace.validate(path)
    assert [str(each) for each in report.findings] == []
    assert report.operations > 10
    assert report.notifications > 10


def test_the_journal_shows_a_fault_that_the_server_was_told_to_make(server, tmp_path):
    id = server.door("submit", media="workitem", queue="Inbound", agent="kristi")["id"]
    server.door("faults", message="drop", channel="/v2/me/workitems")
    server.post(f"/me/workitems/{id}", {"operationName": "Accept"})
    server.post(f"/me/workitems/{id}", {"operationName": "Complete"})
    path = tmp_path / "journal.jsonl"
    path.write_bytes(httpx.get(f"{server.url}/backdoor/journal").content)
    assert [finding.code for finding in ix.trace.validate(path).findings]


def test_records_are_numbered_and_cleared(server):
    server.get("/me")
    records = journal(server)
    assert [each["seq"] for each in records] == sorted({each["seq"] for each in records})
    kinds = [(each["kind"], each.get("answers")) for each in records[-2:]]
    assert kinds == [("request", None), ("response", records[-2]["seq"])]
    httpx.delete(f"{server.url}/backdoor/journal")
    assert journal(server) == []


def test_the_journal_is_bounded(monkeypatch):
    recorder = Recorder(5, lambda: "now")
    for number in range(9):
        recorder.request("a1", "POST", "/x", {"number": number})
    assert [json.loads(line)["seq"] for line in recorder.jsonl().splitlines()] == [5, 6, 7, 8, 9]
    monkeypatch.setattr("ixnstate.server.recorder.MAX_BYTES", 2_000)
    for _ in range(5):
        recorder.request("a1", "POST", "/x", {"text": "x" * 900})
    assert len(recorder) == 2


def test_near_misses_say_what_would_have_been_right(server):
    id = server.door("submit", media="workitem", queue="Inbound", agent="kristi")["id"]
    server.post(f"/me/workitems/{id}", {"operationName": "Complete"})
    server.post(f"/me/workitems/{id}", {"operationName": "Compleet"})
    first, second = httpx.get(f"{server.url}/backdoor/nearmisses").json()["nearMisses"][-2:]
    assert first["why"] == f"can't Complete workitem {id} in state Invited; agent kristi may Accept or Reject"
    assert (first["allowed"], first["path"], first["operation"]) == (["Accept", "Reject"], ["Accept"], "Complete")
    assert "did you mean Complete?" in second["why"]
    assert second["allowed"] is None


def test_a_story_is_that_of_one_interaction(server):
    chat, item = a_day(server)
    told = httpx.get(f"{server.url}/backdoor/interactions/{item}").json()
    assert told["state"] == "Completed"
    text = json.dumps(told["story"])
    assert item in text
    assert chat not in text
    requests = [each for each in told["story"] if each["kind"] == "request"]
    replies = [each for each in told["story"] if each["kind"] == "response"]
    assert {each["seq"] for each in requests} == {each["answers"] for each in replies}


def test_what_is_legal_is_said_of_every_agent_and_why_the_rest_is_not(server):
    id = server.door("submit", media="workitem", queue="Inbound", agent="kristi")["id"]
    shown = httpx.get(f"{server.url}/backdoor/interactions/{id}").json()
    of = {each["agent"]: each for each in shown["agents"]}
    assert of["kristi"]["view"] == {"state": "Invited", "capabilities": ["Accept", "Reject"]}
    legal = {name: {each["name"] for each in of[name]["operations"] if each["legal"]} for name in of}
    assert legal == {"kristi": {"Accept", "Reject", "GetWorkbinContent"}, "john": {"GetWorkbinContent"}}
    assert of["john"]["view"] is None
    assert all(bool(each["why"]) is not each["legal"] for each in of["john"]["operations"])
    for each in of["kristi"]["operations"]:
        if not each["legal"]:
            done = server.door("act", agent="kristi", operation=each["name"], interaction=id)
            assert done["status"] >= 400, each
    assert server.door("act", agent="kristi", operation="Accept", interaction=id)["status"] == 200


# --- the kit
# -------------------------------------------------------------------------------------------------------------


def test_the_kit_finds_the_back_door_by_itself(server):
    with HttpDriver(server.api) as driver:
        assert isinstance(driver.platform, BackDoor)
        assert driver.lacks == frozenset()
        driver.reset()
        id = driver.create(ix.Submit(new_id="x", media="workitem", queue="Inbound", user_data={"key": 1}))
        driver.offer(id, "a1")
        assert driver.view(id, "a1").state == "Invited"
        driver.advance(31)
        assert driver.view(id, "a1") is None
    assert HttpDriver(server.api, platform=lambda action: None).cometd is None
    assert HttpDriver("http://127.0.0.1:9/api/v2").platform is None
    from ixnstate.server import demonstration

    server.app.engine.reset(demonstration(log=False, arrivals=0.0))
    server.door("reset")
