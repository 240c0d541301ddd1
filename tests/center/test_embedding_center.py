"""The examples of embedding a contact centre: in memory, in SQLite with threads that race, and a client's mirror."""

import json
import random
import sys
import threading
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

import ixnstate as ix
from ixnstate import gws
from ixnstate.client import Progress

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "embedding"


@pytest.fixture
def example(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def load(name):
        sys.modules.pop(name, None)
        return __import__(name)

    return load


# --- in memory ------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(example):
    times = [0.0]
    numbers = count(1)
    agents = [ix.Agent("a1"), ix.Agent("a2")]
    center = ix.ContactCenter(agents=agents, workbins=[ix.Workbin("drafts")], queues=["In", "Out"])
    made = example("memory_server").MemoryServer(center, lambda: f"{next(numbers):016}", lambda: times[0])
    made.times = times
    return made


def connect(example, server, agent):
    def post(path, body):
        return server.request("POST", path, json.dumps(body).encode(), agent)

    return example("client").Desk(agent, post)


def get(server, agent):
    return lambda path: server.request("GET", path, b"", agent)[:2]


def test_a_day_in_memory(example, server):
    a1, a2 = (connect(example, server, name) for name in ("a1", "a2"))
    chat = server.arrive("chat", "In", {"n": 1}, {"participants": [{"type": "Customer", "nickname": "Bob"}]})
    for frame in server.frames.pop("a1"):
        a1.mirror.take(frame)
    assert a1.mirror.view(chat).state is ix.State.INVITED
    server.times[0] = 31.0  # nobody answers: it goes to the other agent
    server.tick()
    for frame in server.frames.pop("a1"):
        a1.mirror.take(frame)
    for frame in server.frames.pop("a2"):
        a2.mirror.take(frame)
    assert (a1.mirror.views, a2.mirror.view(chat).state) == ({}, ix.State.INVITED)
    assert a2.perform("Accept", chat, nickname="Al").progress is Progress.ACCEPTED
    assert a2.perform("SendMessage", chat, text="Hello").progress is Progress.DONE
    for frame in server.frames.pop("a2"):
        a2.mirror.take(frame)
    assert a2.mirror.view(chat).state is ix.State.CHATTING
    assert a1.perform("Complete", chat, media="chat").progress is Progress.REFUSED
    assert server.request("POST", f"/me/chats/{chat}", b"{", "a2")[0] == 400


def test_a_mirror_is_rebuilt_after_a_reconnect(example, server):
    a1 = connect(example, server, "a1")
    server.center.set_ready("a2", ready=False)
    ids = [server.arrive(media, "In", {}, {}) for media in ("chat", "email", "workitem", "facebook")]
    for id, media in zip(ids, ("chat", "email", "workitem"), strict=False):
        assert a1.perform("Accept", id, media=media).progress is not Progress.REFUSED
    server.frames.clear()  # the connection was lost, and with it every message
    a1.reconnect(get(server, "a1"))
    assert {id: shown.view for id, shown in a1.mirror.views.items()} == {id: server.center.view(id, "a1") for id in ids}
    assert a1.mirror.view(ids[3]).state is ix.State.INVITED
    assert a1.mirror.pending == ()


# --- in SQLite ------------------------------------------------------------------------------------------------------


def test_a_record_is_read_as_it_was_written(example):
    store = example("sqlite_store")
    place = ix.WorkbinPlace("wb", agent_group="G")
    record = ix.Interaction(
        "E1", "email", "InWorkbin", workbin=place, resume="Composing", user_data={"a": [1, {"b": None}]}, revision=7
    )
    assert store.read(store.written(record)) == record


def test_two_threads_race_for_one_item_and_one_gets_it(example, tmp_path):
    module = example("sqlite_store")
    path = tmp_path / "day.db"
    with closing(module.SqliteStore(path)) as store:
        for number in range(30):
            store.add(ix.Interaction(f"W{number}", "workitem", "InWorkbin", workbin=ix.WorkbinPlace("wb")))
    start = threading.Barrier(2)
    got: dict[str, list] = {"a1": [], "a2": []}

    def pull(agent):
        order = random.Random(agent).sample(range(30), 30)
        with closing(module.SqliteStore(path)) as store:
            start.wait()
            for number in order:
                got[agent].append((f"W{number}", store.perform(f"W{number}", ix.PullWorkitem(by=agent))))

    threads = [threading.Thread(target=pull, args=(agent,)) for agent in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = {agent: {id for id, outcome in found if isinstance(outcome, ix.Step)} for agent, found in got.items()}
    assert won["a1"].isdisjoint(won["a2"])
    assert won["a1"] | won["a2"] == {f"W{number}" for number in range(30)}
    with closing(module.SqliteStore(path)) as store:
        records = {f"W{number}": store.get(f"W{number}") for number in range(30)}
    for agent, found in got.items():
        other = "a2" if agent == "a1" else "a1"
        for id, outcome in found:
            record = records[id]
            assert (record.state, record.revision) == (ix.State.PROCESSING, 1)
            if isinstance(outcome, ix.Refusal):
                assert (outcome.code, record.holders) == (ix.RefusalCode.ILLEGAL, (other,))
                assert str(outcome).endswith(f"it is in no workbin; {other} holds it")


def test_threads_lose_no_update(example, tmp_path):
    module = example("sqlite_store")
    path = tmp_path / "day.db"
    with closing(module.SqliteStore(path)) as store:
        store.add(ix.Interaction("W1", "workitem", "Processing", holders=["a1"]))

    def attach(thread):
        with closing(module.SqliteStore(path)) as store:
            for number in range(25):
                store.perform("W1", ix.AttachUserData(by="a1", user_data={f"{thread}-{number}": number}))

    threads = [threading.Thread(target=attach, args=(each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with closing(module.SqliteStore(path)) as store:
        record = store.get("W1")
    assert (len(record.user_data), record.revision) == (100, 100)


def test_a_reply_keeps_its_child_with_it(example, tmp_path):
    with closing(example("sqlite_store").SqliteStore(tmp_path / "day.db")) as store:
        store.add(ix.Interaction("E1", "email", "Processing", holders=["a1"]))
        assert isinstance(store.perform("E1", ix.Reply(by="a1", new_id="E2", queue_name="Out")), ix.Step)
        assert (store.get("E2").state, store.get("E2").parent_id) == (ix.State.COMPOSING, "E1")
        missing = store.perform("E9", ix.Complete(by="a1"))
    assert gws.reply(ix.Complete(by="a1", media="email"), missing).http_status == 404
