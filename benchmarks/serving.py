"""``python -m benchmarks.serving``: what ``ixnstate serve`` costs at its sockets, beside a bare Starlette route.

Both are processes of one uvicorn each, and are asked in turn by the same client over connections that stay open. The
bare route answers the same bytes.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import Request, urlopen

CONNECTIONS = 8
ROUNDS = 5
AGENTS = 1_000
PER_SECOND = 200


def basic(agent):
    return "Basic " + b64encode(f"{agent}:{agent}".encode()).decode()


# === the servers ====================================================================================================


def serve(kind, port, agents, state):
    if kind == "bare":
        import uvicorn
        from starlette.applications import Starlette
        from starlette.responses import Response
        from starlette.routing import Route

        async def route(request):
            await request.body()
            return Response(bodies[request.method], media_type="application/json")

        bodies = {method: body.encode() for method, body in json.loads(state).items()}
        app = Starlette(routes=[Route("/{path:path}", route, methods=["GET", "POST"])])
        uvicorn.run(app, port=port, log_level="error", access_log=False, ws="none")
        return
    import ixnstate as ix
    from ixnstate.server import Config, application
    from ixnstate.server.config import Seed
    from ixnstate.server.running import serve as run

    names = [f"a{number}" for number in range(agents)]
    config = Config(
        agents=tuple(map(ix.Agent, names)), queues=("In",), automatic_routing=False, port=port, state=state, log=False,
        seeds=tuple(Seed(media="workitem", queue="In", id=f"w-{name}", agent=name, user_data=DATA) for name in names),
        handling_timeout=1e6, delivering_timeout=1e6,
    )  # fmt: skip
    run(application(config), say=lambda text: None)


DATA = {f"key{number}": f"value {number}" for number in range(20)}


@contextmanager
def served(kind, port, agents=1, state=""):
    command = [sys.executable, "-m", "benchmarks.serving", "--serve", kind, str(port), str(agents), state]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    try:
        while True:
            with suppress(URLError, ConnectionError):
                urlopen(Request(f"http://127.0.0.1:{port}/api/v2/diagnostics/version"), timeout=5).read()
                break
            time.sleep(0.005)
        yield process, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def memory(process):
    """Resident bytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


# === the client =====================================================================================================


class Connection:
    """One connection that stays open: as little as speaks HTTP to these servers."""

    def __init__(self, port):
        self.port = port

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        return self

    async def ask(self, raw):
        self.writer.write(raw)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.index(b"content-length:") + 15
        return head, await self.reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))

    def close(self):
        self.writer.close()


def request(method, path, agent, body=None, cookie=""):
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(agent)}\r\n"
    head += f"Cookie: {cookie}\r\n" if cookie else ""
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def cookies_of(head):
    lines = head.decode().split("\r\n")
    return "; ".join(
        line.split(":", 1)[1].split(";")[0].strip() for line in lines if line.lower().startswith("set-cookie")
    )


async def rate(port, raws, count):
    """Requests a second."""
    connections = [await Connection(port).open() for _ in raws]
    began = time.perf_counter()

    async def work(connection, raw):
        for _ in range(count // len(raws)):
            await connection.ask(raw)

    await asyncio.gather(*map(work, connections, raws))
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return count / took


async def session(port, agent):
    connection = await Connection(port).open()
    head, _ = await connection.ask(request("GET", "/api/v2/me", agent))
    connection.close()
    return cookies_of(head)


async def throughput(count):
    """Reads and operations, each beside the bare route: requests a second, and the median ratio of the rounds."""
    port = 8901
    agents = [f"a{number}" for number in range(CONNECTIONS)]
    with TemporaryDirectory() as place, served("ixnstate", port, CONNECTIONS, f"{place}/state") as (_, started):
        cookies = [await session(port, agent) for agent in agents]
        first = await Connection(port).open()
        for agent, cookie in zip(agents, cookies, strict=True):
            path = f"/api/v2/me/workitems/w-{agent}"
            await first.ask(request("POST", path, agent, {"operationName": "Accept"}, cookie))
        reads = [
            request("GET", f"/api/v2/me/workitems/w-{a}", a, None, c) for a, c in zip(agents, cookies, strict=True)
        ]
        body = {"operationName": "AttachUserData", "userData": {"key1": "another value"}}
        posts = [
            request("POST", f"/api/v2/me/workitems/w-{a}", a, body, c) for a, c in zip(agents, cookies, strict=True)
        ]
        bodies = {"GET": (await first.ask(reads[0]))[1].decode(), "POST": (await first.ask(posts[0]))[1].decode()}
        first.close()
        with served("bare", port + 1, 1, json.dumps(bodies)):
            found = {}
            for name, raws in (("GET", reads), ("POST", posts)):
                pairs = []
                for _ in range(ROUNDS):
                    own, bare = await rate(port, raws, count), await rate(port + 1, raws, count)
                    pairs.append((own, bare))
                found[name] = max(own for own, _ in pairs), max(b for _, b in pairs), median(o / b for o, b in pairs)
    return found, started


class Listener:
    """A CometD client that always has a poll open; the numbers that it is told, with the times."""

    def __init__(self, port, agent):
        self.port, self.agent, self.told, self.is_on = port, agent, [], True

    async def start(self):
        self.connection = await Connection(self.port).open()
        handshake = [{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}]
        path = "/api/v2/notifications"
        head, body = await self.connection.ask(request("POST", path, self.agent, handshake))
        client = json.loads(body)[0]["clientId"]
        self.cookie = cookies_of(head)
        subscribe = [{"channel": "/meta/subscribe", "clientId": client, "subscription": "/v2/me/workitems"}]
        await self.connection.ask(request("POST", path, self.agent, subscribe, self.cookie))
        connect = [{"channel": "/meta/connect", "clientId": client, "connectionType": "long-polling"}]
        self.poll = request("POST", path, self.agent, connect, self.cookie)
        await self.connection.ask(self.poll)
        self.task = asyncio.create_task(self.listen())

    async def listen(self):
        while self.is_on:
            _, body = await self.connection.ask(self.poll)
            now = time.perf_counter()
            if b"userData" in body:
                for frame in json.loads(body):
                    if "data" in frame:
                        self.told.append((frame["data"]["workitem"]["userData"].get("n"), now))

    def stop(self):
        self.is_on = False
        self.task.cancel()
        self.connection.close()


async def latency(count):
    """Milliseconds from an agent's request to the message at another agent's poll, beyond two bare round trips."""
    port = 8911
    with served("ixnstate", port, 2) as _, served("bare", port + 1, 1, '{"GET": "{}", "POST": "{}"}') as _:
        cookie = await session(port, "a0")
        giver, bare = await Connection(port).open(), await Connection(port + 1).open()
        listener = Listener(port, "a1")
        await listener.start()
        await asyncio.sleep(0.2)
        own, trips, last = [], [], len(listener.told)
        create = {"operationName": "Create", "queueUri": "/queues/In", "userData": {}}
        for number in range(count):
            head, _ = await giver.ask(request("POST", "/api/v2/me/workitems", "a0", create, cookie))
            id = next(
                line.split(": ")[1]
                for line in head.decode().split("\r\n")
                if line.lower().startswith("x-interaction-id")
            )
            transfer = {"operationName": "Transfer", "targetUri": "/users/a1"}
            raw = request("POST", f"/api/v2/me/workitems/{id}", "a0", transfer, cookie)
            began = time.perf_counter()
            await giver.ask(raw)
            while len(listener.told) == last:
                await asyncio.sleep(0)
            own.append(listener.told[-1][1] - began)
            last = len(listener.told)
            began = time.perf_counter()
            await bare.ask(raw)
            await bare.ask(raw)
            trips.append(time.perf_counter() - began)
            assert number >= 0
        listener.stop()
        giver.close()
        bare.close()
    return median(own) * 1e3, median(trips) * 1e3


async def crowd(agents, requests, per_second):
    """Agents with held polls and a steady load: messages lost, out of order; memory after a tenth and at the end."""
    port = 8921
    with served("ixnstate", port, agents) as (process, _):
        names = [f"a{number}" for number in range(agents)]
        listeners = [Listener(port, name) for name in names]
        for start in range(0, agents, 50):
            await asyncio.gather(*(listener.start() for listener in listeners[start : start + 50]))
        cookies = {name: listener.cookie for name, listener in zip(names, listeners, strict=True)}
        free = [await Connection(port).open() for _ in range(CONNECTIONS)]
        for name in names:
            await free[0].ask(
                request("POST", f"/api/v2/me/workitems/w-{name}", name, {"operationName": "Accept"}, cookies[name])
            )
        sent = dict.fromkeys(names, 0)
        sizes, began, slowest = [], time.perf_counter(), 0.0

        async def work(which):
            nonlocal slowest
            for number in range(which, requests, CONNECTIONS):
                due = began + number / per_second if per_second else 0.0
                if (ahead := due - time.perf_counter()) > 0:
                    await asyncio.sleep(ahead)
                name = names[number % agents]
                sent[name] += 1
                body = {"operationName": "AttachUserData", "userData": {"n": sent[name]}}
                asked = time.perf_counter()
                await free[which].ask(request("POST", f"/api/v2/me/workitems/w-{name}", name, body, cookies[name]))
                slowest = max(slowest, time.perf_counter() - asked)
                if number % (requests // 10) == 0:
                    sizes.append(memory(process))

        await asyncio.gather(*map(work, range(CONNECTIONS)))
        took = time.perf_counter() - began
        await asyncio.sleep(2)
        lost = disordered = 0
        for listener in listeners:
            numbers = [number for number, _ in listener.told if number is not None]
            lost += sent[listener.agent] - len(set(numbers))
            disordered += numbers != sorted(numbers)
        sizes.append(memory(process))
        for listener in listeners:
            listener.stop()
    return lost, disordered, requests / took, slowest * 1e3, sizes


async def polls(count):
    """Bytes of the process for each client whose poll is held."""
    port = 8931
    with served("ixnstate", port, 100) as (process, _):
        before = memory(process)
        listeners = [Listener(port, f"a{number % 100}") for number in range(count)]
        for start in range(0, count, 100):
            await asyncio.gather(*(listener.start() for listener in listeners[start : start + 100]))
        size = (memory(process) - before) / count
        trip = await Connection(port).open()
        times = []
        for _ in range(200):
            began = time.perf_counter()
            await trip.ask(request("GET", "/api/v2/me", "a0", None, listeners[0].cookie))
            times.append(time.perf_counter() - began)
        for listener in listeners:
            listener.stop()
    return size, median(times) * 1e3


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--serve", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything: to see that it runs")
    parser.add_argument("--only", choices=["throughput", "latency", "crowd", "polls"])
    options = parser.parse_args()
    if options.serve:
        kind, port, agents, state = options.serve
        serve(kind, int(port), int(agents), state)
        return
    fewer = 10 if options.quick else 1
    wanted = [options.only] if options.only else ["throughput", "latency", "crowd", "polls"]
    if "throughput" in wanted:
        found, started = asyncio.run(throughput(2_000 // fewer))
        for name, (own, bare, ratio) in found.items():
            print(f"{name}: {own:,.0f} requests a second, bare {bare:,.0f}; ratio {ratio:.2f} (aim: 0.5)", flush=True)
        print(f"start to first answer: {started:.2f} s (aim: 1)", flush=True)
    if "latency" in wanted:
        own, trips = asyncio.run(latency(1_000 // fewer))
        print(
            f"a message to a held poll: {own:.2f} ms, two bare round trips {trips:.2f} ms;"
            f" beyond {own - trips:.2f} ms (aim: 3)",
            flush=True,
        )
    if "crowd" in wanted:
        for per_second, requests in ((PER_SECOND, 6_000 // fewer), (0, PER_SECOND * 600 // fewer)):
            lost, disordered, reached, slowest, sizes = asyncio.run(crowd(AGENTS // fewer, requests, per_second))
            shown = ", ".join(f"{size / 1e6:.0f}" for size in sizes)
            print(
                f"{AGENTS // fewer} held polls, {requests:,} requests at {reached:,.0f} a second: {lost} messages lost,"
                f" {disordered} agents told out of order, slowest {slowest:.0f} ms; MB: {shown}",
                flush=True,
            )
    if "polls" in wanted:
        count = 10_000 // fewer
        size, trip = asyncio.run(polls(count))
        print(f"{count:,} held polls: {size:,.0f} bytes each; a request beside them {trip:.2f} ms", flush=True)


if __name__ == "__main__":
    main()
