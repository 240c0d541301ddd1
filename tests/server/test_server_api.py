"""The server as clients meet it: signing in, sessions, forged requests, other origins, bad input of every kind."""

import json
import socket
import time
from base64 import b64encode

import httpx2 as httpx
import pytest
from serving import basic, running

import ixnstate as ix
from ixnstate.server import Config, Person, application
from ixnstate.server.signin import SignIn, read_cookies


@pytest.fixture(scope="module")
def server():
    with running(automatic_routing=False) as running_server:
        yield running_server


@pytest.fixture(autouse=True)
def fresh(request):
    if "server" in request.fixturenames:
        request.getfixturevalue("server").door("reset")


# --- signing in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("kristi", "wrong"),
        basic("stranger"),
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic " + b64encode(b"\xff\xfe").decode()},
        {"Authorization": "Basic"},
        {"Authorization": ""},
        {"Authorization": "Bearer kristi-token"},
        {"Cookie": "JSESSIONID=invented"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_is_not_signed_in_is_told_so(server, headers, method):
    for path in ("/me", "/me/interactions", "/notifications", "/nonsense"):
        answered = httpx.request(method, server.api + path, headers=headers)
        assert (answered.status_code, answered.json()["statusCode"]) == (401, 20)
        assert "set-cookie" not in answered.headers
    assert answered.headers["www-authenticate"].startswith("Basic")


def test_a_script_is_not_asked_for_a_password(server):
    answered = httpx.get(server.api + "/me", headers={"Sec-Fetch-Mode": "cors"})
    assert answered.status_code == 401
    assert "www-authenticate" not in answered.headers


def test_the_version_needs_no_signing_in(server):
    assert server.get("/diagnostics/version", user=None).json() == {"statusCode": 0, "version": "8.5.200.50"}


def test_the_cookie_of_a_session_is_enough(server):
    with httpx.Client() as client:
        first = client.get(server.api + "/me", headers=basic("kristi"))
        assert "JSESSIONID=" in first.headers["set-cookie"]
        assert "HttpOnly" in first.headers["set-cookie"]
        again = client.get(server.api + "/me")
        assert again.json()["user"]["id"] == "kristi"
        assert "set-cookie" not in again.headers


def test_other_credentials_begin_another_session(server):
    with httpx.Client() as client:
        client.get(server.api + "/me", headers=basic("kristi"))
        assert client.get(server.api + "/me", headers=basic("john")).json()["user"]["id"] == "john"
        assert client.get(server.api + "/me", headers=basic("john", "wrong")).status_code == 401


def test_ending_the_contact_centre_session_ends_the_http_session(server):
    with httpx.Client() as client:
        client.get(server.api + "/me", headers=basic("kristi"))
        assert client.post(server.api + "/me", json={"operationName": "EndContactCenterSession"}).json() == {
            "statusCode": 0
        }
        assert client.get(server.api + "/me").status_code == 401


def test_bearer_tokens_are_an_option():
    with running(bearer=True) as server:
        answered = httpx.get(server.api + "/me", headers={"Authorization": "Bearer kristi-token"})
        assert answered.json()["user"]["id"] == "kristi"
        assert httpx.get(server.api + "/me", headers={"Authorization": "Bearer x"}).status_code == 401
        assert server.get("/me").status_code == 200


def test_nobody_sees_what_is_anothers(server):
    id = server.door("submit", media="chat", queue="Inbound", agent="kristi")["id"]
    server.post(f"/me/chats/{id}", {"operationName": "Accept", "nickname": "Kristi"})
    server.post(f"/me/chats/{id}", {"operationName": "SendMessage", "text": "hello"})
    for path in (f"/me/chats/{id}", f"/me/chats/{id}/messages", f"/chats/{id}"):
        assert server.get(path).status_code == 200
        assert server.get(path, user="john").status_code == 404
    assert server.get("/me/interactions", user="john").json()["uris"] == []
    assert server.post(f"/me/chats/{id}", {"operationName": "Leave"}, user="john").json()["statusCode"] == 5


# --- sessions, without a socket ---------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_session_that_is_idle_for_too_long_is_over():
    clock = Clock()
    sign_in = SignIn(Config(agents=(ix.Agent("a"),), session_timeout=10.0), clock)
    session, is_new = sign_in.enter(basic("a")["Authorization"], None)
    assert is_new
    clock.now = 9.0
    assert sign_in.enter(None, session.id) == (session, False)
    clock.now = 18.0
    assert sign_in.enter(None, session.id) == (session, False)
    clock.now = 28.5
    assert sign_in.enter(None, session.id) == (None, False)
    assert len(sign_in) == 0


def test_sessions_are_bounded(monkeypatch):
    monkeypatch.setattr("ixnstate.server.signin.MAX_SESSIONS", 3)
    sign_in = SignIn(Config(agents=(ix.Agent("a"),)), Clock())
    made = [sign_in.enter(basic("a")["Authorization"], None)[0] for _ in range(5)]
    assert len(sign_in) == 3
    assert [sign_in.enter(None, each.id)[0] is not None for each in made] == [False, False, True, True, True]


def test_who_is_no_longer_configured_is_no_longer_signed_in():
    sign_in = SignIn(Config(agents=(ix.Agent("a"), ix.Agent("b"))), Clock())
    gone, _ = sign_in.enter(basic("a")["Authorization"], None)
    kept, _ = sign_in.enter(basic("b")["Authorization"], None)
    sign_in.configure(Config(agents=(ix.Agent("b"),), people={"b": Person(password="new")}))
    assert sign_in.enter(None, gone.id)[0] is None
    assert sign_in.enter(None, kept.id)[0] is kept
    assert sign_in.enter(basic("b", "new")["Authorization"], None)[0] is not None


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, {}),
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ('a="x y";;=; c', {"a": "x y", "": ""}),
        ("a=1; a=2", {"a": "1"}),
    ],
)
def test_cookies_are_read_as_far_as_they_are_cookies(header, found):
    assert read_cookies(header) == found


# --- forged requests ------------------------------------------------------------------------------------------------


def test_with_csrf_a_post_needs_the_token_of_its_session():
    with (
        running(csrf=True) as server,
        httpx.Client(base_url=server.api) as client,
        httpx.Client(base_url=server.api) as other,
    ):
        begun = client.get("/me", headers=basic("kristi"))
        name, token = begun.headers["x-csrf-header"], begun.headers["x-csrf-token"]
        assert name == "X-CSRF-TOKEN"
        wrong = other.get("/me", headers=basic("kristi")).headers["x-csrf-token"]
        assert wrong != token
        body = {"operationName": "NotReady"}
        for headers in ({}, {name: wrong}, {name: ""}):
            refused = client.post("/me", json=body, headers=headers)
            assert (refused.status_code, refused.text) == (403, "Missing or invalid Csrf token")
        assert client.post("/notifications", json=[]).status_code == 403
        without_cookie = httpx.post(server.api + "/me", json=body, headers={**basic("kristi"), name: token})
        assert without_cookie.status_code == 403
        assert client.post("/me", json=body, headers={name: token}).json() == {"statusCode": 0}
        assert client.delete("/me", headers={name: token}).status_code == 405


# --- other origins --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:5173", True), ("http://127.0.0.1:3000", True), ("https://[::1]:1", True),
        ("http://evil.example", False), ("http://localhost.evil.example", False), ("null", False), ("http://[", False),
    ],
)  # fmt: skip
def test_pages_of_this_machine_may_ask_and_others_may_not(server, origin, allowed):
    answered = server.get("/me", user=None)
    answered = httpx.get(server.api + "/me", headers={**basic("kristi"), "Origin": origin})
    assert answered.status_code == 200
    assert answered.headers.get("access-control-allow-origin") == (origin if allowed else None)
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-csrf-token,authorization",
    }
    preflight = httpx.options(server.api + "/me", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers.get("access-control-allow-credentials") == ("true" if allowed else None)
    if allowed:
        assert preflight.headers["access-control-allow-headers"] == "x-csrf-token,authorization"
        assert "X-CSRF-TOKEN" in preflight.headers["access-control-expose-headers"]


def test_configured_origins_may_ask():
    with running(origins=("https://desktop.example",)) as server:
        headers = {**basic("kristi"), "Origin": "https://desktop.example"}
        assert (
            httpx.get(server.api + "/me", headers=headers).headers["access-control-allow-origin"]
            == "https://desktop.example"
        )


def test_no_page_of_another_origin_can_use_the_back_door_unasked(server):
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answered = httpx.post(server.url + "/backdoor/reset", content=b"{}", headers={"Content-Type": kind})
        assert answered.status_code == 415


# --- what a session is made of: end to end
# -----------------------------------------------------------------------------


def test_the_transcript_of_a_session_is_kept(server):
    id = server.door("submit", media="chat", queue="Inbound", agent="kristi")["id"]
    server.post(f"/me/chats/{id}", {"operationName": "Accept", "nickname": "Kristi"})
    server.post(f"/me/chats/{id}", {"operationName": "SendMessage", "text": "How can I help you?"})
    server.post(f"/me/chats/{id}", {"operationName": "SendUrl", "url": "http://example.com"})
    messages = server.get(f"/me/chats/{id}/messages").json()["messages"]
    assert [each["type"] for each in messages] == ["ParticipantJoined", "Text", "PushUrl"]
    assert messages[1]["text"] == "How can I help you?"
    assert messages[1]["from"]["nickname"] == "Kristi"
    assert [each["index"] for each in messages] == sorted(each["index"] for each in messages)
    assert server.get(f"/me/chats/{id}/messages?startIndex=2").json()["messages"] == messages[2:]


def test_addresses_are_those_of_the_request(server):
    assert server.get("/me").json()["user"]["uri"] == f"{server.api}/users/kristi"
    other = httpx.get(server.api + "/me", headers={**basic("kristi"), "Host": "cc.example:99"})
    assert other.json()["user"]["uri"] == "http://cc.example:99/api/v2/users/kristi"


def test_what_is_created_has_its_id_in_a_header(server):
    answered = server.post("/me/emails", {"operationName": "Create", "queueUri": "/queues/Outbound"})
    assert answered.json() == {"statusCode": 0}
    id = answered.headers["x-interaction-id"]
    assert len(id) == 16
    assert server.get(f"/me/emails/{id}").json()["email"]["state"] == "Composing"


def test_an_escaped_slash_is_part_of_a_name(server):
    id = server.door("submit", media="workitem", queue="Inbound", id="a/b?c", agent="kristi")["id"]
    assert server.get("/me/workitems/a%2Fb%3Fc").json()["workitem"]["id"] == id
    assert server.get("/me/workitems/a/b").status_code == 404


# --- bad input --------------------------------------------------------------------------------------------------------

BODIES = [
    b"", b"nonsense", b"\xff\xfe\x00", b"null", b"5", b"[]", b'"x"', b"{", b"{}" * 2, b"[" * 100_000, b'{"a":' * 5_000,
        b"1e999",
    b"9" * 10_000, b'{"operationName":"Accept","operationName":"Reject"}', b'{"operationName":NaN}', b"\xef\xbb\xbf{}",
        b'"\\ud800"',
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
@pytest.mark.parametrize(
    "path", ["/me", "/me/chats/x", "/notifications", "/notifications/connect", "/workbins?workbinIds=a"]
)
def test_a_body_that_means_nothing_is_refused(server, path, body):
    answered = httpx.post(server.api + path, content=body, headers=basic("kristi"))
    if answered.status_code == 200:  # CometD says what is wrong in a message
        assert "notifications" in path
        assert not any(each["successful"] for each in answered.json())
    else:
        assert 400 <= answered.status_code < 500, answered.text
        answered.json()


@pytest.mark.parametrize(
    "path",
    [
        "/backdoor/submit",
        "/backdoor/clock",
        "/backdoor/reset",
        "/backdoor/faults",
        "/backdoor/act",
        "/backdoor/seed",
        "/backdoor/routing",
    ],
)
@pytest.mark.parametrize("body", [body for body in BODIES if body != b""], ids=lambda body: repr(body[:20]))
def test_the_back_door_refuses_it_too(server, path, body):
    answered = httpx.post(server.url + path, content=body, headers={"Content-Type": "application/json"})
    assert (
        answered.status_code == 400
        or (path, body) == ("/backdoor/reset", b"\xef\xbb\xbf{}")
        or body == b"\xef\xbb\xbf{}"
    )
    assert answered.status_code < 500
    assert isinstance(answered.json(), dict)


@pytest.mark.parametrize(("path", "limit"), [("/me", 8 << 20), ("/notifications", 65_536)])
def test_a_huge_body_is_not_read(server, path, limit):
    answered = httpx.post(server.api + path, content=b"x" * (limit + 1), headers=basic("kristi"))
    assert answered.status_code == 413

    def endless():
        for _ in range(256):
            yield b"x" * 65_536

    answered = httpx.post(server.api + path, content=endless(), headers=basic("kristi"))
    assert answered.status_code == 413


def raw(server, text, wait=3.0):
    """What comes back for these bytes, within a while."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as connection:
        connection.sendall(text)
        try:
            return connection.recv(65_536)
        except TimeoutError:
            return None
        except ConnectionError:
            return b""


AUTH = basic("kristi")["Authorization"].encode()


@pytest.mark.parametrize(
    "text",
    [
        b"nonsense\r\n\r\n",
        b"GET /api/v2/me HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /api/v2/me HTTP/1.1\r\n\r\n",
        b"POST /api/v2/me HTTP/1.1\r\nHost: x\r\nAuthorization: "
        + AUTH
        + b"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/v2/me HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/v2/me HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20_000)) + b"\r\n",
    ],
    ids=lambda text: repr(text[:40]),
)
def test_what_is_no_http_is_refused(server, text):
    came = raw(server, text)
    assert came == b"" or came.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), came
    assert server.get("/me").status_code == 200


def test_a_client_that_leaves_in_the_middle_harms_nobody(server):
    start = b"POST /api/v2/me HTTP/1.1\r\nHost: x\r\nAuthorization: " + AUTH + b"\r\nContent-Length: 50\r\n\r\n{"
    host, port = server.url.removeprefix("http://").split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(start)
    assert server.get("/me").status_code == 200


def test_a_body_that_does_not_come_is_waited_for_no_longer_than_a_while(server, monkeypatch):
    monkeypatch.setattr("ixnstate.server.http.BODY_SECONDS", 0.2)
    start = b"POST /api/v2/me HTTP/1.1\r\nHost: x\r\nAuthorization: " + AUTH + b"\r\nContent-Length: 50\r\n\r\n{"
    assert raw(server, start, wait=10.0).startswith(b"HTTP/1.1 408")


def test_websockets_are_not_spoken(server):
    upgrade = (
        b"GET /api/v2/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: " + AUTH + b"\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert raw(server, upgrade).startswith(b"HTTP/1.1 4")


def test_a_fault_of_ours_is_answered_and_told(server, monkeypatch, caplog):
    def broken(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr(server.app.engine, "request", broken)
    answered = server.get("/me")
    assert (answered.status_code, answered.json()["statusCode"]) == (500, 4)
    assert "a fault of ours, at GET /api/v2/me" in caplog.text
    monkeypatch.undo()
    assert server.get("/me").status_code == 200


# --- time -----------------------------------------------------------------------------------------------------------


def test_an_invitation_that_nobody_answers_is_revoked_by_itself():
    with running(delivering_timeout=0.3, automatic_routing=False) as server:
        id = server.door("submit", media="workitem", queue="Inbound", agent="kristi")["id"]
        until = time.monotonic() + 10
        while server.get(f"/me/workitems/{id}").status_code == 200:
            assert time.monotonic() < until
            time.sleep(0.05)
        journal = [json.loads(line) for line in httpx.get(server.url + "/backdoor/journal").text.splitlines()]
        states = [each["body"]["workitem"]["state"] for each in journal if each["kind"] == "notification"]
        assert states == ["Invited", "Revoked"]


def test_what_waits_is_offered_by_itself():
    with running() as server:
        id = server.door("submit", media="workitem", queue="Inbound")["id"]
        having = {each["id"]: [item["id"] for item in each["interactions"]] for each in server.state()["agents"]}
        assert sum(id in items for items in having.values()) == 1


def test_an_application_of_a_centre_has_its_agents():
    center = ix.ContactCenter(agents=[ix.Agent("a1")], queues=["In"])
    center.submit(media="chat", queue="In", id="c1")
    with running(center, automatic_routing=False) as server:
        assert server.get("/me", user="a1").json()["user"]["id"] == "a1"
        assert [each["count"] for each in server.state()["queues"]] == [1]
    with pytest.raises(TypeError, match="nonsense"):
        application(center, nonsense=1)
