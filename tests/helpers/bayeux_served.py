"""Servers in a process of their own that speak CometD on a port of this machine."""

import json
import socket
import subprocess
import sys
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import Request, urlopen

from browsers import TESTS

from ixnstate.testing.http import basic

SERVERS = {
    "the example": [sys.executable, str(TESTS / "helpers" / "bayeux_server.py"), "{port}", "{options}"],
    "ixnstate serve": [sys.executable, str(TESTS / "helpers" / "serving_for_clients.py"), "{port}", "{options}"],
}
TOPIC = "/v2/me/workitems"


class Served:
    """A server in a process of its own, on a port that stays the same when it is started anew."""

    def __init__(self, command, **options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        fields = {"port": self.port, "options": json.dumps(options)}
        self.command = [part.format(**fields) if part.startswith("{") else part for part in command]
        self.base = f"http://localhost:{self.port}/api/v2"

    def __enter__(self):
        self.process = subprocess.Popen(self.command)
        until = monotonic() + 30
        while True:
            try:
                self.ask("/me/workitems")
            except (URLError, ConnectionError):
                assert self.process.poll() is None, "the server has ended"
                assert monotonic() < until, "the server does not answer"
                sleep(0.02)
            else:
                return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def restart(self):
        """Killed, and started again: it knows nobody."""
        self.__exit__()
        sleep(0.2)
        self.__enter__()

    def ask(self, path, body=None, agent="a1"):
        headers = {**basic(agent), "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.base}{path}", content, headers), timeout=10) as reply:
            return json.load(reply)

    def create(self, agent="a1"):
        """The agent creates a workitem: the reference of the message that tells them so."""
        return self.ask("/me/workitems", {"operationName": "Create", "queueUri": "/queues/Inbound"}, agent)[
            "referenceId"
        ]
