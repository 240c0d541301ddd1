"""What is answered is kept: a log and snapshots in SQLite, whatever kills the server."""

import contextlib
import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from nursery import AGENTS, ITEMS
from serving import basic

import ixnstate as ix
from ixnstate import gws
from ixnstate.server import Config
from ixnstate.server.clock import Clock
from ixnstate.server.config import Seed
from ixnstate.server.engine import Engine
from ixnstate.server.store import Store, StoreError

KILLS = 100


def config(**options):
    return Config(agents=(ix.Agent("a1"), ix.Agent("a2")), queues=("In",), automatic_routing=False, **options)


def ask(engine, user, path, body=None):
    return engine.request(gws.Request("POST" if body else "GET", path, body, user, new_id="N1"))


def lived(engine):
    """A chat that is accepted, talked in, and a workitem that waits."""
    engine.seed([Seed(media="chat", queue="In", id="c1", agent="a1"), Seed(media="workitem", queue="In", id="w1")])
    ask(engine, "a1", "/me/chats/c1", {"operationName": "Accept", "nickname": "Al"})
    ask(engine, "a1", "/me/chats/c1", {"operationName": "SendMessage", "text": "hello"})
    engine.advance(5)


# --- started again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gracefully", [True, False])
def test_a_server_that_starts_again_knows_what_it_knew(tmp_path, gracefully):
    path = tmp_path / "state.sqlite"
    first = Engine(config(), Store(path))
    first.clock.freeze()
    lived(first)
    if gracefully:
        first.close()
    else:
        first.store.close()
    again = Engine(config(), Store(path))
    assert again.center == first.center
    assert [each["type"] for each in again.store.transcript("c1")] == ["ParticipantJoined", "Text"]
    assert again.clock.now >= 5
    again.close()


def test_what_the_configuration_seeds_is_there_once(tmp_path):
    path = tmp_path / "state.sqlite"
    seeded = config(seeds=(Seed(media="chat", queue="In", id="c1"),))
    for _ in range(3):
        engine = Engine(seeded, Store(path))
        assert [each.id for each in engine.center.interactions()] == ["c1"]
        engine.store.close()


def test_the_log_is_append_only_and_replays_to_the_centre(tmp_path, monkeypatch):
    monkeypatch.setattr("ixnstate.server.store.SNAPSHOT_EVERY", 3)
    path = tmp_path / "state.sqlite"
    engine = Engine(config(), Store(path))
    lived(engine)
    for number in range(10):
        ask(engine, "a1", "/me/chats/c1", {"operationName": "AttachUserData", "userData": {"n": number}})
    engine.store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = [json.loads(events) for (events,) in connection.execute("SELECT events FROM log ORDER BY number")]
        (saved,) = connection.execute("SELECT number FROM snapshot").fetchone()
    assert 3 <= saved <= len(rows)
    center = config().center().replay(ix.event_from_json(event) for row in rows for event in row)
    assert center == engine.center


def test_in_memory_only_what_comes_after_the_snapshot_is_kept(monkeypatch):
    monkeypatch.setattr("ixnstate.server.store.SNAPSHOT_EVERY", 5)
    engine = Engine(config(), Store())
    lived(engine)
    for number in range(40):
        ask(engine, "a1", "/me/chats/c1", {"operationName": "AttachUserData", "userData": {"n": number}})
    (rows,) = engine.store._db.execute("SELECT count(*) FROM log").fetchone()
    assert rows <= 5
    assert engine.store.load(ix.GWS) == engine.center


def test_interactions_that_have_ended_are_forgotten_at_last(monkeypatch):
    monkeypatch.setattr("ixnstate.server.engine.KEEP_ENDED", 2)
    engine = Engine(config(), Store())
    for number in range(5):
        engine.seed([Seed(media="chat", queue="In", id=f"c{number}", agent="a1")])
        ask(engine, "a1", f"/me/chats/c{number}", {"operationName": "Accept", "nickname": "Al"})
        ask(engine, "a1", f"/me/chats/c{number}", {"operationName": "Complete"})
    assert [each.id for each in engine.center.interactions()] == ["c3", "c4"]
    assert [bool(engine.store.transcript(f"c{number}")) for number in range(5)] == [False] * 3 + [True] * 2


# --- what goes wrong ------------------------------------------------------------------------------------------------


def test_what_cannot_be_stored_has_not_happened(tmp_path):
    engine = Engine(config(), Store(tmp_path / "state.sqlite"))
    lived(engine)
    told = []
    engine.listen.append(told.append)
    before = engine.center.interaction("c1")
    append = engine.store.append

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    engine.store.append = full
    reply = ask(engine, "a1", "/me/chats/c1", {"operationName": "Complete"})
    assert (reply.http_status, reply.body["statusCode"], reply.notifications) == (500, 4, ())
    assert engine.center.interaction("c1") == before
    with pytest.raises(sqlite3.Error):
        engine.perform(lambda center: center.submit(media="chat", queue="In", id="c2"))
    assert engine.center.interaction("c2") is None
    assert told == []
    engine.store.append = append
    assert ask(engine, "a1", "/me/chats/c1", {"operationName": "Complete"}).http_status == 200
    assert len(told) == 1


def test_a_refused_change_leaves_the_log_sound(tmp_path):
    engine = Engine(config(), Store(tmp_path / "state.sqlite"))
    with pytest.raises(ValueError, match="there is no agent"):
        engine.perform(lambda center: center.set_ready("nobody", ready=True))
    lived(engine)
    engine.store.close()
    assert Engine(config(), Store(tmp_path / "state.sqlite")).center == engine.center


def test_two_servers_cannot_have_one_state(tmp_path):
    first = Store(tmp_path / "state.sqlite")
    first.reset(config().center())
    with pytest.raises(StoreError, match="is in use by another server"):
        Store(tmp_path / "state.sqlite", patience=0.1)


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "state.sqlite"
    path.write_text("this is not a database, and it is long enough to be looked at" * 20)
    with pytest.raises(StoreError, match="is not a SQLite database"):
        Store(path)


def test_a_state_of_another_version_is_refused(tmp_path):
    path = tmp_path / "state.sqlite"
    store = Store(path)
    store.meta("version", "99")
    store.close()
    with pytest.raises(StoreError, match="is a state of version 99, and this reads version 1"):
        Store(path)


def test_a_log_of_nonsense_is_refused(tmp_path):
    path = tmp_path / "state.sqlite"
    engine = Engine(config(), Store(path))
    lived(engine)
    engine.store.close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE log SET events = '[{\"v\": 9}]'")
    connection.close()
    with pytest.raises(StoreError, match="this reads version 1 of the events, not 9"):
        Engine(config(), Store(path))


# --- the clock ------------------------------------------------------------------------------------------------------


def test_the_clock_can_be_frozen_and_moved_on():
    time = [100.0]
    clock = Clock(7.0, source=lambda: time[0])
    time[0] += 2
    assert clock.now == 9
    clock.freeze()
    time[0] += 50
    assert (clock.now, clock.is_frozen) == (9, True)
    clock.advance(30)
    clock.freeze()
    assert clock.now == 39
    clock.go_on()
    clock.go_on()
    time[0] += 1
    assert (clock.now, clock.is_frozen) == (40, False)
    assert (clock.moment - clock.began).total_seconds() == pytest.approx(40)


# --- killed ---------------------------------------------------------------------------------------------------------


class Load(threading.Thread):
    """One agent's client, which counts in the user data of an interaction, and knows what was answered."""

    def __init__(self, agent):
        super().__init__(daemon=True)
        self.agent, self.path = agent, f"/api/v2/me/workitems/{ITEMS[agent]}"
        self.sent = self.answered = self.said = 0
        self.references = []
        self.port, self.go, self.idle, self.over = None, threading.Event(), threading.Event(), False

    def run(self):
        while not self.over:
            self.idle.set()
            self.go.wait()
            self.idle.clear()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                while self.go.is_set():
                    self.count(connection)
            except (OSError, http.client.HTTPException):
                self.go.wait(0.001)
            finally:
                connection.close()

    def ask(self, connection, path, body):
        connection.request("POST", path, json.dumps(body), basic(self.agent))
        answer = json.loads(connection.getresponse().read())
        assert answer["statusCode"] == 0, answer
        return answer

    def count(self, connection):
        self.sent += 1
        answer = self.ask(connection, self.path, {"operationName": "AttachUserData", "userData": {"n": self.sent}})
        self.answered = self.sent
        self.references.append(answer["referenceId"])
        if self.agent == "a1":
            self.ask(connection, "/api/v2/me/chats/C1", {"operationName": "SendMessage", "text": str(self.said + 1)})
            self.said += 1


def read(port, agent, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", f"/api/v2/me{path}", headers=basic(agent))
    answer = json.loads(connection.getresponse().read())
    connection.close()
    assert answer["statusCode"] == 0, answer
    return answer


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the servers are forks, and this system has none")
def test_a_server_killed_a_hundred_times_under_load_loses_nothing_that_was_answered(tmp_path):
    helpers = Path(__file__).parents[1] / "helpers"
    nursery = subprocess.Popen(
        [sys.executable, str(helpers / "nursery.py"), str(tmp_path / "state.sqlite")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=helpers,
    )  # fmt: skip
    load = [Load(agent) for agent in AGENTS]
    dice = random.Random(1)
    for each in load:
        each.start()
    for kill in range(KILLS + 1):
        nursery.stdin.write("start\n")
        nursery.stdin.flush()
        port, pid = map(int, nursery.stdout.readline().split())
        if kill == 0:
            for agent, id in ITEMS.items():
                accept(port, agent, f"workitems/{id}", {"operationName": "Accept"})
            accept(port, "a1", "chats/C1", {"operationName": "Accept", "nickname": "Al"})
        for each in load:
            shown = read(port, each.agent, f"/workitems/{ITEMS[each.agent]}")["workitem"]
            assert each.answered <= shown["userData"].get("n", 0) <= each.sent
        texts = [each["text"] for each in read(port, "a1", "/chats/C1/messages")["messages"] if each["type"] == "Text"]
        assert texts[: load[0].said] == [str(n + 1) for n in range(load[0].said)]
        load[0].said = len(texts)  # one that was sent and not answered may have been done
        for each in load:
            each.port = port
            each.go.set()
        time.sleep(dice.uniform(0.005, 0.08))
        os.kill(pid, signal.SIGKILL)
        for each in load:
            each.go.clear()
        assert nursery.stdout.readline() == "dead\n"
        for each in load:
            assert each.idle.wait(20)
    for each in load:
        each.over = True
        each.go.set()
    nursery.stdin.close()
    nursery.stdout.close()
    assert nursery.wait(20) == 0
    references = [number for each in load for number in each.references]
    assert len(references) == len(set(references)), "no reference id is given twice"
    assert all(each.references == sorted(each.references) for each in load)
    assert all(each.answered > KILLS for each in load), "there was load"


def accept(port, agent, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", f"/api/v2/me/{path}", json.dumps(body), basic(agent))
    assert json.loads(connection.getresponse().read())["statusCode"] == 0
    connection.close()
