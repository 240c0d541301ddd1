"""The Bayeux server with many clients that wait: what each takes, and what a message costs."""

import gc
import json
import tracemalloc
from collections.abc import Mapping
from itertools import count
from time import perf_counter

from benchmarks.timing import Run
from ixnstate import bayeux, gws

TURNS = 2_000
MESSAGE = {
    "workitem": {"id": "02F0ASAK8EAFA00W", "state": "Processing", "capabilities": ["Transfer", "Complete"]},
    "referenceId": 17,
    "notificationType": "StatusChange",
    "messageType": "WorkitemStateChangeMessage",
}
TOPIC = "/v2/me/workitems"


class Crowd:
    """Agents with a client each, whose polls are held."""

    def __init__(self, size: int) -> None:
        self.server = bayeux.Server(bayeux.Options(max_sessions=size))
        self.exchanges = count()
        self.clients: list[tuple[str, str, bytes]] = []
        ids = map("{:032x}".format, count(1)).__next__
        for number in range(size):
            agent = f"a{number}"
            self.new_id = ids
            (answer,) = self.post([{"channel": "/meta/handshake", "id": "1"}], agent, None)
            client, browser = answer.messages[0]["clientId"], answer.browser
            assert browser is not None
            subscribe = {"channel": "/meta/subscribe", "id": "2", "clientId": client, "subscription": [*gws.topics()]}
            connect = {"channel": "/meta/connect", "id": "3", "clientId": client, "connectionType": "long-polling"}
            self.post([connect, subscribe], agent, browser)
            self.clients.append((agent, browser, json.dumps([connect]).encode()))
            self.connect(number)
        assert self.server.held == size

    def post(self, messages: list[dict[str, object]], agent: str, browser: str | None) -> tuple[bayeux.Answer, ...]:
        """The answers to a POST."""
        return self.server.receive(
            json.dumps(messages), next(self.exchanges), now=0.0, user=agent, browser=browser, new_id=self.new_id
        )

    def connect(self, number: int, now: float = 0.0) -> None:
        """A client polls; the poll is held."""
        agent, browser, body = self.clients[number]
        answers = self.server.receive(
            body, next(self.exchanges), now=now, user=agent, browser=browser, new_id=self.new_id
        )
        assert not answers


def contest(fewer: int) -> Mapping[str, Run]:
    """A message to an agent, with the poll that it answers and the next one; bare encoding and decoding beside it."""

    def messages(crowd: Crowd) -> Run:
        size = len(crowd.clients)

        def run() -> int:
            for turn in range(TURNS):
                number = turn * 7919 % size
                (answer,) = crowd.server.publish([(f"a{number}", TOPIC, MESSAGE)], now=0.0)
                assert answer.status == 200
                crowd.connect(number)
            return TURNS

        return run

    def floor() -> int:
        body = json.dumps([{"channel": "/meta/connect", "id": "3", "clientId": "f" * 32}]).encode()
        for _ in range(TURNS):
            json.dumps([{"data": MESSAGE, "channel": TOPIC}]).encode()
            json.loads(body)
        return TURNS

    return {
        "JSON": floor,
        "a message, 100 polls": messages(Crowd(100)),
        "a message, many polls": messages(Crowd(10_000 // fewer)),
    }


def size(polls: int) -> float:
    """Bytes that a client takes whose poll is held, with a subscription to every topic."""
    crowd = Crowd(1)
    gc.collect()
    tracemalloc.start()
    try:
        crowd = Crowd(polls)
        crowd.clients.clear()
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return taken / polls


def expiring(polls: int) -> float:
    """Microseconds for each poll whose time is over, when those of all clients are."""
    crowd = Crowd(polls)
    gc.collect()
    began = perf_counter()
    answers = crowd.server.tick(now=30.0)
    spent = perf_counter() - began
    assert len(answers) == polls
    return spent / polls * 1e6


def ticking(polls: int) -> float:
    """Nanoseconds for a tick with nothing to do, while so many polls are held."""
    crowd = Crowd(polls)
    began = perf_counter()
    for _ in range(10_000):
        crowd.server.tick(now=1.0)
    return (perf_counter() - began) / 10_000 * 1e9
