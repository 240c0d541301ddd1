"""The Bayeux server by itself: what each kind of message is answered, when, and with what."""

import json
import re
from itertools import count

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ixnstate as ix
from ixnstate.bayeux import BROWSER_COOKIE, Options, Server, is_address
from ixnstate.bayeux.channels import is_channel, is_subscription, subscriptions_to

RETRY = {"reconnect": "retry", "interval": 0, "timeout": 30000}
HANDSHAKE_ANEW = {"reconnect": "handshake", "interval": 0}


class Talk:
    """A server and a clock; requests are numbered, and their answers kept."""

    def __init__(self, **options):
        self.server = Server(Options(**options))
        self.now = 0.0
        self.ids = map("id{:014d}".format, count()).__next__
        self.exchanges = count(1)
        self.answers = {}

    def take(self, answers):
        for answer in answers:
            assert answer.exchange not in self.answers
            self.answers[answer.exchange] = answer
        return answers

    def post(self, *messages, user="a1", browser=None):
        """The number of the exchange."""
        exchange = next(self.exchanges)
        body = json.dumps(list(messages))
        self.take(self.server.receive(body, exchange, now=self.now, user=user, browser=browser, new_id=self.ids))
        return exchange

    def ask(self, *messages, **who):
        """The messages of an answer that comes at once."""
        return self.answers[self.post(*messages, **who)].messages

    def wait(self, seconds):
        self.now += seconds
        return self.take(self.server.tick(now=self.now))

    def publish(self, *data, user="a1", channel="/v2/me/chats"):
        return self.take(self.server.publish([(user, channel, each) for each in data], now=self.now))


class Client:
    """One that has shaken hands, subscribed and connected once."""

    def __init__(self, talk, browser=None, user="a1", topics=("/v2/me/chats",), **handshake):
        self.talk, self.user = talk, user
        exchange = talk.post({"channel": "/meta/handshake", "id": "1", **handshake}, user=user, browser=browser)
        answer = talk.answers[exchange]
        self.id = answer.messages[0]["clientId"]
        self.browser = browser or answer.browser
        self.numbers = count(2)
        for topic in topics:
            assert self.ask("subscribe", subscription=topic)[-1]["successful"]
        self.first = self.ask("connect")

    def message(self, what, **more):
        channel = what if what.startswith("/") else f"/meta/{what}"
        return {"channel": channel, "clientId": self.id, "id": str(next(self.numbers)), **more}

    def post(self, what, **more):
        return self.talk.post(self.message(what, **more), user=self.user, browser=self.browser)

    def ask(self, what, **more):
        return self.talk.answers[self.post(what, **more)].messages


@pytest.fixture
def talk():
    return Talk()


@pytest.fixture
def client(talk):
    return Client(talk)


def data_of(messages):
    return [each["data"] for each in messages if "data" in each]


# === addresses and names ==============================================================================================


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("/api/v2/notifications", True),
        ("/api/v2/notifications/", True),
        ("/api/v2/notifications/handshake", True),
        ("/api/v2/notifications/connect", True),
        ("/api/v2/notifications/disconnect", True),
        ("/api/v2/notifications/a/b", True),
        ("/api/v2/notificationshandshake", False),
        ("/api/v2", False),
        ("/", False),
    ],
)
@pytest.mark.parametrize("root", ["/api/v2/notifications", "/api/v2/notifications/"])
def test_the_addresses_that_clients_post_to(path, is_ours, root):
    assert is_address(path, root) is is_ours


@pytest.mark.parametrize("name", ["/a", "/v2/me/chats", "/meta/connect", "/a-b/c_d!~()$@", "/" + "a" * 255])
def test_names_of_channels(name):
    assert is_channel(name)
    assert is_subscription(name)


@pytest.mark.parametrize("name", ["/*", "/**", "/a/*", "/a/b/**"])
def test_wildcards_are_for_subscriptions(name):
    assert not is_channel(name)
    assert is_subscription(name)


@pytest.mark.parametrize(
    "name",
    ["", "/", "a", "a/b", "/a/", "//a", "/a//b", "/a b", "/a\n", "/*/a", "/a/***", "/a*", "/a/*b", "/" + "a" * 256],
)
def test_what_is_no_name(name):
    assert not is_channel(name)
    assert not is_subscription(name)


SEGMENTS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4)


@given(SEGMENTS, SEGMENTS, st.sampled_from(["", "/*", "/**"]))
def test_what_a_subscription_fits(channel, prefix, wildcard):
    name, subscription = "/" + "/".join(channel), "/" + "/".join(prefix) + wildcard
    deeper = len(channel) - len(prefix)
    fits = {"": deeper == 0, "/*": deeper == 1, "/**": deeper >= 1}[wildcard] and channel[: len(prefix)] == prefix
    assert (subscription in subscriptions_to(name)) is fits
    assert "/**" in subscriptions_to(name)
    assert ("/*" in subscriptions_to(name)) is (len(channel) == 1)


# === the handshake ====================================================================================================


def test_a_handshake(talk):
    exchange = talk.post({"channel": "/meta/handshake", "id": "1", "version": "1.0", "advice": {"timeout": 60000}})
    answer = talk.answers[exchange]
    (reply,) = answer.messages
    assert reply == {
        "channel": "/meta/handshake",
        "id": "1",
        "successful": True,
        "clientId": "id00000000000000",
        "version": "1.0",
        "minimumVersion": "1.0",
        "supportedConnectionTypes": ["long-polling"],
        "advice": RETRY,
    }
    assert (answer.status, answer.browser) == (200, "id00000000000001")
    assert dict(answer.headers) == {
        "Content-Type": "application/json;charset=UTF-8",
        "Cache-Control": "no-store",
        "Set-Cookie": f"{BROWSER_COOKIE}=id00000000000001; Path=/; HttpOnly",
    }


def test_one_message_need_not_be_a_list(talk):
    answers = talk.server.receive(b'{"channel": "/meta/handshake"}', 1, now=0, user="a1", browser=None, new_id=talk.ids)
    assert answers[0].messages[0]["successful"]
    assert "id" not in answers[0].messages[0]


def test_a_browser_keeps_its_cookie(talk):
    exchange = talk.post({"channel": "/meta/handshake"}, browser="x" * 16)
    assert talk.answers[exchange].browser is None
    assert "Set-Cookie" not in dict(talk.answers[exchange].headers)
    assert Client(talk, browser="x" * 16).first[-1]["successful"]


@pytest.mark.parametrize("browser", ["", "short", "with space in", "x" * 65, "semi;colon;colon", "new\nline\nline"])
def test_a_cookie_that_cannot_be_ours_is_replaced(talk, browser):
    exchange = talk.post({"channel": "/meta/handshake"}, browser=browser)
    assert talk.answers[exchange].browser not in (None, browser)


def test_who_is_not_signed_in_is_denied(talk):
    (reply,) = talk.ask({"channel": "/meta/handshake", "id": "1"}, user=None)
    assert reply == {
        "channel": "/meta/handshake",
        "id": "1",
        "successful": False,
        "error": "403::handshake_denied",
        "advice": {"reconnect": "none"},
    }
    assert talk.server.sessions == 0


def test_there_is_an_end_to_sessions():
    talk = Talk(max_sessions=2)
    for _ in range(2):
        assert talk.ask({"channel": "/meta/handshake"})[0]["successful"]
    (reply,) = talk.ask({"channel": "/meta/handshake"})
    assert (reply["error"], reply["advice"]) == (
        "503::too_many_sessions", {"reconnect": "handshake", "interval": 10000},
    )  # fmt: skip
    talk.wait(10)
    assert talk.ask({"channel": "/meta/handshake"})[0]["successful"]


# === who is who =======================================================================================================


@pytest.mark.parametrize("what", ["connect", "subscribe", "unsubscribe", "disconnect", "/v2/me/chats"])
@pytest.mark.parametrize("lost", ["client", "no client", "cookie", "no cookie", "user"])
def test_an_unknown_session(talk, what, lost):
    client = Client(talk)
    match lost:
        case "client":
            client.id = "nobody"
        case "no client":
            client.id = None
        case "cookie":
            client.browser = "y" * 16
        case "no cookie":
            client.browser = None
        case "user":
            client.user = "a2"
    (reply,) = client.ask(what, subscription="/v2/me/emails")
    assert (reply["successful"], reply["error"]) == (False, "402::session_unknown")
    assert reply.get("advice") == (HANDSHAKE_ANEW if what == "connect" else None)
    assert reply["id"] == "4"


def test_the_client_id_may_be_enough():
    talk = Talk(trust_client_session=True)
    client = Client(talk)
    client.browser = None
    assert client.ask("subscribe", subscription="/x")[0]["successful"]
    client.user = "a2"
    assert not client.ask("subscribe", subscription="/x")[0]["successful"]


def test_nobody_is_told_what_is_another_agents(talk):
    own, other = Client(talk, topics=["/**"]), Client(talk, user="a2", topics=["/**"])
    polls = own.post("connect"), other.post("connect")
    talk.publish(1, user="a2")
    assert polls[0] not in talk.answers
    assert data_of(talk.answers[polls[1]].messages) == [1]


# === connecting =======================================================================================================


def test_the_first_connect_is_answered_at_once_and_the_next_is_held(talk, client):
    assert client.first == [{"channel": "/meta/connect", "id": "3", "successful": True}]
    poll = client.post("connect")
    assert talk.server.held == 1
    assert talk.server.deadline <= 30
    assert talk.wait(29.9) == ()
    (answer,) = talk.wait(0.1)
    assert answer.exchange == poll
    assert answer.messages == [{"channel": "/meta/connect", "id": "4", "successful": True}]
    assert talk.server.held == 0


def test_a_message_ends_a_poll(talk, client):
    poll = client.post("connect")
    (answer,) = talk.publish({"n": 1}, {"n": 2})
    assert answer.exchange == poll
    assert answer.messages == [
        {"data": {"n": 1}, "channel": "/v2/me/chats"},
        {"data": {"n": 2}, "channel": "/v2/me/chats"},
        {"channel": "/meta/connect", "id": "4", "successful": True},
    ]


def test_what_has_come_between_polls_is_sent_at_once(talk, client):
    talk.publish(1)
    talk.publish(2)
    assert data_of(client.ask("connect")) == [1, 2]
    assert client.post("connect") not in talk.answers


def test_a_connect_with_other_messages_is_not_held(talk, client):
    exchange = talk.post(
        client.message("connect"), client.message("subscribe", subscription="/x"), browser=client.browser
    )
    replies = talk.answers[exchange].messages
    assert [(each["channel"], each["successful"]) for each in replies] == [
        ("/meta/connect", True), ("/meta/subscribe", True),
    ]  # fmt: skip
    assert talk.server.held == 0
    talk.wait(9.9)
    assert talk.server.sessions == 1


@pytest.mark.parametrize(("timeout", "seconds"), [(5000, 5), (90000, 30), (-1, 30), (None, 30), (0.5, 0.0005)])
def test_a_client_may_ask_for_less_time(talk, client, timeout, seconds):
    poll = client.post("connect", advice={"timeout": timeout})
    assert talk.wait(seconds * 0.99) == ()
    (answer,) = talk.wait(seconds * 0.02)
    assert answer.exchange == poll
    assert answer.messages[0]["advice"] == RETRY  # said anew to one who gives advice
    client.post("connect")
    (answer,) = talk.wait(30)
    assert "advice" not in answer.messages[0]


def test_a_client_that_does_not_want_to_wait(talk, client):
    assert client.ask("connect", advice={"timeout": 0}) == [
        {"channel": "/meta/connect", "id": "4", "successful": True, "advice": RETRY}
    ]


def test_the_second_connect_takes_the_place_of_the_first(talk, client):
    old, new = client.post("connect"), client.post("connect")
    assert talk.answers[old].status == 500
    (reply,) = talk.answers[old].messages
    assert (reply["id"], reply["successful"]) == ("4", False)
    assert new not in talk.answers
    talk.publish(1)
    assert data_of(talk.answers[new].messages) == [1]


@pytest.mark.parametrize("is_batch", [False, True])
def test_a_connect_in_a_batch_takes_the_place_of_a_held_one(talk, client, is_batch):
    old = client.post("connect")
    more = [client.message("subscribe", subscription="/x")] if is_batch else []
    talk.post(client.message("connect", advice={"timeout": 0}), *more, browser=client.browser)
    assert talk.answers[old].status == 500
    assert talk.server.held == 0


def test_messages_come_with_any_reply(talk, client):
    talk.publish(1)
    messages = client.ask("subscribe", subscription="/x")
    assert data_of(messages) == [1]
    assert messages[-1]["channel"] == "/meta/subscribe"
    client.post("connect")
    assert talk.server.held == 1


def test_a_second_tab_polls_now_and_then(talk):
    one = Client(talk)
    two = Client(talk, browser=one.browser)
    held = one.post("connect")
    (reply,) = two.ask("connect")
    assert reply == {
        "channel": "/meta/connect",
        "id": "4",
        "successful": True,
        "advice": {"reconnect": "retry", "interval": 2000, "timeout": 30000, "multiple-clients": True},
    }
    talk.wait(11.9)
    assert talk.server.sessions == 2  # it was told to wait, so it may
    talk.publish("x")
    assert data_of(talk.answers[held].messages) == ["x"]
    assert data_of(two.ask("connect")) == ["x"]
    # the first tab has no poll, so the second one's is held; and it is told that it need not wait any more
    poll = two.post("connect")
    assert poll not in talk.answers
    talk.publish("y")
    assert talk.answers[poll].messages[-1].get("advice") in (None, RETRY)


def test_as_many_polls_of_a_browser_as_the_options_say():
    talk = Talk(sessions_per_browser=2)
    one = Client(talk)
    tabs = [one, Client(talk, browser=one.browser), Client(talk, browser=one.browser)]
    polls = [each.post("connect") for each in tabs]
    assert [each in talk.answers for each in polls] == [False, False, True]
    assert talk.server.held == 2


def test_another_browser_is_no_second_tab(talk):
    for client in [Client(talk), Client(talk)]:
        assert client.post("connect") not in talk.answers


# === going away =======================================================================================================


@pytest.mark.parametrize("interval", [0.0, 3.0])
def test_a_session_expires(interval):
    talk = Talk(interval=interval)
    client = Client(talk)
    poll = client.post("connect")
    talk.wait(30)
    assert poll in talk.answers
    assert talk.server.deadline == 40 + interval
    talk.wait(9.9 + interval)
    assert talk.server.sessions == 1
    talk.wait(0.2)
    assert (talk.server.sessions, talk.server.deadline) == (0, None)
    assert client.ask("connect")[0]["error"] == "402::session_unknown"


def test_a_session_expires_though_nobody_ticks(talk, client):
    talk.now += 10.1
    assert client.ask("connect")[0]["error"] == "402::session_unknown"


def test_a_client_that_only_shakes_hands_expires(talk):
    talk.ask({"channel": "/meta/handshake"})
    talk.wait(10)
    assert talk.server.sessions == 0


def test_a_client_may_say_that_it_will_wait(talk, client):
    client.ask("connect", advice={"timeout": 0, "interval": 5000})
    talk.wait(14.9)
    assert talk.server.sessions == 1
    client.ask("connect", advice={"timeout": 0, "interval": 10**12})  # but not for ever
    talk.wait(20.1)
    assert talk.server.sessions == 0


def test_an_abandoned_poll_loses_nothing(talk, client):
    poll = client.post("connect")
    talk.server.abandon(poll, now=talk.now)
    talk.server.abandon(poll, now=talk.now)
    talk.publish(1)
    assert poll not in talk.answers
    assert data_of(client.ask("connect")) == [1]
    poll = client.post("connect")
    talk.wait(20)
    talk.server.abandon(poll, now=talk.now)
    talk.wait(10)
    assert talk.server.sessions == 0


def test_disconnecting(talk, client):
    poll = client.post("connect")
    (reply,) = client.ask("disconnect")
    assert (reply["channel"], reply["successful"]) == ("/meta/disconnect", True)
    (woken,) = talk.answers[poll].messages
    assert (woken["successful"], woken["advice"]) == (True, {"reconnect": "none"})
    assert (talk.server.sessions, talk.server.held) == (0, 0)
    assert client.ask("connect")[0]["error"] == "402::session_unknown"


def test_what_waits_comes_with_the_last_reply(talk, client):
    talk.publish(1)
    assert data_of(client.ask("disconnect")) == [1]


def test_after_a_disconnect_in_a_batch_the_client_is_unknown(talk, client):
    exchange = talk.post(
        client.message("disconnect"), client.message("connect"), client.message("subscribe", subscription="/x"),
        browser=client.browser,
    )  # fmt: skip
    replies = talk.answers[exchange].messages
    assert [each.get("error") for each in replies] == [None, "402::session_unknown", "402::session_unknown"]


def test_another_sessions_message_in_a_batch_is_unknown(talk):
    one = Client(talk)
    two = Client(talk, browser=one.browser)
    exchange = talk.post(
        one.message("subscribe", subscription="/x"), two.message("subscribe", subscription="/x"), browser=one.browser
    )
    assert [each["successful"] for each in talk.answers[exchange].messages] == [True, False]


def test_signing_out(talk, client):
    other = Client(talk, user="a2")
    poll, others = client.post("connect"), other.post("connect")
    talk.take(talk.server.sign_out("a1", now=talk.now))
    assert talk.answers[poll].messages[0]["advice"] == {"reconnect": "none"}
    assert others not in talk.answers
    assert client.ask("connect")[0]["error"] == "402::session_unknown"
    assert talk.server.sign_out("nobody", now=talk.now) == ()


def test_stopping(talk):
    clients = [Client(talk) for _ in range(3)]
    polls = [each.post("connect") for each in clients]
    talk.take(talk.server.stop(now=talk.now))
    assert all(talk.answers[each].messages[0]["successful"] for each in polls)
    assert clients[0].post("connect") in talk.answers
    assert talk.server.held == 0


# === subscriptions ====================================================================================================


def test_subscriptions(talk, client):
    reply = client.ask("subscribe", subscription=["/a/*", "/b/**", "/c"])[-1]
    assert reply == {
        "channel": "/meta/subscribe", "id": "4", "subscription": ["/a/*", "/b/**", "/c"], "successful": True,
    }  # fmt: skip
    for channel, is_told in [("/a/x", 1), ("/a/x/y", 0), ("/a", 0), ("/b/x/y", 1), ("/b", 0), ("/c", 1), ("/c/d", 0)]:
        talk.publish(channel, channel=channel)
        told = data_of(client.ask("connect", advice={"timeout": 0}))
        assert told == [channel] * is_told
    client.ask("unsubscribe", subscription=["/a/*", "/c"])
    for channel in ("/a/x", "/b/x", "/c"):
        talk.publish(channel, channel=channel)
    assert data_of(client.ask("connect")) == ["/b/x"]


def test_subscribing_twice_is_told_once(talk, client):
    client.ask("subscribe", subscription="/v2/me/*")
    client.ask("subscribe", subscription="/v2/me/chats")
    talk.publish(1)
    assert data_of(client.ask("connect")) == [1]


def test_unsubscribing_what_was_not_subscribed_changes_nothing(client):
    assert client.ask("unsubscribe", subscription="/never")[0]["successful"]


DENIED = "403:denied_by_security_policy:"


@pytest.mark.parametrize(
    ("what", "fields", "error"),
    [
        ("subscribe", {}, "403::subscription_missing"),
        ("unsubscribe", {}, "403::subscription_missing"),
        ("subscribe", {"subscription": 5}, "403::subscription_invalid"),
        ("subscribe", {"subscription": {}}, "403::subscription_invalid"),
        ("subscribe", {"subscription": []}, "403::subscription_invalid"),
        ("subscribe", {"subscription": "no/slash"}, "403::subscription_invalid"),
        ("subscribe", {"subscription": ["/fine", "/a/**/b"]}, "403::subscription_invalid"),
        ("unsubscribe", {"subscription": ["/fine", 5]}, "403::subscription_invalid"),
        ("subscribe", {"subscription": ["/fine", "/meta/connect"]}, f"{DENIED}subscribe_denied"),
        ("subscribe", {"subscription": "/meta/*"}, f"{DENIED}create_denied"),
        ("subscribe", {"subscription": [f"/{n}" for n in range(1001)]}, "403::too_many_subscriptions"),
        ("/meta/fly", {}, f"{DENIED}channel_create_denied"),
        ("/v2/me/chats", {"data": {}}, f"{DENIED}publish_denied"),
        ("/service/x", {"data": {}}, f"{DENIED}publish_denied"),
        ("/a/*", {"data": {}}, "405::channel_invalid"),
        ("/", {}, "405::channel_invalid"),
    ],
)
def test_what_is_refused(talk, client, what, fields, error):
    (reply,) = client.ask(what, **fields)
    assert (reply["successful"], reply["error"], reply["id"]) == (False, error, "4")
    talk.publish(1, channel="/fine")
    assert data_of(client.ask("connect", advice={"timeout": 0})) == []


def test_a_message_without_a_channel(talk, client):
    (reply,) = talk.ask({"clientId": client.id, "id": 7}, browser=client.browser)
    assert reply == {"id": 7, "successful": False, "error": "400::channel_missing"}


# === acknowledgements =================================================================================================


@pytest.fixture
def acking(talk):
    client = Client(talk, ext={"ack": True})
    assert client.first[0]["ext"] == {"ack": 1}
    return client


def test_acknowledged_messages(talk, acking):
    poll = acking.post("connect", ext={"ack": 1})
    talk.publish("a")
    assert talk.answers[poll].messages[-1]["ext"] == {"ack": 2}
    # that answer was lost, and meanwhile there is something new
    talk.publish("b")
    messages = acking.ask("connect", ext={"ack": 1})
    assert data_of(messages) == ["a", "b"]
    assert messages[-1]["ext"] == {"ack": 3}
    # lost once more, with nothing new
    messages = acking.ask("connect", ext={"ack": 1})
    assert (data_of(messages), messages[-1]["ext"]) == (["a", "b"], {"ack": 4})
    poll = acking.post("connect", ext={"ack": 4})
    assert poll not in talk.answers
    talk.wait(30)
    assert talk.answers[poll].messages == [
        {"channel": "/meta/connect", "id": "7", "successful": True, "ext": {"ack": 5}}
    ]


def test_with_acknowledgements_messages_come_with_connects_only(talk, acking):
    talk.publish("a")
    assert data_of(acking.ask("subscribe", subscription="/x")) == []
    assert data_of(acking.ask("connect", ext={"ack": 1})) == ["a"]


def test_a_batch_with_a_connect_has_messages(talk, acking):
    talk.publish("a")
    batch = [acking.message("connect", ext={"ack": 1}), acking.message("subscribe", subscription="/x")]
    messages = talk.ask(*batch, browser=acking.browser)
    assert data_of(messages) == ["a"]
    assert messages[1]["ext"] == {"ack": 2}


@pytest.mark.parametrize("ack", [None, True, False, -1, 0, 1.5, 99])
def test_what_has_not_been_sent_is_not_acknowledged(talk, acking, ack):
    talk.publish("a")
    assert data_of(acking.ask("connect", ext={"ack": ack})) == ["a"]


def test_the_first_number_of_the_official_client(talk):
    client = Client(talk, ext={"ack": True}, topics=())
    assert client.first[0]["ext"] == {"ack": 1}
    assert client.post("connect", ext={"ack": -1}) not in talk.answers


def test_without_the_extension_there_are_no_numbers(talk, client):
    assert "ext" not in client.first[0]
    talk.publish(1)
    assert data_of(client.ask("connect", ext={"ack": 0})) == [1]
    assert client.post("connect", ext={"ack": 0}) not in talk.answers


# === limits ===========================================================================================================


def test_a_queue_has_an_end():
    talk = Talk(max_queue=1000)
    client, other = Client(talk), Client(talk, user="a2")
    big = "x" * 400
    talk.publish(big)
    talk.publish(big)
    assert talk.server.sessions == 2
    talk.publish(big)
    assert talk.server.sessions == 1
    (reply,) = client.ask("connect")
    assert (reply["error"], reply["advice"]) == ("402::session_unknown", HANDSHAKE_ANEW)
    assert other.post("connect") not in talk.answers
    talk.publish("x" * 5000, user="a2")  # one alone may be larger
    assert len(talk.answers) == len({*talk.answers})


def test_a_burst_that_is_larger_than_a_queue_is_not_lost_while_the_client_waits():
    talk = Talk(max_queue=1000)
    client = Client(talk)
    poll = client.post("connect")
    talk.publish(*(f"{number}" + "x" * 400 for number in range(4)))
    assert [data[0] for data in data_of(talk.answers[poll].messages)] == ["0", "1", "2", "3"]
    assert client.post("connect") not in talk.answers


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "30", None])
@pytest.mark.parametrize("name", [each.name for each in attrs.fields(Options)])
def test_options_that_are_no_numbers(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a number that is not negative, not "):
        Options(**{name: value})


def test_a_queue_that_is_not_acknowledged_has_an_end_too():
    talk = Talk(max_queue=1000)
    client = Client(talk, ext={"ack": True})
    for _ in range(5):
        if talk.server.sessions:
            talk.publish("x" * 200)
            talk.post(client.message("connect"), browser=client.browser)
    assert talk.server.sessions == 0


def test_a_poll_that_is_held_while_its_session_ends():
    talk = Talk(max_queue=300)
    client = Client(talk, ext={"ack": True})
    talk.publish("x" * 100)
    client.ask("connect")
    poll = client.post("connect")  # it acknowledges nothing
    assert poll not in talk.answers
    talk.publish("y" * 200)
    (reply,) = talk.answers[poll].messages
    assert (reply["successful"], reply["advice"]) == (False, HANDSHAKE_ANEW)


def test_a_client_that_asks_for_less_each_time_takes_no_memory(talk, client):
    for number in range(500):
        talk.post(client.message("connect", advice={"timeout": 9_000 - number}), browser=client.browser)
    assert len(talk.server._timers._heap) <= 2 + 64
    (answer,) = talk.wait(8.501)
    assert (answer.status, talk.server.held) == (200, 0)


def test_a_body_that_is_too_long(talk):
    (answer,) = talk.server.receive(b" " * 65537, 1, now=0, user="a", browser=None, new_id=talk.ids)
    assert (answer.status, answer.messages[0]["error"]) == (413, "413::the body has 65537 bytes, more than 65536")


def test_an_exchange_of_two_requests(talk, client):
    poll = client.post("connect")
    with pytest.raises(ValueError, match=f"the exchange {poll} is held already"):
        talk.server.receive(b"[]", poll, now=0, user="a", browser=None, new_id=talk.ids)


@pytest.mark.parametrize(
    ("channel", "data", "words"),
    [
        ("/x", {1, 2}, "not JSON"),
        ("/x", float("nan"), "not JSON compliant"),
        ("no", 1, "'no' is not the name of a channel"),
        ("/x/*", 1, "is not the name"),
    ],
)
def test_what_cannot_be_published(talk, client, channel, data, words):
    with pytest.raises(ValueError, match=words):
        talk.server.publish([("a1", "/v2/me/chats", 1), ("a1", channel, data)], now=0)
    assert client.post("connect") not in talk.answers


# === junk =============================================================================================================

JUNK = [
    (b"", "not valid JSON at line 1, column 1"),
    (b"{", "not valid JSON at line 1, column 2"),
    (b"\xff", "not UTF-8 at byte 1"),
    (b"[]", "no messages"),
    (b"null", "message 1 is not an object but None"),
    (b"5", "message 1 is not an object but 5"),
    (b"[{}, 5]", "message 2 is not an object but 5"),
    (b"[[]]", r"message 1 is not an object but \[\]"),
    (b'[{"id": {}}]', "id of message 1 must be a string or a whole number, not {}"),
    (b'[{"id": true}]', "id of message 1 must be a string or a whole number, not True"),
    (b'[{"id": "%s"}]' % (b"x" * 129), "id of message 1 must be at most 128 characters long"),
    (b'[{"channel": 5}]', "channel of message 1 must be a string, not 5"),
    (b'[{"clientId": []}]', "clientId of message 1 must be a string"),
    (b'[{"advice": 5}]', "advice of message 1 must be an object, not 5"),
    (b'[{"advice": {"timeout": "soon"}}]', "advice.timeout of message 1 must be a number of milliseconds, not 'soon'"),
    (b'[{"advice": {"timeout": 1e999}}]', "advice.timeout of message 1 must be a number of milliseconds, not inf"),
    (b'[{"advice": {"interval": true}}]', "advice.interval of message 1 must be a number"),
    (b'[{"advice": {"interval": %s}}]' % (b"9" * 4000), "advice.interval of message 1 must be a number"),
    (b'[{"advice": {"interval": %s}}]' % (b"9" * 5000), "the body is not JSON"),
    (b'[{"ext": "x"}]', "ext of message 1 must be an object"),
    (b'[{"ext": {"ack": "x"}}]', "ext.ack of message 1 must be true, false or a number, not 'x'"),
    (b'[{"ext": {"ack": %s}}]' % (b"9" * 400), "ext.ack of message 1 must be"),
    (b'[{"data": NaN}]', "NaN is not a JSON value"),
    (b"[" * 60000, "the body is not JSON"),
    (b'[{"channel": "/meta/handshake"}, {"channel": "/meta/connect"}]', "bayeux protocol violation"),
    (b'[{"channel": "/meta/connect"}, {"channel": "/meta/handshake"}]', "bayeux protocol violation"),
]


@pytest.mark.parametrize(("body", "words"), JUNK, ids=[words for _, words in JUNK])
def test_junk(talk, body, words):
    (answer,) = talk.server.receive(body, 1, now=0, user="a", browser=None, new_id=talk.ids)
    assert answer.status == 400
    (reply,) = answer.messages
    assert reply["successful"] is False
    assert reply["error"].startswith("400::")
    assert re.search(words, reply["error"])


def test_a_batch_with_junk_does_nothing(talk, client):
    batch = [client.message("subscribe", subscription="/x"), {"channel": 5}]
    exchange = talk.post(*batch, browser=client.browser)
    assert talk.answers[exchange].status == 400
    talk.publish(1, channel="/x")
    assert client.post("connect") not in talk.answers


SMALL_TEXT = st.sampled_from(
    ["", "1", "/meta/connect", "/meta/handshake", "/meta/subscribe", "/a/*", "\ud800", "x" * 300]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SMALL_TEXT | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SMALL_TEXT | st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["channel", "clientId", "id", "subscription", "advice", "ext", "data", "connectionType", "successful"]
CHANNELS = st.sampled_from(["connect", "handshake", "subscribe", "unsubscribe", "disconnect", "x"]).map(
    "/meta/{}".format
)
MESSAGES = st.builds(
    lambda fields, channel, known: {**fields, **channel, **({"clientId": "id00000000000000"} if known else {})},
    st.dictionaries(st.sampled_from(KEYS), VALUES),
    st.just({}) | CHANNELS.map(lambda channel: {"channel": channel}),
    st.booleans(),
)
BODIES = (
    st.binary()
    | st.text()
    | VALUES.map(json.dumps)
    | MESSAGES.map(json.dumps)
    | st.lists(MESSAGES, max_size=4).map(json.dumps)
)


@given(st.lists(st.tuples(BODIES, st.sampled_from([None, "a1"]), st.booleans()), min_size=1, max_size=8))
def test_whatever_comes_has_one_answer_or_is_held(bodies):
    talk = Talk()
    client = Client(talk)
    answered = set()
    for exchange, (body, user, has_cookie) in enumerate(bodies, 100):
        browser = client.browser if has_cookie else None
        for answer in talk.server.receive(body, exchange, now=0, user=user, browser=browser, new_id=talk.ids):
            assert answer.exchange not in answered
            answered.add(answer.exchange)
            assert answer.status in (200, 400, 413, 500)
            assert all("successful" in message or "data" in message for message in answer.messages)
            if answer.status == 400:
                assert answer.exchange == exchange
    assert talk.server.held == len(bodies) - len(answered) <= 1


def test_it_is_there_in_the_package():
    assert ix.bayeux.Server is Server
