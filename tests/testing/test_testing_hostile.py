"""`HttpDriver` against servers that are broken, slow or lying: it goes on where it can, and else says what is wrong."""

import json
import re
import socket
import threading
from itertools import count, pairwise, repeat
from time import monotonic, sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate.bayeux import listening as protocol
from ixnstate.bayeux.listening import CometdError
from ixnstate.testing import HttpDriver, World, cometd, sessions

ONE = World(agents=(ix.Agent("a1"),), workbins=())
TOPIC = "/v2/me/workitems"


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """Everything that takes long takes less here."""
    monkeypatch.setattr(cometd, "FIRST_TROUBLE", 0.15)
    monkeypatch.setattr(cometd, "RECOVERY", 10.0)
    monkeypatch.setattr(cometd, "UNDERWAY", 0.3)
    monkeypatch.setattr(protocol, "DELAY", 0.5)
    monkeypatch.setattr(cometd, "END", 0.5)
    monkeypatch.setattr(sessions, "MAX_ANSWER", 100_000)


def whole(messages, status="200 OK", *headers):
    body = json.dumps(messages).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Slow(bytes):
    """Sent after a while."""


class Server:
    """Answers CometD properly, unless `instead` of an answer to a kind of message there is something else."""

    def __init__(self):
        self.instead = {}
        """By the kind of message: answers, which may be anything."""
        self.asked = []
        """The kinds of messages that have come, with the times."""
        self.messages = []
        self.holding = 0.1
        self.advice = {"reconnect": "retry", "interval": 0, "timeout": 200}
        self.is_stopping = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.listener.getsockname()[1]}/api/v2"
        self.threads = [threading.Thread(target=self.accept)]
        self.threads[0].start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.serve, args=(connection,))
            self.threads.append(thread)
            thread.start()

    def close(self):
        if self.is_stopping:
            return
        self.is_stopping = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(10)

    def serve(self, connection):
        with connection:
            connection.settimeout(5)
            try:
                for part in self.parts(connection.makefile("rb")):
                    sleep(0.05 if isinstance(part, Slow) else 0)
                    if self.is_stopping:
                        return
                    connection.sendall(part)
            except OSError:
                pass

    def parts(self, file):
        length = 0
        while (line := file.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        messages = json.loads(file.read(length))
        kind = messages[0]["channel"].removeprefix("/meta/")
        self.asked.append((kind, monotonic()))
        own = next(self.instead.get(kind, iter(())), None)
        if callable(own):
            own = own(messages)
        if own is None:
            own = whole(self.answers(messages, kind))
        return [own] if isinstance(own, bytes) else own

    def answers(self, messages, kind):
        replies = [
            {"channel": each["channel"], "id": each["id"], "successful": True, "advice": self.advice}
            for each in messages
        ]
        if kind == "handshake":
            replies[0] |= {"clientId": "c1", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}
        if kind == "connect":
            if messages[0].get("advice", {}).get("timeout") != 0:
                sleep(self.holding)
            told, self.messages = self.messages, []
            return [*({"channel": TOPIC, "data": each} for each in told), *replies]
        return replies


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


def listening(server, **options):
    return HttpDriver(server.base, world=ONE, cometd=True, platform=lambda action: None, **options)


def heard(driver, seconds=10.0):
    until = monotonic() + seconds
    while not (told := driver.cometd()):
        assert monotonic() < until, "nothing has come"
        sleep(0.01)
    return [message["data"] for _, message in told]


HEAD = b"HTTP/1.1 200 OK\r\n"
BROKEN = {
    "closed without an answer": (b"", "the server closes the connection without an answer"),
    "cut body": (HEAD + b"Content-Length: 100\r\n\r\n[{", "the answer is not whole, or not HTTP (IncompleteRead"),
    "cut body without length": (HEAD + b'\r\n[{"channel"', "HTTP status 200, and not with messages of CometD"),
    "cut chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n50\r\n[", "the answer is not whole, or not HTTP"),
    "wrong chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n[", "the answer is not whole, or not HTTP"),
    "cut headers": (b"HTTP/1.1 200 OK\r\nContent-Le", "not with messages of CometD"),
    "bad status line": (b"HTTP/1.1 great OK\r\n\r\n", "the answer is not whole, or not HTTP (BadStatusLine"),
    "HTTP/0.9": (b"[]", "the answer is not whole, or not HTTP (BadStatusLine"),
    "unknown version": (b"HTTP/7.1 200 OK\r\n\r\n", "the answer is not whole, or not HTTP (UnknownProtocol"),
    "binary": (b"\x16\x03\x01\x00\xff\r\n\r\n", "the answer is not whole, or not HTTP"),
    "not JSON": (
        HEAD + b"Content-Length: 14\r\n\r\n<html>oh</html",
        "and not with messages of CometD: b'<html>oh</htm",
    ),
    "deep JSON": (whole([]).replace(b"2\r", b"90000\r").replace(b"[]", b"[" * 90000), "not with messages of CometD"),
    "status 408": (whole([], "408 Request Timeout"), "/notifications answers with HTTP status 408"),
    "status 425": (whole([], "425 Too Early"), "/notifications answers with HTTP status 425"),
    "status 429": (whole([], "429 Too Many Requests"), "/notifications answers with HTTP status 429"),
    "status 500": (whole([], "500 No"), "/notifications answers with HTTP status 500"),
    "status 503": (whole([], "503 No"), "/notifications answers with HTTP status 503"),
}
ENDLESS = {
    "endless body": (lambda: [HEAD + b"\r\n", *repeat(b"x" * 5000, 30)], "an answer of more than 100,000 bytes"),
    "endless line": (lambda: [HEAD + b"X: ", *repeat(b"x" * 5000, 30)], "(LineTooLong"),
    "endless headers": (lambda: [HEAD, *repeat(b"X: y\r\n" * 20, 30)], "got more than 100 headers"),
    "endless continuing": (
        lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 200, 60),
        "an answer of more than 100,000 bytes",
    ),
    "slow body": (lambda: [HEAD + b"\r\n", *(Slow(b"[") for _ in range(40))], "no whole answer within 0"),
    "slow headers": (lambda: [HEAD, *(Slow(b"X") for _ in range(40))], "no whole answer within 0"),
    "silence": (lambda: (Slow(b"") for _ in range(40)), "no whole answer within 0"),
}


def answers_of(name):
    if name in BROKEN:
        return lambda: BROKEN[name][0]
    return ENDLESS[name][0]


EVERY = {**BROKEN, **ENDLESS}


@pytest.mark.parametrize("name", EVERY)
def test_a_poll_that_is_answered_wrongly_is_tried_again(server, name):
    with listening(server) as driver:
        make = answers_of(name)
        server.instead["connect"] = iter([make(), make()])
        server.messages.append({"n": 1})
        assert heard(driver) == [{"n": 1}]


@pytest.mark.parametrize(
    ("kind", "name"),
    [*(("handshake", name) for name in EVERY), *(("subscribe", name) for name in ("cut body", "silence"))],
)
def test_a_server_that_never_answers_rightly_is_said_to_do_so(server, name, kind):
    make = answers_of(name)
    server.instead[kind] = (make() for _ in count())
    with pytest.raises(CometdError, match=f"^agent a1 cannot listen: .*{re.escape(EVERY[name][1])}"):
        listening(server).start()
    assert len(server.asked) > 1 or "within" in EVERY[name][1]


@pytest.mark.parametrize("name", ["status 429", "cut body", "silence"])
def test_a_listener_that_has_died_is_not_found_nothing(server, name, monkeypatch):
    monkeypatch.setattr(cometd, "RECOVERY", 0.3)
    with listening(server) as driver:
        make = answers_of(name)
        server.instead["connect"] = (make() for _ in count())
        with pytest.raises(CometdError, match=f"^agent a1 is told nothing any more: .*{re.escape(EVERY[name][1])}"):
            heard(driver, 10)


def test_a_server_that_has_gone_is_said_to_have_gone(server, monkeypatch):
    monkeypatch.setattr(cometd, "RECOVERY", 0.3)
    with listening(server) as driver:
        server.close()
        with pytest.raises(CometdError, match=r"^agent a1 is told nothing any more: .*Connection refused"):
            heard(driver, 10)


def test_a_server_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as free:
        base = f"http://127.0.0.1:{free.getsockname()[1]}/api/v2"
    with pytest.raises(
        CometdError, match=r"^agent a1 cannot listen: POST http://127.*/notifications: .*Connection refused"
    ):
        HttpDriver(base, world=ONE, cometd=True).start()


def test_a_listener_that_has_a_fault_of_its_own_is_reported():
    def send(method, address, headers, body):
        raise ZeroDivisionError("of the user's")

    driver = HttpDriver("http://x/api/v2", world=ONE, platform=lambda action: None, cometd=True, send=send)
    for _ in range(2):
        with pytest.raises(CometdError, match="agent a1 cannot listen: ZeroDivisionError: of the user's"):
            driver.start()


def test_a_start_that_has_failed_is_not_tried_again_case_after_case(server, monkeypatch):
    server.instead["handshake"] = iter([whole([], "404 No")])
    driver = listening(server)
    for _ in range(3):
        with pytest.raises(CometdError, match="HTTP status 404"):
            driver.reset()
    assert len(server.asked) == 1
    monkeypatch.setattr(cometd, "SETTLED", 0.0)
    driver.reset()
    driver.close()


def test_a_server_that_falls_silent_after_a_failure_is_reported(server, monkeypatch):
    monkeypatch.setattr(cometd, "RECOVERY", 0.3)
    with listening(server) as driver:
        server.advice = {"timeout": 60_000}
        sleep(0.3)
        server.instead["connect"] = (BROKEN["cut body"][0] if first else [Slow(b"")] * 40 for first in (1, *[0] * 9))
        with pytest.raises(CometdError, match="^agent a1 is told nothing any more: "):
            heard(driver, 10)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_said_to_be_one(server, status):
    server.instead["handshake"] = iter([whole([], status, "Location: https://elsewhere/api")])
    words = (
        f"/notifications is redirected to https://elsewhere/api .HTTP status {status[:3]}.; give that address instead"
    )
    with pytest.raises(CometdError, match=words):
        listening(server).start()
    assert len(server.asked) == 1


@pytest.mark.parametrize(("status", "words"), [
    ("401 No", "HTTP status 401, and not with messages"), ("404 No", "HTTP status 404"), ("400 No", "HTTP status 400"),
    ("302 Found", "HTTP status 302, and not with messages of CometD: it is a redirection"),
])  # fmt: skip
def test_a_status_that_will_not_change_is_said_at_once(server, status, words):
    server.instead["handshake"] = iter([whole([], status)])
    with pytest.raises(CometdError, match=f"agent a1 cannot listen: .*{words}"):
        listening(server).start()
    assert len(server.asked) == 1


def changed(kind, **fields):
    """A server that answers one kind of message with other fields; None leaves one out."""

    def answer(server):
        def own(messages):
            replies = server.answers(messages, kind)
            for reply in replies:
                reply.update(fields)
                for key, value in fields.items():
                    if value is None:
                        del reply[key]
            return whole(replies)

        return kind, own

    return answer


LIES = [
    (changed("handshake", clientId=None), "the reply to /meta/handshake has no field clientId; it must be a string"),
    (changed("handshake", clientId=5), "clientId of the reply to /meta/handshake is 5; it must be a string"),
    (
        changed("handshake", successful=None),
        "the reply to /meta/handshake has no field successful; it must be true or false",
    ),
    (changed("handshake", successful="yes"), "successful of the reply to /meta/handshake is 'yes'"),
    (changed("handshake", channel=None), "message 1 of the answer to /meta/handshake has no field channel"),
    (
        changed("handshake", supportedConnectionTypes=None),
        "the reply to /meta/handshake has no field supportedConnectionTypes",
    ),
    (
        changed("handshake", supportedConnectionTypes=["websocket"]),
        "supportedConnectionTypes of the reply to /meta/handshake is ['websocket'];"
        ' it must be a list with "long-polling"',
    ),
    (changed("handshake", id="77"), "the answer has no reply to /meta/handshake with the id '1', only with '77'"),
    (changed("handshake", advice=5), "advice of the reply to /meta/handshake is 5; it must be an object"),
    (
        changed("handshake", advice={"reconnect": "later"}),
        "reconnect of the advice in the reply to /meta/handshake is 'later'; it must be retry, handshake or none",
    ),
    (
        changed("subscribe", advice={"interval": "soon"}),
        "interval of the advice in the reply to /meta/subscribe is 'soon'; it must be a number of milliseconds",
    ),
    (changed("subscribe", advice={"timeout": -1}), "timeout of the advice in the reply to /meta/subscribe is -1"),
    (changed("subscribe", successful=None), "the reply to /meta/subscribe has no field successful"),
    (changed("subscribe", subscription="/other"), "the answer has no reply to /meta/subscribe of /v2/me/"),
    (changed("subscribe", successful=False), "subscribe: it is not successful, and has no field error"),
    (changed("handshake", successful=False, error="403::no", advice=None), "handshake: 403::no"),
    (
        changed("handshake", successful=False, error="403::no", advice={"reconnect": "none"}),
        "the server says not to connect again: handshake: 403::no",
    ),
    (
        changed("handshake", successful=False, error="503::busy", advice={"reconnect": "retry"}),
        "handshake: 503::busy",
    ),
]


@pytest.mark.parametrize(("lie", "words"), LIES, ids=[words for _, words in LIES])
def test_a_field_that_is_missing_or_wrong_is_named(server, lie, words):
    kind, own = lie(server)
    server.instead[kind] = repeat(own)
    with pytest.raises(CometdError, match=f"^agent a1 cannot listen: {re.escape(words)}"):
        listening(server).start()


CONNECT_LIES = [
    (lambda messages: whole([]), "the server does not answer /meta/connect"),
    (lambda messages: whole({}), "the answer to /meta/connect is not a list of messages, but {}"),
    (lambda messages: whole([5]), "message 1 of the answer to /meta/connect is not an object, but 5"),
    (
        lambda messages: whole([{"channel": TOPIC}]),
        f"message 1 of the answer to /meta/connect, on {TOPIC}, has no field data",
    ),
    (
        lambda messages: whole([{"channel": "/meta/connect", "successful": True, "advice": {"reconnect": "none"}}]),
        "the server says not to connect again",
    ),
]


@pytest.mark.parametrize(("own", "words"), CONNECT_LIES, ids=[words for _, words in CONNECT_LIES])
def test_a_poll_that_is_answered_with_nonsense_is_reported(server, own, words):
    with listening(server) as driver:
        server.instead["connect"] = repeat(own)
        with pytest.raises(CometdError, match=f"^agent a1 is told nothing any more: {re.escape(words)}"):
            heard(driver, 10)


def test_replies_without_ids_and_with_numbers_are_taken(server):
    with listening(server) as driver:
        server.instead["connect"] = repeat(
            lambda messages: sleep(0.1) or whole([{"channel": "/meta/connect", "successful": True},
                                                  {"channel": TOPIC, "data": 1}])
        )  # fmt: skip
        assert heard(driver)[0] == 1


def test_private_messages_and_replies_to_nobody_are_not_told(server):
    with listening(server) as driver:
        server.instead["connect"] = iter([
            lambda messages: whole([
                {"channel": "/service/agent", "data": {"hello": 1}},
                {"channel": TOPIC, "id": "5", "successful": True},
                {"channel": "/meta/connect", "successful": True},
                {"channel": TOPIC, "data": 1},
            ])
        ])  # fmt: skip
        assert heard(driver) == [1]


FIELDS = st.sampled_from(["channel", "id", "successful", "clientId", "advice", "data", "subscription", "error"])
WORDS = st.sampled_from(
    ["/meta/handshake", "/meta/connect", "/meta/subscribe", "1", "2", "3", "long-polling", "retry", TOPIC]
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.text(), inner, max_size=4),
    max_leaves=10,
)
REPLIES = st.builds(
    lambda kind, more: {"channel": f"/meta/{kind}", "successful": True, "clientId": "c", **more},
    st.sampled_from(["handshake", "subscribe", "connect"]),
    st.dictionaries(FIELDS | st.sampled_from(["supportedConnectionTypes", "reconnect"]), JUNK, max_size=3),
)


@given(st.lists(JUNK | st.lists(JUNK | REPLIES, max_size=3), max_size=6))
def test_no_answer_raises_anything_else(answers):
    given, told = iter(answers), []
    client = protocol.Listener([TOPIC], acknowledges=True)
    for _ in range(2 * len(answers)):
        try:
            told += client.take(client.next(), next(given, []), 0.0)
        except (OSError, CometdError) as error:
            assert str(error)
    assert all("data" in message for message in told)
    assert client.interval >= 0
    assert client.timeout >= 0


# === advice ===========================================================================================================


def times(server, kind):
    return [time for what, time in server.asked if what == kind]


def test_the_interval_is_kept_also_that_of_the_handshake(server):
    server.advice = {"reconnect": "retry", "interval": 200, "timeout": 0}
    server.holding = 0.0
    until = monotonic() + 10
    with listening(server):
        while len(times(server, "connect")) < 4:
            assert monotonic() < until
            sleep(0.01)
    assert all(later - earlier >= 0.19 for earlier, later in pairwise(times(server, "connect")))


def test_a_poll_is_waited_for_as_long_as_the_server_advises(server, monkeypatch):
    monkeypatch.setattr(protocol, "DELAY", 0.6)
    server.advice = {"reconnect": "retry", "interval": 0, "timeout": 1000}
    server.holding = 1.0  # 0.6 s would be too long without that advice
    with listening(server) as driver:
        sleep(0.4)
        server.messages.append(5)
        assert heard(driver) == [5]
    assert [kind for kind, _ in server.asked].count("handshake") == 1


def test_a_server_that_answers_at_once_is_not_asked_without_end(server):
    server.holding = 0.0
    with listening(server):
        sleep(0.5)
    assert len(times(server, "connect")) < 20


@pytest.mark.parametrize("advice", [None, {"reconnect": "handshake", "interval": 0}])
def test_a_client_that_is_forgotten_shakes_hands_anew(server, advice):
    with listening(server) as driver:
        reply = {"channel": "/meta/connect", "successful": False, "error": "402::session_unknown"}
        server.instead["connect"] = iter([whole([reply | ({"advice": advice} if advice else {})])])
        server.messages.append(7)
        assert heard(driver) == [7]
    assert len(times(server, "handshake")) == 2


def test_a_client_that_is_forgotten_while_it_subscribes_shakes_hands_anew(server):
    server.instead["subscribe"] = iter([
        lambda messages: whole([
            {"channel": "/meta/subscribe", "id": each["id"], "successful": False, "error": "402::session_unknown"}
            for each in messages
        ])
    ])  # fmt: skip
    with listening(server):
        pass
    assert len(times(server, "handshake")) == 2


def test_a_handshake_that_is_refused_for_now_is_tried_again(server):
    busy = {"channel": "/meta/handshake", "successful": False, "error": "503::busy", "advice": {"reconnect": "retry"}}
    server.instead["handshake"] = iter([whole([busy])])
    with listening(server):
        pass
    assert len(times(server, "handshake")) == 2


# === requests =========================================================================================================


@pytest.fixture
def api(server):
    """Every request is answered with what stands in ``server.raw``."""
    server.parts = lambda file: (_read(file), server.raw)[1]
    return HttpDriver(server.base, world=ONE, platform=lambda action: None)


def _read(file):
    while file.readline().strip():
        pass


@pytest.mark.parametrize("name", [*list(BROKEN)[:10], "not JSON"])
def test_a_get_that_is_answered_wrongly_is_told_so(server, api, name):
    server.raw = [BROKEN[name][0]]
    with pytest.raises(ConnectionError, match="the server closes|not whole, or not HTTP|and not with JSON"):
        api._mine("a1")


def test_a_get_that_is_redirected_is_told_so(server, api):
    server.raw = [whole({}, "302 Found", "Location: /login")]
    with pytest.raises(ConnectionError, match="GET http.*/me/interactions is redirected to /login .HTTP status 302"):
        api._mine("a1")


def test_a_get_that_takes_too_long_is_told_so(server, api, monkeypatch):
    server.raw = [HEAD, *(Slow(b"X") for _ in range(40))]
    monkeypatch.setattr(sessions.AgentSession.send, "__defaults__", (0.2,))
    with pytest.raises(TimeoutError, match="GET http.*/me/interactions: no whole answer within 0.2 s"):
        api._sessions["a1"].send("GET", api.base + "/me/interactions", {}, None)
