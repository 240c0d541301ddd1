"""The recording proxy for tests: on a socket of its own, in a thread of this process, before any server."""

import asyncio
import contextlib
import io
import json
import threading

import uvicorn

from ixnstate.proxy import Proxy, Transcript
from ixnstate.proxy.command import now, writing
from ixnstate.server.running import PollingServer, bound


class Recording:
    """A running proxy: its ``url``, and the ``lines`` that it has written."""

    def __init__(self, url, file):
        self.url, self.file = url, file
        self.api = f"{url}/api/v2"

    @property
    def text(self):
        return self.file.getvalue()

    @property
    def records(self):
        return [json.loads(line) for line in self.text.splitlines()]


@contextlib.contextmanager
def served(app):
    """Serve an ASGI application in a thread: its address; stop gracefully."""
    with bound("127.0.0.1", 0) as listener:
        settings = uvicorn.Config(
            app, log_level="critical", access_log=False, ws="none", server_header=False, date_header=False,
            timeout_graceful_shutdown=5,
        )  # fmt: skip
        server = PollingServer(settings, app) if hasattr(app, "stop") else uvicorn.Server(settings)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


@contextlib.contextmanager
def recording(upstream, watching=None, **options):
    """The proxy before a server."""
    file = io.StringIO()
    transcript = Transcript(writing(file, watching), now)
    with served(Proxy(upstream, transcript, **options)) as url:
        yield Recording(url, file)
    transcript.close()
