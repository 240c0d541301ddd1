"""Clients that were written by others, and a server on a socket: each is told everything, whatever happens between.

A server is a command that serves the API below ``/api/v2`` on a port of this machine, signs in agents a1 and a2 with
their names as passwords, and takes the options of `bayeux.Server` as JSON. `SERVERS` has all that are tested.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from queue import Empty, Queue
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from bayeux_served import SERVERS, TOPIC, Served
from browsers import CHROMIUM, NPM, TESTS

import ixnstate as ix
from ixnstate.testing import HttpDriver, World

QUICK = {"timeout": 1.0, "max_interval": 1.5}
"""A server that forgets a client which has been away for two seconds."""


class Program:
    """A client in a process of its own, and what it reports."""

    def __init__(self, command, base, tabs=1, user="a1", **options):
        told = {"base": base, "tabs": tabs, "user": user, "topics": [TOPIC], "executable": CHROMIUM, **options}
        self.process = subprocess.Popen(
            [*command, json.dumps(told)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=NPM
        )
        self.lines, self.queue, self.tabs = [], Queue(), tabs
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.queue.put(json.loads(line) if line.startswith("{") else {"printed": line})
        self.queue.put({"end": True})

    def until(self, is_it, seconds=30.0):
        """The first report for which this holds, of those that have not been looked at."""
        until = monotonic() + seconds
        while True:
            try:
                line = self.queue.get(timeout=max(0.0, until - monotonic()))
            except Empty:
                raise AssertionError(f"not reported within {seconds} s; reported were {self.lines}") from None
            self.lines.append(line)
            if is_it(line):
                return line
            assert "end" not in line, f"the client has ended; reported were {self.lines}"

    def ready(self):
        for _ in range(self.tabs):
            self.until(lambda line: line.get("ready"))

    def hear(self, number):
        """Every tab is told of the workitem."""
        for _ in range(self.tabs):
            self.until(lambda line: number_of(line) == number)

    def heard(self, tab=1):
        return [number_of(line) for line in self.lines if line.get("tab") == tab and "message" in line]

    @property
    def handshakes(self):
        return len({line.get("clientId") or line.get("shaken") for line in self.lines} - {None})

    def away(self, seconds):
        """The process is stopped, as by a computer that falls asleep."""
        self.process.send_signal(signal.SIGSTOP)
        sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def leave(self):
        """It disconnects, and ends."""
        self.process.stdin.close()
        for _ in range(200):
            line = self.queue.get(timeout=20)
            self.lines.append(line)
            if "end" in line:
                break
        assert self.process.wait(20) == 0
        assert any(line.get("left") for line in self.lines)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()


class Browser(Program):
    """In Chromium."""

    def away(self, seconds):
        """Its network is gone."""
        self.process.stdin.write("offline\n")
        self.process.stdin.flush()
        sleep(seconds)
        self.process.stdin.write("online\n")
        self.process.stdin.flush()


class Kit:
    """The client of the kit, in this process: a driver for each tab."""

    def __init__(self, base, tabs=1, **_):
        world = World(agents=(ix.Agent("a1"),), workbins=())
        nothing = lambda action: None  # noqa: E731 (else a back door that is found would be used)
        self.drivers = [HttpDriver(base, world=world, cometd=True, platform=nothing) for _ in range(tabs)]
        self.lines, self.is_away, self.handshakes = [], False, 0
        for driver in self.drivers:
            session = driver._sessions["a1"]
            session.send = partial(self._send, session.send)

    def _send(self, send, method, address, headers, body, *limit):
        if self.is_away:
            raise ConnectionError("no network")
        self.handshakes += b"/meta/handshake" in body
        return send(method, address, headers, body, *limit)

    def ready(self):
        for driver in self.drivers:
            driver.start()

    def until(self, is_it, seconds=30.0):
        until = monotonic() + seconds
        while monotonic() < until:
            for tab, driver in enumerate(self.drivers, 1):
                for _, message in driver.cometd():
                    self.lines.append({"tab": tab, "message": message["data"]})
                    if is_it(self.lines[-1]):
                        return
            sleep(0.01)
        raise AssertionError(f"not told within {seconds} s; told were {self.lines}")

    def hear(self, number):
        self.until(lambda line: all(number in self.heard(tab + 1) for tab in range(len(self.drivers))))

    heard = Program.heard

    def away(self, seconds):
        self.is_away = True
        sleep(seconds)
        self.is_away = False

    def leave(self):
        for driver in self.drivers:
            driver.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave()


def number_of(line):
    return line.get("message", {}).get("referenceId")


@pytest.fixture(params=["the kit", "aiocometd", "node", "node, acknowledging", "chromium"])
def client(request):
    """What makes a client."""
    if request.param.startswith(("node", "chromium")):
        request.getfixturevalue("npm")
    with ExitStack() as running:

        def start(base, **options):
            match request.param:
                case "the kit":
                    made: Any = Kit(base, **options)
                case "chromium" if CHROMIUM is None:
                    pytest.skip("chromium is not here")
                case "chromium":
                    made = Browser(["node", "browser_client.js"], base, **options)
                case "aiocometd":
                    made = Program([sys.executable, str(TESTS / "helpers" / "aiocometd_client.py")], base, **options)
                case _:
                    made = Program(["node", "node_client.js"], base, acknowledges="," in request.param, **options)
            return running.enter_context(made)

        yield start


@pytest.fixture(params=SERVERS)
def served(request) -> Iterator[Served]:
    with Served(SERVERS[request.param]) as server:
        yield server


@pytest.fixture(params=SERVERS)
def forgetful(request) -> Iterator[Served]:
    with Served(SERVERS[request.param], **QUICK) as server:
        yield server


def test_it_is_told_everything_in_order_and_leaves(served, client):
    program = client(served.base)
    program.ready()
    numbers = [served.create() for _ in range(5)]
    served.create("a2")
    program.hear(numbers[-1])
    sleep(0.1)
    numbers.append(served.create())
    program.hear(numbers[-1])
    assert program.heard() == numbers
    program.leave()


def test_the_server_is_started_anew(served, client):
    program = client(served.base)
    program.ready()
    program.hear(served.create())
    served.restart()
    again(program, served)


def test_the_client_was_away_for_too_long(forgetful, client):
    program = client(forgetful.base)
    program.ready()
    program.hear(forgetful.create())
    program.away(3.0)
    again(program, forgetful)


def again(program, served):
    """It comes back: then it is told of what happens, each once."""
    until, numbers = monotonic() + 30, []
    while True:
        numbers.append(served.create())
        try:
            program.until(lambda line: number_of(line) == numbers[-1], 0.5)
            break
        except AssertionError:
            assert monotonic() < until, program.lines
    numbers += [served.create() for _ in range(3)]
    program.hear(numbers[-1])
    assert program.handshakes == 2
    heard = program.heard()[1:]
    assert heard == numbers[-len(heard) :]


def test_a_second_tab(served, client):
    program = client(served.base, tabs=2)
    program.ready()
    numbers = [served.create() for _ in range(3)]
    program.until(lambda line: program.heard(1) == program.heard(2) == numbers)
    sleep(0.5)
    numbers.append(served.create())
    program.until(lambda line: program.heard(1) == program.heard(2) == numbers)
