"""`HttpDriver` against a server on a socket: the kit listens over CometD, goes on after trouble, and ends cleanly."""

import threading
from time import monotonic, sleep

import http_server
import pytest

import ixnstate as ix
from ixnstate import gws
from ixnstate.bayeux.listening import CometdError
from ixnstate.testing import WORLD, Bench, HttpDriver, NonconformanceError, conform

SMALL = {"workitem", "agent-workbin"}


@pytest.fixture
def http():
    """The module of the server."""
    return http_server


def center():
    return ix.ContactCenter(WORLD.agents, WORLD.workbins, WORLD.queues)


@pytest.fixture
def server(http):
    running = http.Server(center)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def threads():
    return [each for each in threading.enumerate() if each.name.startswith("cometd ")]


def accepted(driver):
    bench = Bench(driver, supports=SMALL)
    bench.do(ix.Submit(new_id="x1", media="workitem", queue="Inbound", user_data={}))
    bench.do(ix.Offer(interaction="x1", media="workitem", agent="a1"))
    bench.do(ix.Accept(interaction="x1", media="workitem", by="a1"))
    return bench


def test_a_server_on_a_socket_conforms(server):
    with HttpDriver(server.base, cometd=True, platform=server.platform) as driver:
        assert not driver.lacks
        report = conform(lambda: driver, supports=SMALL, kinds=("tour", "races"), examples=3, steps=10)
    assert report.ok, report.summary()
    assert not threads()
    assert server.clients == {}


def test_what_agents_are_not_told_is_found(server):
    server.tell = lambda notifications: None
    with HttpDriver(server.base, cometd=True, platform=server.platform, patience=0.1) as driver:
        bench = Bench(driver, supports=SMALL)
        bench.do(ix.Submit(new_id="x1", media="workitem", queue="Inbound", user_data={}))
        with pytest.raises(NonconformanceError, match="notifications to a1: expected .*Invited, found nothing"):
            bench.do(ix.Offer(interaction="x1", media="workitem", agent="a1"))


def test_without_cometd_there_are_only_gets(server):
    with HttpDriver(server.base, platform=server.platform) as driver:
        accepted(driver)
        assert not threads()


def test_it_listens_without_a_with_statement_and_can_begin_again(server):
    driver = HttpDriver(server.base, cometd="/notifications", platform=server.platform)
    for _ in range(2):
        accepted(driver)
        assert len(threads()) == len(WORLD.agents)
        driver.close()
        assert not threads()


def test_who_is_forgotten_shakes_hands_again(server):
    with HttpDriver(server.base, cometd=True, platform=server.platform) as driver:
        bench = accepted(driver)
        with server.changed:
            before = {*server.clients}
            server.clients.clear()
            server.changed.notify_all()
        until = monotonic() + 10
        while sum(len(each.topics) == len(gws.topics()) for each in [*server.clients.values()]) < len(WORLD.agents):
            assert monotonic() < until
            sleep(0.01)
        assert not before & {*server.clients}
        bench.do(ix.Complete(interaction="x1", media="workitem", by="a1"))


def test_a_server_that_breaks_down_is_asked_again(server):
    answer, failures = server.converse, iter(range(8))

    def converse(agent, messages):
        if messages[0]["channel"] == "/meta/connect" and next(failures, None) is not None:
            raise ConnectionError
        return answer(agent, messages)

    server.converse, server.handle_error = converse, lambda *_: None
    with HttpDriver(server.base, cometd=True, platform=server.platform, patience=10.0) as driver:
        bench = Bench(driver, supports=SMALL)
        bench.do(ix.Submit(new_id="x1", media="workitem", queue="Inbound", user_data={}))
        bench.do(ix.Offer(interaction="x1", media="workitem", agent="a1"))


def test_late_messages_of_an_earlier_case_are_not_looked_at(server):
    with HttpDriver(server.base, cometd=True, platform=server.platform) as driver:
        bench = accepted(driver)
        held = []
        server.tell = held.append
        server.platform(ix.Stop(interaction=bench.ids["x1"]))
        del server.tell
        new = Bench(driver, supports=SMALL)
        new.do(ix.Submit(new_id="x1", media="workitem", queue="Inbound", user_data={}))
        server.changed.acquire()
        server.tell(held[0])
        server.changed.release()
        sleep(0.1)
        new.do(ix.Offer(interaction="x1", media="workitem", agent="a1"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda agent, messages: [{"channel": "/meta/handshake", "successful": False, "error": "403::no"}], "403::no"),
        (lambda agent, messages: {"statusCode": 6}, "is not a list of messages, but {'statusCode': 6}"),
        (lambda agent, messages: [], "the server does not answer /meta/handshake"),
    ],
)
def test_a_server_that_lets_nobody_listen_is_told_so(server, answer, words):
    server.converse = answer
    with (
        pytest.raises(CometdError, match=f"agent a1 cannot listen: .*{words}"),
        HttpDriver(server.base, cometd=True, platform=server.platform),
    ):
        pass


def test_an_agent_without_credentials_is_named(server):
    driver = HttpDriver(server.base, cometd=True, platform=server.platform, headers=lambda agent: {})
    with pytest.raises(CometdError, match="agent a1 cannot listen: /notifications answers with HTTP status 401"):
        driver.start()


def test_a_server_that_sends_an_agent_away_is_told_so(server):
    answer, started = server.converse, threading.Event()

    def converse(agent, messages):
        if agent == "a2" and messages[0]["channel"] == "/meta/connect" and started.wait(10):
            return [{"channel": "/meta/connect", "successful": False, "error": "no", "advice": {"reconnect": "none"}}]
        return answer(agent, messages)

    server.converse = converse
    with HttpDriver(server.base, cometd=True, platform=server.platform) as driver:
        started.set()
        for each in threads():
            if each.name == "cometd a2":
                each.join(10)
        with pytest.raises(CometdError, match="agent a2 is told nothing any more: the server says not to connect"):
            driver.notifications()


def test_agents_start_and_end_their_sessions(server):
    asked = []
    answer = server.answer

    def listening(method, path, body, agent):
        if path == "/api/v2/me":
            asked.append((agent, body))
        return answer(method, path, body, agent)

    server.answer = listening
    with HttpDriver(server.base, cometd=True, platform=server.platform, channels=["workitem"]):
        pass
    posted = [(agent, body["operationName"], body.get("channels")) for agent, body in asked if body]
    assert posted == [
        *((agent, "StartContactCenterSession", ["workitem"]) for agent in WORLD.workers),
        *((agent, "EndContactCenterSession", None) for agent in WORLD.workers),
    ]
