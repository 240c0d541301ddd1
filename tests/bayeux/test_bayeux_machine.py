"""The Bayeux server under any schedule: clients that connect, wait, give up, lose answers, come back."""

import json
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ixnstate.bayeux import Options, Server
from ixnstate.bayeux.sessions import OVERHEAD

MAX_QUEUE = 600
TEXT = len(b'{"data":"000000","channel":"/v2/me/chats"}') + OVERHEAD
TOPIC = "/v2/me/chats"


class Client:
    """What a client believes, and what it should have been sent."""

    def __init__(self, user, browser, is_acking):
        self.user, self.browser, self.is_acking = user, browser, is_acking
        self.id = None
        self.subscribed = False
        self.ack = 0
        self.expected, self.received = [], []
        self.open = set()
        """Its requests that have no answer yet."""

    def forget(self):
        self.id, self.subscribed, self.ack = None, False, 0
        self.expected, self.received = [], []


class Schedules(RuleBasedStateMachine):
    """Each client is sent what it subscribed to: all of it, once, in order."""

    def __init__(self):
        super().__init__()
        self.server = Server(Options(max_queue=MAX_QUEUE))
        self.now = 0.0
        self.numbers = count(1)
        self.data = map("{:06d}".format, count()).__next__
        self.ids = map("id{:014d}".format, count()).__next__
        self.everybody = []
        self.owner = {}
        self.answered = set()
        self.abandoned = set()

    # --- how a client behaves

    def post(self, client, *messages, loses=False):
        exchange = next(self.numbers)
        self.owner[exchange] = client
        client.open.add(exchange)
        body = json.dumps([{"clientId": client.id, "id": str(exchange), **each} for each in messages])
        answers = self.server.receive(
            body, exchange, now=self.now, user=client.user, browser=client.browser, new_id=self.ids
        )
        self.take(answers, {exchange} if loses else ())
        return exchange

    def take(self, answers, lost=()):
        for answer in answers:
            assert answer.exchange not in self.answered, "answered twice"
            assert answer.exchange not in self.abandoned, "answered though nobody waits"
            self.answered.add(answer.exchange)
            client = self.owner[answer.exchange]
            client.open.remove(answer.exchange)
            if answer.browser is not None:
                client.browser = answer.browser
            if answer.exchange not in lost:
                self.read(client, answer)

    def read(self, client, answer):
        data = [each["data"] for each in answer.messages if "data" in each]
        replies = [each for each in answer.messages if "successful" in each]
        batch = next((each["ext"]["ack"] for each in replies if isinstance(each.get("ext"), dict) and client.id), None)
        if any(each["successful"] is False and each["error"].startswith("402") for each in replies):
            client.forget()
            return
        client.received += data
        if client.is_acking and batch is not None and batch is not True:
            client.ack = batch

    @property
    def live(self):
        return [each for each in self.everybody if each.id is not None]

    # --- what happens

    @initialize(acking=st.lists(st.booleans(), min_size=1, max_size=3), is_one_browser=st.booleans())
    def begin(self, acking, is_one_browser):
        for is_acking in acking:
            browser = self.everybody[0].browser if is_one_browser and self.everybody else None
            client = Client("a1", browser, is_acking)
            self.everybody.append(client)
            self.come_back(client)
        stranger = Client("a2", None, False)
        self.everybody.append(stranger)
        self.come_back(stranger)

    def come_back(self, client):
        """Shake hands, subscribe, and connect once, as every client does."""
        for exchange in [*client.open]:
            self.abandon(exchange)
        client.forget()
        exchange = next(self.numbers)
        body = {"channel": "/meta/handshake", **({"ext": {"ack": True}} if client.is_acking else {})}
        (*others, answer) = self.server.receive(
            json.dumps(body), exchange, now=self.now, user=client.user, browser=client.browser, new_id=self.ids
        )
        self.take(others)
        self.answered.add(exchange)
        client.browser = answer.browser or client.browser
        client.id = answer.messages[0]["clientId"]
        self.subscribe(client, is_wild=False)
        self.post(client, self.connect_message(client))

    def subscribe(self, client, is_wild):
        self.post(client, {"channel": "/meta/subscribe", "subscription": "/v2/me/*" if is_wild else TOPIC})
        client.subscribed = client.id is not None

    def unsubscribe(self, client):
        self.post(client, {"channel": "/meta/unsubscribe", "subscription": [TOPIC, "/v2/me/*"]})
        client.subscribed = False

    def disconnect(self, client):
        self.post(client, {"channel": "/meta/disconnect"})
        client.forget()

    def sign_out(self, client):
        self.take(self.server.sign_out(client.user, now=self.now))
        for each in self.everybody:
            if each.user == client.user:
                each.forget()

    @rule(
        data=st.data(),
        is_wild=st.booleans(),
        what=st.sampled_from(["subscribe"] * 3 + ["unsubscribe", "disconnect", "out"]),
    )
    def change(self, data, is_wild, what):
        client = self.some(data)
        match what:
            case "subscribe":
                self.subscribe(client, is_wild)
            case "unsubscribe":
                self.unsubscribe(client)
            case "disconnect":
                self.disconnect(client)
            case "out":
                self.sign_out(client)

    def some(self, data):
        """One of the clients, who comes back if it is not there."""
        client = data.draw(st.sampled_from(self.everybody))
        if client.id is None:
            self.come_back(client)
        return client

    def connect_message(self, client, **advice):
        ack = {"ext": {"ack": client.ack}} if client.is_acking else {}
        return {"channel": "/meta/connect", **ack, **({"advice": advice} if advice else {})}

    @rule(data=st.data(), timeout=st.none() | st.integers(0, 40_000), loses=st.booleans())
    def connect(self, data, timeout, loses):
        client = self.some(data)
        advice = {} if timeout is None else {"timeout": timeout}
        self.post(client, self.connect_message(client, **advice), loses=loses and client.is_acking)

    @rule(data=st.data())
    def connect_in_a_batch(self, data):
        client = self.some(data)
        again = [{"channel": "/meta/subscribe", "subscription": TOPIC}] if client.subscribed else []
        self.post(client, self.connect_message(client), *again, {"channel": "/meta/unsubscribe", "subscription": "/x"})

    @rule(user=st.sampled_from(["a1", "a1", "a2"]), number=st.integers(1, 3), loses=st.booleans())
    def publish(self, user, number, loses):
        new = [self.data() for _ in range(number)]
        for client in self.live:
            if client.user == user and client.subscribed:
                client.expected += new
        answers = self.server.publish([(user, TOPIC, each) for each in new], now=self.now)
        lost = {each.exchange for each in answers if loses and self.owner[each.exchange].is_acking}
        self.take(answers, lost)

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0, 5.0, 9.0, 10.0, 30.0]))
    def wait(self, seconds):
        until = self.now + seconds
        while self.server.deadline is not None and self.server.deadline <= until:
            self.now = max(self.now, self.server.deadline)
            self.take(self.server.tick(now=self.now))
            assert self.server.deadline is None or self.server.deadline > self.now
        self.now = until

    @precondition(lambda self: any(each.open for each in self.everybody))
    @rule(data=st.data())
    def give_up(self, data):
        waiting = sorted(exchange for each in self.everybody for exchange in each.open)
        self.abandon(data.draw(st.sampled_from(waiting)))

    def abandon(self, exchange):
        self.server.abandon(exchange, now=self.now)
        self.owner[exchange].open.discard(exchange)
        self.abandoned.add(exchange)

    # --- what must hold

    @invariant()
    def every_request_is_answered_once_or_held(self):
        waiting = [exchange for each in self.everybody for exchange in each.open]
        assert self.server.held == len(waiting)

    @invariant()
    def one_poll_is_held_of_each_browser(self):
        browsers = [each.browser for each in self.everybody for _ in each.open]
        assert len(browsers) == len(set(browsers))

    @invariant()
    def nothing_is_lost_doubled_or_reordered(self):
        for client in self.live:
            assert client.received == client.expected[: len(client.received)]

    @invariant()
    def a_session_without_a_poll_expires(self):
        for session in self.server._sessions.values():
            longest = 30 if session.poll else session.interval + 10
            assert self.now <= session.deadline <= self.now + longest

    @invariant()
    def no_poll_is_held_while_there_is_something_new(self):
        assert all(not session.unsent for session in self.server._sessions.values() if session.poll)
        assert sum(self.server._polls_of.values()) == self.server.held

    @invariant()
    def memory_is_bounded(self):
        sessions = self.server._sessions.values()
        assert all(each.size <= MAX_QUEUE for each in sessions)
        assert all(each.size == len(each.queue) * TEXT for each in sessions)
        assert all(len(each.queue) >= each.unsent for each in sessions)
        assert len(self.server._timers._heap) <= 2 * self.server.sessions + 64
        assert self.server._timers.live == self.server.sessions
        assert (self.server.deadline is None) <= (self.server.sessions == 0)

    def teardown(self):
        """In the end everybody connects: then everybody has everything."""
        for client in self.live:
            for _ in range(2):
                if client.id is not None:
                    self.post(client, self.connect_message(client, timeout=0))
            assert client.received == client.expected
        self.take(self.server.stop(now=self.now))
        assert self.server.held == 0


Schedules.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSchedules = Schedules.TestCase
