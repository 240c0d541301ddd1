"""A server of `ixnstate.server` for tests: on a socket of its own, in a thread of this process."""

import asyncio
import contextlib
import threading
from base64 import b64encode

import httpx2 as httpx
import uvicorn

from ixnstate.server import application
from ixnstate.server.running import PollingServer, address_of, bound

KRISTI = {"Authorization": "Basic " + b64encode(b"kristi:kristi").decode()}


def basic(name, password=None):
    return {"Authorization": "Basic " + b64encode(f"{name}:{password or name}".encode()).decode()}


class Running:
    """A running application: ``url``, ``app``, and a client for agents and the back door."""

    def __init__(self, app, url, server):
        self.app, self.url, self.server = app, url, server
        self.api = f"{url}/api/v2"

    def get(self, path, user="kristi", **more):
        return httpx.get(self.api + path, headers=basic(user) if user else {}, timeout=60, **more)

    def post(self, path, body=None, user="kristi", **more):
        return httpx.post(self.api + path, json=body, headers=basic(user) if user else {}, timeout=60, **more)

    def door(self, verb, /, **body):
        answered = httpx.post(f"{self.url}/backdoor/{verb}", json=body, timeout=60)
        assert answered.status_code == 200, answered.text
        return answered.json()

    def state(self):
        return httpx.get(f"{self.url}/backdoor/state").json()


@contextlib.contextmanager
def running(source=None, **options):
    """Serve in a thread; stop gracefully."""
    app = application(source, **{"log": False, "arrivals": 0.0, **options})
    with bound("127.0.0.1", 0) as listener:
        url = address_of(app.engine.config, listener.getsockname()[1])
        settings = uvicorn.Config(
            app, log_level="critical", access_log=False, ws="none", timeout_graceful_shutdown=5, timeout_keep_alive=75
        )
        app.engine.address = url
        server = PollingServer(settings, app)
        failures = []

        def serve():
            try:
                asyncio.run(server.serve(sockets=[listener]))
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.01)
        try:
            yield Running(app, url, server)
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()
            assert not failures, failures
