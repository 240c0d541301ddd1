"""Drivers: each of those that are there says of the reference what the model says, and shows a fault where one is."""

import asyncio
import json
import sys
from threading import RLock

import pytest

import ixnstate as ix
from ixnstate import gws
from ixnstate.testing import (
    EVERYTHING,
    WORLD,
    Ability,
    Bench,
    DriverError,
    FaultyDriver,
    HttpDriver,
    InProcessDriver,
    NonconformanceError,
    Reply,
    Scope,
    Seen,
    StdioDriver,
    TargetError,
    Told,
    Verdict,
    Wait,
    conform,
    judge,
    suite,
)

SMALL = frozenset({"workitem", "email", "agent-workbin", "group-workbin"})


class FakeServer:
    """A server in this process: `gws.handle` behind a transport, with a platform's back door and a CometD queue."""

    def __init__(self):
        self.count = 0
        self.lock = RLock()
        self.reset()

    def reset(self):
        self.center = ix.ContactCenter(WORLD.agents, WORLD.workbins, WORLD.queues)
        self.sent = []

    def send(self, method, address, headers, body):
        path = address.removeprefix("http://server")
        with self.lock:
            self.count += 1
            request = gws.Request(
                method, path, None if body is None else json.loads(body), headers["Agent"], f"n{self.count}"
            )
            reply = gws.handle(self.center, request)
            self.told(reply.notifications)
        return reply.http_status, b"" if reply.body is None else json.dumps(reply.body).encode()

    def told(self, notifications):
        self.sent += [(each.agent, each.frame()) for each in notifications]

    def platform(self, action):
        with self.lock:
            return self.signal(action)

    def signal(self, action):
        if action is None:
            self.reset()
            return None
        if isinstance(action, Wait):
            outcome = self.center.advance(action.seconds)
        elif isinstance(action, ix.Submit):
            self.count += 1
            outcome = self.center.apply(ix.Submit(**{
                each.name: getattr(action, each.name) for each in ix.parameters_of(ix.Submit) if each.name != "new_id"
            }, new_id=f"n{self.count}"))  # fmt: skip
        else:
            outcome = self.center.apply(action)
        self.told(gws.notifications(outcome))
        return outcome.created and outcome.created.id

    def read(self):
        found, self.sent = self.sent, []
        return found

    def driver(self, **options):
        given = {"platform": self.platform, "cometd": self.read, "patience": 0.05, **options}
        return HttpDriver("http://server/api/v2", send=self.send, headers=lambda agent: {"Agent": agent}, **given)


def test_http_conforms():
    report = conform(FakeServer().driver, supports=SMALL, examples=30)
    assert report.ok, report.summary()
    assert report.counts["pass"] > 500
    assert report.counts["not applicable"] == 14  # a supervisor's


def test_what_must_be_refused_can_be_asked_for_over_http():
    report = conform(FakeServer().driver, kinds=("arguments",), examples=0)
    assert report.ok, report.summary()
    ids = [each.case.id for each in report.results]
    assert "workitem: Processing -AttachUserData-> refused with a number as user_data" in ids
    assert "email: Composing -Save-> refused without content" in ids
    assert "twitter: Composing -Save-> refused without content" not in ids  # no request says that it is missing


def test_http_without_a_platform_lets_agents_create():
    report = conform(lambda: FakeServer().driver(platform=None, cometd=None), supports={"workitem"}, examples=10)
    assert report.ok, report.summary()
    assert "not tested: not supported, or the driver cannot do it" in report.summary()
    assert any(each.case.id == "workitem: Processing -Complete-> Completed" for each in report.results)


def test_http_waits_for_messages_that_come_after_the_reply():
    server, held = FakeServer(), []

    def late():
        held.append(server.read())
        return held.pop(0) if len(held) > 1 else []

    bench = Bench(server.driver(cometd=late, patience=2.0))
    bench.do(ix.Submit(new_id="x1", media="workitem", queue="Inbound"))
    bench.do(ix.Offer(interaction="x1", agent="a1"))
    bench.do(ix.Accept(interaction="x1", media="workitem", by="a1"))


def test_http_speaks_to_a_real_socket():
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    server = FakeServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            status, answer = server.send(self.command, f"http://server{self.path}", self.headers, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        base = f"http://127.0.0.1:{listening.server_port}/api/v2"
        with HttpDriver(
            base, platform=server.platform, cometd=server.read, headers=lambda agent: {"Agent": agent}
        ) as driver:
            bench = Bench(driver, supports=SMALL)
            bench.do(ix.Submit(new_id="x1", media="email", queue="Inbound"))
            bench.do(ix.Offer(interaction="x1", agent="a1"))
            bench.do(ix.Accept(interaction="x1", media="email", by="a1"))
            bench.do(ix.Reply(interaction="x1", media="email", by="a1", new_id="x2", queue_name="Outbound"))
            assert bench.ids["x2"] != "x2"
            bench.do(ix.Cancel(interaction="x2", media="email", by="a1"))
            bench.do(ix.Accept(interaction="x2", media="email", by="a2"))
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def test_a_program_that_speaks_json_lines_conforms():
    with StdioDriver([sys.executable, "-m", "ixnstate.testing"]) as driver:
        report = conform(lambda: driver, supports={"workitem", "agent-workbin"}, kinds=("tour", "cells"), examples=5)
        assert report.ok, report.summary()
        with pytest.raises(RuntimeError, match="cannot view: ValueError: there is nothing to do"):
            driver._ask("view")
        process = driver.process
    assert process.returncode == 0


def test_a_program_that_ends_when_it_is_asked_is_named():
    with (
        StdioDriver([sys.executable, "-c", "input(); print('{}', flush=True); input()"]) as driver,
        pytest.raises(TargetError, match="has ended, with status 0, when it was to reset"),
    ):
        driver.reset()


def test_a_program_that_has_ended_is_named():
    with StdioDriver([sys.executable, "-c", "input(); print('{}', flush=True); raise SystemExit(3)"]) as driver:
        driver.process.wait(10)
        with pytest.raises(NonconformanceError, match="has ended, with status 3, when it was to reset"):
            Bench(driver)


@pytest.mark.parametrize("fault", ["drop", "delay", "double", "reorder"])
def test_faults_of_delivery_are_found(fault):
    media = {"chat"} if fault == "reorder" else {"workitem"}
    driver = FaultyDriver(InProcessDriver(), **{fault: 0.3})
    report = conform(lambda: driver, supports=media, kinds=("tour",), examples=0)
    assert not report.ok
    assert all("notifications to" in each.difference.aspect for each in report.failures)
    assert conform(lambda: FaultyDriver(InProcessDriver()), supports=media, kinds=("tour",), examples=0).ok


class Asynchronous:
    """A driver of coroutines, and with nothing but what a driver must have."""

    def __init__(self):
        self.inner = InProcessDriver()

    async def reset(self):
        await asyncio.sleep(0)
        self.inner.reset()

    async def create(self, new):
        return self.inner.create(new)

    async def offer(self, interaction, agent):
        self.inner.offer(interaction, agent)

    async def perform(self, command):
        await asyncio.sleep(0)
        return self.inner.perform(command)

    async def view(self, interaction, agent):
        return self.inner.view(interaction, agent)

    lacks = (Ability.CONTENT, Ability.NOTIFICATIONS, Ability.TIME)


def test_a_driver_may_be_asynchronous_and_unable():
    report = conform(Asynchronous, supports={"workitem"}, examples=10)
    assert report.ok, report.summary()
    assert "not tested: the driver lacks 'time' (1 case)" in report.summary()


def test_what_a_driver_raises_is_a_difference():
    class Broken(InProcessDriver):
        def perform(self, command):
            raise ZeroDivisionError("oops")

    bench = Bench(Broken())
    bench.do(ix.Submit(new_id="x1", media="workitem", queue="Inbound"))
    with pytest.raises(
        NonconformanceError, match="perform of the driver: expected an answer, found ZeroDivisionError: oops"
    ):
        bench.do(ix.Stop(interaction="x1"))


def test_every_agents_command_of_the_suite_can_be_requested():
    scope = Scope(ix.GWS, WORLD, EVERYTHING)
    driver = HttpDriver("http://server/api/v2")
    wrong = []
    for case in suite(scope):
        for action in case.script:
            if getattr(action, "by", None) is not None:
                asked = driver._request(action)
                try:
                    read = gws.parse_request(asked)
                except gws.RequestError as error:
                    read = error.refusal.command
                    if case.kind not in ("arguments", "cells", "spelling", "addresses"):
                        wrong.append((case.id, str(error)))
                if case.kind == "tour" and action is case.script[-1]:
                    assert read == action
    assert wrong == []


def test_a_reply_without_a_number_is_not_asked_for_one():
    class Silent(InProcessDriver):
        def perform(self, command):
            reply = super().perform(command)
            return Reply(reply.ok, None, reply.reference_id, reply.created)

    scope = Scope(ix.GWS, WORLD, frozenset({"workitem"}))
    for case in suite(scope, ("cells",)):
        assert judge(case, lambda definition: Bench(Silent(), definition), scope).verdict is Verdict.PASS


# --- drivers that are wrong themselves -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("perform", None, "perform of Wrong gave None; it must give a Reply"),
        ("create", 5, "create of Wrong gave 5; it must give the id of the new interaction, a string"),
        ("view", {"state": "Invited"}, "it must give a Seen, or None if the agent is shown nothing"),
        ("content", "x1", "it must give the ids of what lies there, in a list"),
        ("notifications", [{}], "it must give a list of Told; told.agent, message. makes one"),
        ("offer", True, "offer of Wrong gave True; it must give nothing, or a Reply"),
    ],
)
def test_a_driver_that_gives_something_else_is_told_what_it_must_give(method, given, said):
    wrong = type("Wrong", (InProcessDriver,), {method: lambda *_: given})
    with pytest.raises(DriverError, match=said):
        conform(wrong, supports={"workitem", "agent-workbin"}, kinds=("tour",), examples=0)


def test_a_method_that_is_missing_is_named():
    class Half:
        def reset(self):
            pass

    with pytest.raises(DriverError, match="Half has no method notifications; it gives a list of Told"):
        conform(Half)


def test_what_a_driver_raises_is_what_the_implementation_does_and_has_a_place():
    class Raising(InProcessDriver):
        def perform(self, command):
            if command.operation == "Reject":
                raise KeyError("rejections")
            return super().perform(command)

    report = conform(Raising, supports={"workitem"}, kinds=("tour",), examples=0)
    (finding,) = report.findings
    assert "perform of the driver: expected an answer, found KeyError: 'rejections' (test_testing_drivers.py, line" in (
        str(finding.difference)
    )


def test_a_platform_may_refuse_an_offer_by_raising():
    class Strict(InProcessDriver):
        def offer(self, interaction, agent):
            outcome = self.center.offer(interaction, agent)
            if outcome.refusal is not None:
                raise RuntimeError(outcome.refusal)
            self.told(outcome)

    assert conform(Strict, supports={"workitem"}, kinds=("tour", "cells"), examples=5).ok


def test_names_may_come_in_any_list():
    assert Seen("Invited", ["Accept", "Reject"]) == Seen("Invited", ("Accept", "Reject"))
    assert Told("a1", "StatusChange", capabilities=["Accept"]).capabilities == ("Accept",)
