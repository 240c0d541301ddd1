"""Laws of ``ixnstate record``, the recording proxy:

- whatever passes, passes as it is: status, headers, cookies, bytes, held polls;
- what is recorded of the conformance kit against the example server is what the server's own journal has, agent by
  agent, and is legal;
- each request stands under who is signed in, however that is shown; no credential is in the file.
"""

import asyncio
import contextlib
import gzip
import io
import json
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from http.client import HTTPConnection

import httpx2 as httpx
import pytest
from click.testing import CliRunner
from recording_proxy import recording, served
from serving import basic, running

import ixnstate as ix
from ixnstate.cli import cli
from ixnstate.proxy import Proxy, Transcript
from ixnstate.proxy.command import Watching
from ixnstate.proxy.passing import address_of
from ixnstate.reports.selecting import Sieve
from ixnstate.testing import HttpDriver, conform


def raw(url, method, target, headers, body=b""):
    """A request as it is written here, and the answer as it comes."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=20)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    answered = connection.getresponse()
    found = answered.status, answered.getheaders(), answered.read()
    connection.close()
    return found


def story(records, kinds):
    """What each agent asked and was answered, or was sent, without numbers and times."""
    told = defaultdict(list)
    for record in records:
        if record["kind"] in kinds:
            told[record["agent"]].append({k: v for k, v in record.items() if k not in ("seq", "ts", "answers")})
    return dict(told)


def kept_journal(recorder):
    """All that the server's journal has had; each reset forgets it."""
    kept, clear = [], recorder.clear

    def keeping():
        kept.extend(map(json.loads, recorder.jsonl().splitlines()))
        clear()

    recorder.clear = keeping
    return kept


@pytest.mark.parametrize(
    "supports",
    [{"workitem", "agent-workbin"}, {"email"}],
    ids=lambda supports: "-".join(sorted(supports)),
)
def test_a_recording_of_the_kit_is_the_servers_own_journal_and_legal(supports, tmp_path):
    with running() as server, recording(server.url) as proxy:
        journal = kept_journal(server.app.recorder)
        with HttpDriver(proxy.api) as driver:
            report = conform(lambda: driver, supports=supports, kinds=("tour",), examples=1, steps=10, seed=1)
        server.app.recorder.clear()
    assert report.ok, report.summary()
    assert len(journal) > 100
    for kinds in (("request", "response"), ("notification",)):
        theirs, ours = story(journal, kinds), story(proxy.records, kinds)
        assert ours.keys() == theirs.keys()
        for agent in theirs:
            assert ours[agent] == theirs[agent]
    file = tmp_path / "day.jsonl"
    file.write_text(proxy.text)
    judged = ix.trace.validate(file)
    assert judged.ok, judged.findings
    assert judged.operations > 50


# === what passes ====================================================================================================


class Upstream:
    """A server that answers what it is told to, and keeps what it was asked."""

    def __init__(self):
        self.asked, self.answers = [], {}

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        self.asked.append((scope["method"], target, scope["headers"], body))
        status, headers, pieces = self.answers.get(scope["path"], (200, [], [b"{}"]))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@contextlib.contextmanager
def passing(**options):
    upstream = Upstream()
    with served(upstream) as url, recording(url, **options) as proxy:
        yield upstream, proxy


@pytest.mark.parametrize(
    "target",
    ["/", "/x?y=1&y=2", "/a%2Fb/%7Ec;d=1", "/api/v2/me/chats/x%20y?fields=*&a=%26", "//double//", "/api/v2/me?q=a+b|c"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_a_request_passes_as_it_is(target, method):
    body = b"" if method == "GET" else b'{"a": "\xc3\xa9"}'
    with passing() as (upstream, proxy):
        raw(
            proxy.url,
            method,
            target,
            [("Cookie", "a=1; b=2"), ("X-One", "1"), ("X-One", "2"), ("Origin", "http://x")],
            body,
        )
        ((got_method, got_target, headers, got_body),) = upstream.asked
    assert (got_method, got_target.decode(), got_body) == (method, target, body)
    kept = [(name, value) for name, value in headers if name not in (b"content-length", b"accept-encoding")]
    host = proxy.url.removeprefix("http://").encode()
    assert kept == [
        (b"host", host),
        (b"cookie", b"a=1; b=2"),
        (b"x-one", b"1"),
        (b"x-one", b"2"),
        (b"origin", b"http://x"),
    ]


@pytest.mark.parametrize("path", ["/page", "/api/v2/me"])
@pytest.mark.parametrize("status", [200, 201, 204, 302, 304, 400, 401, 403, 404, 500, 503])
def test_an_answer_passes_as_it_is(path, status):
    packed = gzip.compress(b'{"statusCode": 0}')
    body = [] if status in (204, 304) else [packed[:5], packed[5:]]
    given = [
        (b"content-encoding", b"gzip"), (b"set-cookie", b"A=1; Path=/; HttpOnly"), (b"set-cookie", b"B=2"),
        (b"location", b"/x"),
        (b"x-csrf-token", b"t"),
    ]  # fmt: skip
    with passing() as (upstream, proxy):
        upstream.answers[path] = status, given, body
        answered, headers, content = raw(proxy.url, "GET", path, [])
    assert (answered, content) == (status, b"".join(body))
    kept = [(name.lower().encode(), value.encode()) for name, value in headers]
    assert [
        each
        for each in kept
        if each[0] not in (b"transfer-encoding", b"content-length", b"connection", b"date", b"server")
    ] == given


def test_a_gateway_gets_its_own_name_where_that_is_wanted():
    with passing(keeps_host=False) as (upstream, proxy):
        raw(proxy.url, "GET", "/", [])
        ((_, _, headers, _),) = upstream.asked
    assert dict(headers)[b"host"] != proxy.url.removeprefix("http://").encode()
    assert dict(headers)[b"host"].startswith(b"127.0.0.1:")


def test_a_server_that_is_not_there_is_said_and_recorded_as_unknown(tmp_path):
    with recording("http://127.0.0.1:9") as proxy:
        answered = httpx.post(f"{proxy.api}/me/workitems/w1", json={"operationName": "Accept"}, headers=basic("a1"))
    assert answered.status_code == 502
    assert "the upstream gives no answer" in answered.json()["error"]
    request, gap = proxy.records
    assert (request["kind"], gap["kind"], gap["missing"], gap["answers"]) == ("request", "gap", "reply", request["seq"])
    file = tmp_path / "day.jsonl"
    file.write_text(proxy.text)
    assert not ix.trace.validate(file).findings


@pytest.mark.parametrize(
    "upstream",
    [
        "",
        "localhost:8080",
        "ftp://x",
        "http://",
        "http://h:99999",
        "http://h:0",
        "http://u:p@h",
        "http://h/?a",
        "http://h/#a",
        "http://[x",
    ],
)
def test_an_address_that_is_none_is_refused(upstream, tmp_path):
    with pytest.raises(ValueError, match="http://host:port"):
        address_of(upstream)
    found = CliRunner().invoke(cli, ["record", "--upstream", upstream, "--out", str(tmp_path / "x.jsonl")])
    assert (found.exit_code, "http://host:port" in found.output) == (2, True)


def test_a_held_poll_is_answered_when_something_happens_and_ends_with_its_client():
    with (
        running(arrivals=0.0) as server,
        recording(server.url) as proxy,
        httpx.Client(headers=basic("kristi"), timeout=20) as client,
    ):
        client_id = client.post(
            f"{proxy.api}/notifications",
            json=[{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}],
        ).json()[0]["clientId"]
        subscribe = {"channel": "/meta/subscribe", "clientId": client_id, "subscription": "/v2/me/*"}
        assert client.post(f"{proxy.api}/notifications", json=[subscribe]).json()[0]["successful"]
        connect = {"channel": "/meta/connect", "clientId": client_id, "connectionType": "long-polling"}
        client.post(f"{proxy.api}/notifications", json=[{**connect, "advice": {"timeout": 0}}])
        threading.Timer(0.3, lambda: server.door("submit", media="workitem", queue="Inbound", agent="kristi")).start()
        batch = client.post(f"{proxy.api}/notifications", json=[connect]).json()
        assert any(message["channel"] == "/v2/me/workitems" for message in batch)
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"{proxy.api}/notifications", json=[connect], timeout=0.3)
        for _ in range(100):
            if not server.app.carrier.server.held:
                break
            time.sleep(0.02)
        assert not server.app.carrier.server.held
    told = [record for record in proxy.records if record["kind"] == "notification"]
    assert {record["agent"] for record in told} == {"kristi"}
    assert {record["body"]["workitem"]["state"] for record in told} == {"Invited"}
    assert [record["why"] for record in proxy.records if record["kind"] == "gap"] == ["it was broken off"]


# === whose it is ====================================================================================================


def test_requests_stand_under_who_is_signed_in():
    with running() as server, recording(server.url) as proxy:
        for agent in ("kristi", "john"):
            with httpx.Client() as client:
                client.get(f"{proxy.api}/me", headers=basic(agent))  # the cookie says it from here on
                client.get(f"{proxy.api}/me/interactions")
                client.cookies.set("ROUTE", "one")
                client.get(f"{proxy.api}/me/workbins")
        httpx.get(f"{proxy.api}/me", headers=basic("kristi", "wrong"))
        httpx.get(f"{proxy.api}/me")
    asked = [(record["agent"], record["path"]) for record in proxy.records if record["kind"] == "request"]
    paths = ("/api/v2/me", "/api/v2/me/interactions", "/api/v2/me/workbins")
    assert asked == [(agent, path) for agent in ("kristi", "john") for path in paths]


def test_a_session_that_began_elsewhere_is_named_by_the_answer_to_me_or_stands_apart():
    with running() as server, httpx.Client() as client, recording(server.url) as proxy:
        cookie = {"Cookie": server.get("/me").headers["set-cookie"].partition(";")[0]}
        other = {"Cookie": server.get("/me", user="john").headers["set-cookie"].partition(";")[0]}
        client.get(f"{proxy.api}/me", headers=cookie)
        client.get(f"{proxy.api}/me/interactions", headers=cookie)
        client.get(f"{proxy.api}/me/workbins", headers=other)
        client.get(f"{proxy.api}/me", headers=other)
    asked = [(record["agent"], record["path"]) for record in proxy.records if record["kind"] == "request"]
    assert [agent for agent, _ in asked] == ["kristi", "kristi", "(session 1)", "(session 1)"]


def test_no_credential_is_in_the_file():
    with running(csrf=True) as server, recording(server.url) as proxy, httpx.Client() as client:
        first = client.get(f"{proxy.api}/me", headers=basic("kristi"))
        token = {first.headers["x-csrf-header"]: first.headers["x-csrf-token"]}
        client.post(f"{proxy.api}/me/workitems", json={"operationName": "Create", "queueName": "x"}, headers=token)
        secrets = [basic("kristi")["Authorization"], first.headers["x-csrf-token"], client.cookies["JSESSIONID"]]
    assert len(proxy.records) == 4
    for secret in secrets:
        assert secret not in proxy.text


def test_a_request_waits_for_its_agent_and_what_comes_after_it_waits_too():
    written = []
    transcript = Transcript(lambda text, record: written.append(record), lambda: "2026-01-01T00:00:00.000+00:00")
    first = transcript.begin("GET", "/api/v2/me", [(b"cookie", b"JSESSIONID=1")], b"")
    known = [(b"authorization", b"Basic YTE6YTE=")]
    second = transcript.begin("POST", "/api/v2/me/chats/c1", known, b'{"operationName": "Accept"}')
    second.ended(200, [], b'{"statusCode": 0}')
    assert not written
    first.ended(200, [], b'{"user": {"userName": "a2"}}')
    assert [(each["seq"], each["agent"], each["kind"], each.get("answers")) for each in written] == [
        (1, "a2", "request", None), (2, "a1", "request", None), (3, "a1", "response", 2), (4, "a2", "response", 1),
    ]  # fmt: skip


def transcript_of(written):
    return Transcript(lambda text, record: written.append(record), lambda: "2026-01-01T00:00:00.000+00:00")


@pytest.mark.parametrize(
    ("end", "is_reset"),
    [
        (lambda reset: reset.ended(200, [], b"{}"), True),
        (lambda reset: reset.broken_off(), True),
        (lambda reset: reset.unanswered(), True),
        (lambda reset: reset.ended(409, [], b"{}"), False),
    ],
)
def test_after_a_reset_that_may_have_been_carried_out_nothing_is_known(end, is_reset):
    written = []
    transcript = transcript_of(written)
    known = [(b"authorization", b"Basic YTE6YTE=")]
    transcript.begin("GET", "/api/v2/me", known, b"").ended(200, [], b"{}")
    end(transcript.begin("POST", "/backdoor/reset", [], b"{}"))
    gaps = [each["missing"] for each in written if each["kind"] == "gap"]
    assert gaps == (["anything"] if is_reset else [])


@pytest.mark.parametrize(
    ("status", "body", "missing"),
    [
        (200, None, ["messages"]),
        (200, b"<html>", ["messages"]),
        (200, b"", []),
        (500, b"<html>", []),
    ],
)
def test_an_answer_of_cometd_that_cannot_be_read_may_have_had_messages(status, body, missing):
    written = []
    transcript = transcript_of(written)
    posted = b'[{"channel": "/meta/connect", "clientId": "c1"}]'
    transcript.begin("POST", "/api/v2/notifications", [], posted).ended(status, [], body)
    transcript.close()
    assert [each["missing"] for each in written] == missing


@pytest.mark.parametrize("body", [b"<html>", b"\xff", b"[" * 100_000])
def test_a_request_whose_body_is_not_json_is_recorded_without_it(body):
    written = []
    known = [(b"authorization", b"Basic YTE6YTE=")]
    exchange = transcript_of(written).begin("POST", "/api/v2/me/chats/c1", known, body)
    exchange.ended(400, [], b'{"statusCode": 10}')
    assert [(each["kind"], each["body"]) for each in written] == [("request", None), ("response", {"statusCode": 10})]


def test_who_goes_before_the_request_has_come_asks_nothing_and_a_web_socket_is_closed():
    written, sent, coming = [], [], [{"type": "http.disconnect"}, {"type": "websocket.connect"}]

    async def receive():
        return coming.pop(0)

    async def send(message):
        sent.append(message)

    async def ask():
        proxy = Proxy("http://127.0.0.1:9", transcript_of(written))
        await proxy({"type": "http", "method": "GET", "path": "/"}, receive, send)
        await proxy({"type": "websocket", "path": "/"}, receive, send)

    asyncio.run(ask())
    assert (written, sent) == ([], [{"type": "websocket.close", "code": 1000}])


# === the command ====================================================================================================


def test_the_command_records_judges_and_ends_with_a_verdict(tmp_path):
    out = tmp_path / "day.jsonl"
    with running() as server:
        command = [
            sys.executable,
            "-m",
            "ixnstate",
            "record",
            "--upstream",
            server.url,
            "--out",
            str(out),
            "--port",
            "0",
            "--judge",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            address = process.stdout.readline().partition("through ")[2].split()[0]
            for _ in range(2):
                httpx.post(
                    f"{address}/api/v2/me/workitems/w1", json={"operationName": "Accept"}, headers=basic("kristi")
                )
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "2 operations" in said
    assert [json.loads(line)["kind"] for line in out.read_text().splitlines()] == ["request", "response"] * 2
    assert out.stat().st_mode & 0o777 == 0o600
    again = CliRunner().invoke(cli, ["record", "--upstream", "http://localhost:1", "--out", str(out)])
    assert again.exit_code == 2
    assert "it has something in it" in again.output


def test_what_is_found_is_said_while_it_runs(tmp_path):
    said = io.StringIO()
    watching = Watching("day.jsonl", ix.GWS, Sieve(), said)
    with passing(watching=watching) as (upstream, proxy):
        upstream.answers["/api/v2/me/workitems/w1"] = 200, [], [b'{"statusCode": 0}']
        for _ in range(2):
            httpx.post(f"{proxy.api}/me/workitems/w1", json={"operationName": "Complete"}, headers=basic("a1"))
        httpx.post(f"{proxy.api}/me/workitems/w1", json={"operationName": "Complete"}, headers=basic("a1"))
        assert "IXN101" in said.getvalue()
        assert "day.jsonl:3" in said.getvalue()
    assert watching.end()
