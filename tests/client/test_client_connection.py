"""The laws of a client.

It shows its agent what the server shows them, whatever happens to the connection; what it is asked to do it does, and
it says what became of it; what it cannot do it says, and does not hang.
"""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx2
import pytest
from serving import running

import ixnstate as ix
from ixnstate import gws
from ixnstate.client import Client, OperationChanged, Progress, ViewChanged, connection
from ixnstate.client.connection import ClientError
from ixnstate.server import Config

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


WORLD = {
    "agents": [ix.Agent("kristi", agent_groups={"G"}), ix.Agent("john", agent_groups={"G"})],
    "workbins": [ix.Workbin("team", type="AgentGroup")], "queues": ["In"], "automatic_routing": False,
}  # fmt: skip


class Faulty(httpx2.AsyncBaseTransport):
    """Requests that ``spoil`` knows go wrong: it gives an exception, another request, or the answer."""

    def __init__(self):
        self.inner = httpx2.AsyncHTTPTransport()
        self.spoil: Any = lambda request: None

    async def handle_async_request(self, request):
        wrong = self.spoil(request)
        if isinstance(wrong, Exception):
            raise wrong
        if isinstance(wrong, httpx2.Response):
            return wrong
        return await self.inner.handle_async_request(request if wrong is None else wrong)

    async def aclose(self):
        await self.inner.aclose()


async def until(condition, seconds=20):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def shown(server, user="kristi"):
    items = server.get("/me/interactions?fields=*", user).json()["interactions"]
    messages = [gws.parse_notification(item) for item in items]
    return {message.interaction_id: (message.state, message.capabilities) for message in messages}


def mine(client):
    return {id: (each.state, each.capabilities) for id, each in client.mirror.views.items()}


@pytest.fixture(params=[False, True], ids=["without tokens", "with tokens"])
def server(request):
    with running(Config(**WORLD, csrf=request.param, cometd_timeout=1.0)) as server:
        yield server


async def test_what_it_does_is_done_and_what_happens_is_told(server):
    server.door("submit", media="workitem", queue="In", id="w1", agent="kristi")
    async with Client(server.api, "kristi", "kristi") as client:
        await client.until_current()
        changes = client.changes()
        assert client.mirror.view("w1").state is ix.State.INVITED
        assert (await client.perform("Accept", "w1")).progress is Progress.DONE
        assert mine(client) == shown(server)
        refused = await client.perform("Reject", "w1")
        assert refused.progress is Progress.REFUSED
        assert "Reject" in refused.why
        assert (await client.perform("Complete", "w1")).progress is Progress.DONE
        assert client.mirror.views == {}
        server.door("submit", media="chat", queue="In", id="c1", agent="kristi")
        await until(lambda: "c1" in client.mirror.views)
        assert (await client.perform("Accept", "c1", nickname="Kristi")).progress is Progress.DONE
        assert (await client.perform("SendMessage", "c1", text="Hello")).progress is Progress.DONE
        await client.until_current()
        assert mine(client) == shown(server)
        told = [await anext(changes) for _ in range(3)]
    assert any(isinstance(each, ViewChanged) and each.interaction == "w1" for each in told)
    assert any(isinstance(each, OperationChanged) for each in told)


async def test_a_workbin_is_shown_once_it_is_subscribed_to(server):
    async with Client(server.api, "kristi", "kristi") as client, Client(server.api, "john", "john") as other:
        await client.perform("Subscribe", workbin="team", agent_group="G")
        await client.until_current()
        place = ix.WorkbinPlace("team", agent_group="G")
        assert client.mirror.workbins == {place: ()}
        server.door("submit", media="workitem", queue="In", id="w1", agent="john")
        await until(lambda: "w1" in other.mirror.views)
        await other.perform("Accept", "w1")
        await other.perform("AddWorkitem", "w1", workbin="team", agent_group="G")
        await until(lambda: client.mirror.workbins[place])
        assert "PullWorkitem" in client.mirror.legal("w1")
        await other.perform("PullWorkitem", "w1", workbin="team", agent_group="G")
        await until(lambda: not client.mirror.workbins[place])


@asynccontextmanager
async def behind(faulty):
    """A server, and a client of it whose requests the transport may spoil."""
    with running(Config(**WORLD, cometd_timeout=0.5)) as server:
        async with (
            httpx2.AsyncClient(transport=faulty) as http,
            Client(server.api, "kristi", "kristi", http=http) as client,
        ):
            await client.until_current()
            yield server, client


def misname(request):
    """A poll under a name that the server does not know."""
    content = request.content.decode()
    if '"/meta/connect"' not in content:
        return None
    message = json.loads(content)
    message[0]["clientId"] = "forgotten"
    headers = {key: value for key, value in request.headers.items() if key != "content-length"}
    return httpx2.Request(request.method, request.url, headers=headers, json=message)


async def test_a_client_that_is_forgotten_shakes_hands_and_reads_what_it_has_missed():
    faulty = Faulty()
    async with behind(faulty) as (server, client):
        faulty.spoil = misname
        await until(lambda: not client.mirror.is_current)
        server.door("submit", media="workitem", queue="In", id="w1", agent="kristi")
        faulty.spoil = lambda request: None
        await until(lambda: mine(client) == shown(server))
        assert client.mirror.view("w1").state is ix.State.INVITED


async def test_a_connection_that_breaks_loses_nothing():
    faulty = Faulty()
    async with behind(faulty) as (server, client):
        faulty.spoil = lambda request: httpx2.ConnectError("broken") if request.method == "POST" else None
        asked = await client.perform("Accept", "w1", patience=1)
        assert asked.progress is Progress.UNKNOWN
        server.door("submit", media="workitem", queue="In", id="w1", agent="kristi")
        faulty.spoil = lambda request: None
        await until(lambda: mine(client) == shown(server) != {})


FAILURES = (
    lambda: httpx2.Response(503),
    lambda: httpx2.Response(429),
    lambda: httpx2.Response(200, content=b"<html>"),
    lambda: httpx2.Response(200, content=b"[" * 100_000),
    lambda: httpx2.ReadTimeout("slow"),
)


async def test_polls_and_readings_that_fail_are_tried_again(monkeypatch):
    monkeypatch.setattr(connection, "FIRST_PAUSE", 0.005)
    monkeypatch.setattr(connection, "LONGEST_PAUSE", 0.01)
    faulty = Faulty()
    async with behind(faulty) as (server, client):
        await client.perform("Subscribe", workbin="team", agent_group="G")
        for method in ("POST", "GET"):
            failures = [*FAILURES]

            def spoil(request, method=method, failures=failures):
                if failures and request.method == method:
                    return failures.pop()()
                return misname(request) if failures else None  # what it has missed it must read

            faulty.spoil = spoil
            server.door("submit", media="workitem", queue="In", id=method, agent="kristi")
            await until(lambda failures=failures: not failures)
            await until(lambda: mine(client) == shown(server) and client.mirror.is_current)
        assert len(mine(client)) == 2
        assert client.mirror.workbins == {ix.WorkbinPlace("team", agent_group="G"): ()}


async def test_who_has_signed_in_may_be_unsaid():
    faulty = Faulty()
    for said in (b"<html>", b"[]", b'{"user": 5}', b"[" * 100_000):
        faulty.spoil = lambda request, said=said: (
            httpx2.Response(200, content=said) if request.url.path.endswith("/me") else httpx2.Response(503)
        )
        async with httpx2.AsyncClient(transport=faulty) as http, Client("http://server", "kristi", http=http) as client:
            assert client.mirror.names == {"kristi"}


async def test_what_cannot_be_is_said():
    with running(Config(**WORLD)) as server:
        with pytest.raises(ClientError, match="does not let kristi in: HTTP status 401"):
            async with Client(server.api, "kristi", "wrong"):
                pass
        async with Client(server.api, "kristi", "kristi", cometd="/elsewhere") as client:
            with pytest.raises(ClientError, match="kristi cannot listen: /elsewhere answers with HTTP status 4"):
                await client.until_current()
            with pytest.raises(ClientError, match="cannot listen"):
                await anext(client.changes())
    with pytest.raises(ClientError, match="cannot be reached"):
        async with Client("http://localhost:1/api/v2", "kristi"):
            pass


# === the desktop in a terminal ========================================================================================

DESKTOP = Path(__file__).parents[2] / "docs" / "examples" / "client" / "desktop.py"


def test_the_desktop_shows_what_there_is_and_does_what_it_is_told():
    source = DESKTOP.read_text()
    code = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith(('"""', "#"))]
    assert len(code) <= 40
    with running(Config(**WORLD)) as server:
        server.door("submit", media="workitem", queue="In", id="w1", agent="kristi")
        program = subprocess.Popen(
            [sys.executable, str(DESKTOP), server.api, "kristi", "kristi"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "COLUMNS": "160", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        lines = []

        def listen():
            for line in program.stdout:
                lines.append(line)  # noqa: PERF402 -- as it comes

        listener = Thread(target=listen, daemon=True)
        listener.start()

        def seen(*words):
            """What was said and what is shown come in either order."""
            latest = monotonic() + 30
            while not any(all(word in line for word in words) for line in tuple(lines)):
                assert monotonic() < latest, (words, lines)
                sleep(0.02)

        def say(text):
            program.stdin.write(text + "\n")
            program.stdin.flush()

        try:
            seen("w1", "Invited", "Accept Reject")
            say("Accept w1")
            seen("w1", "Processing")
            seen("Complete")
            seen("Accept w1: done")
            say("Reject w1")
            seen("Reject w1: refused", "can't Reject workitem w1 in state Processing")
            say("Complete w1")
            seen("Complete w1: done")
            server.door("submit", media="workitem", queue="In", id="w2", agent="kristi")
            seen("w2", "Invited")
            program.stdin.close()
            assert program.wait(20) == 0
        finally:
            program.kill()
            program.wait()
            listener.join()
            program.stdout.close()
