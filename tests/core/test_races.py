"""Values may be used by any number of threads: what is worked out once and kept may be asked for first by several."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

import ixnstate as ix
from ixnstate import gws, machines

THREADS = 8


@pytest.fixture
def hurried():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(function, *arguments):
    """What it gives back to each of several threads that call it at the same time."""
    barrier = Barrier(THREADS)

    def call():
        barrier.wait()
        return function(*arguments)

    with ThreadPoolExecutor(THREADS) as pool:
        return [each.result() for each in [pool.submit(call) for _ in range(THREADS)]]


def a_definition():
    """One that nobody has used yet."""
    return ix.Definition(ix.GWS.media, ix.GWS.profile)


FIRST = {
    "step": lambda new, record: ix.step(record, ix.Accept(by="a1"), definition=new),
    "decide": lambda new, record: ix.decide(record, ix.Complete(by="a1"), definition=new),
    "view": lambda new, record: ix.view(record, "a1", definition=new),
    "edges": lambda new, record: new.edges(record.media),
    "validate": lambda new, record: ix.validate(record.media, ["Offer", "Accept", "Complete"], definition=new),
    "notices": lambda new, record: ix.notices(ix.step(record, ix.Reject(by="a1"), definition=new), definition=new),
    "notifications": lambda new, record: [
        each.message for each in gws.notifications(ix.step(record, ix.Accept(by="a1")), definition=new)
    ],
    "handle": lambda new, record: gws.handle(
        ix.ContactCenter([ix.Agent("a1")], definition=new), gws.Request("GET", "/me/chats", None, "a1")
    ),
    "snapshot": lambda new, record: ix.ContactCenter(definition=new).snapshot(),
    "mermaid": lambda new, record: machines.mermaid(record.media, definition=new),
}


@pytest.mark.parametrize("what", FIRST)
@pytest.mark.parametrize("media", ["chat", "workitem"])
def test_the_first_use_of_a_definition_can_be_by_several_threads(what, media, hurried):
    for _ in range(15):
        record = ix.Interaction("X1", media, "Invited", invited=["a1"])  # which nobody has looked at, either
        found = at_once(FIRST[what], a_definition(), record)
        assert all(each == found[0] for each in found)


def test_a_machine_is_one_for_all_threads(hurried):
    new = a_definition()
    assert len(set(map(id, at_once(lambda: machines.machine("workitem", definition=new))))) == 1


def test_each_thread_has_a_contact_centre_of_its_own(hurried):
    """The documented pattern: a centre is for one thread at a time, the definition is for all."""
    new = a_definition()

    def day():
        center = ix.ContactCenter([ix.Agent("a1")], definition=new)
        for number in range(20):
            center.submit(id=f"i{number}", media="chat", queue="Inbound")
            center.route()
            center.apply(ix.Accept(by="a1"), f"i{number}")
            center.apply(ix.Leave(by="a1"), f"i{number}")
        return center.snapshot()

    found = at_once(day)
    assert all(each == found[0] for each in found)


def test_a_centre_behind_a_lock_is_used_by_several_threads(hurried):
    from threading import Lock

    center, lock = ix.ContactCenter([ix.Agent("a1")]), Lock()

    def submit(id):
        with lock:
            return center.submit(id=id, media="workitem", queue="Inbound").refusal

    with ThreadPoolExecutor(THREADS) as pool:
        refused = list(pool.map(submit, [f"i{number % 100}" for number in range(200)]))
    assert sum(each is None for each in refused) == 100
    assert ix.ContactCenter.restore(center.snapshot()) == center


@pytest.mark.parametrize("media", ix.GWS.media)
def test_an_operation_may_be_called_like_a_medium(media):
    record = ix.Interaction("X1", media)
    for definition in (a_definition(), ix.GWS):
        refusal = ix.decide(record, ix.command(media, by="a1"), definition=definition)
        assert refusal.code is ix.RefusalCode.UNKNOWN_OPERATION
    edge = ix.Edge(ix.State.QUEUED, media, ix.State.QUEUED, ix.Who.ANYONE, ix.Does.NOTHING)
    own = ix.GWS.with_edge(media, edge)
    assert ix.decide(ix.Interaction("X1", media), ix.command(media, by="a1"), definition=own) == ()
