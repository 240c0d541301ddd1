"""The whole server as one ASGI application: the API, CometD, the back door, the page, the figures."""

import asyncio
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ixnstate import bayeux, gws
from ixnstate.center import ContactCenter
from ixnstate.decoding import decode, encode
from ixnstate.server import looking
from ixnstate.server.api import PREFIX, Api
from ixnstate.server.backdoor import JSON_LINES, ROOT, BackDoorVerbs, VerbError
from ixnstate.server.backdoor_schema import back_door_schema
from ixnstate.server.cometd import Carrier
from ixnstate.server.config import Config, demonstration, of_center, read_config
from ixnstate.server.engine import Engine
from ixnstate.server.faults import Faults
from ixnstate.server.feed import Feed
from ixnstate.server.http import BodyError, Gone, Receive, Scope, Send, headers_of, read_body
from ixnstate.server.metrics import Metrics
from ixnstate.server.recorder import Recorder
from ixnstate.server.samples import in_turn
from ixnstate.server.signin import SignIn
from ixnstate.server.store import Store
from ixnstate.values import brief
from ixnstate.vocabulary import FINAL_STATES

STATIC = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
}
POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
LARGEST_ORDER = 8 << 20
"""How long a request of the back door may be."""


def application(source: ContactCenter | Config | str | Path | None = None, **options: Any) -> "Application":
    """A server of a contact centre, of a configuration, of a TOML file; or, of nothing, the demonstration.

    ``options`` are fields of `Config`, such as ``csrf=True``. Raises `ConfigError` for a configuration that cannot be
    used, and `StoreError` for a state that cannot be read.
    """
    center = source if isinstance(source, ContactCenter) else None
    if isinstance(source, Config):
        config = attrs.evolve(source, **options)
    elif center is not None:
        config = of_center(center, **options)
    elif source is None:
        config = demonstration(**options)
    else:
        config = attrs.evolve(read_config(str(source)), **options)
    return Application(config, center)


class Application:
    """The ASGI application. It keeps time while it runs, and stores its state when it ends."""

    def __init__(self, config: Config, center: ContactCenter | None = None) -> None:
        self.engine = Engine(config, Store(config.state), center=center)
        self.carrier = Carrier(_options(config))
        self.feed, self.metrics, self.faults = Feed(), Metrics(), Faults()
        self.sign_in = SignIn(config, lambda: asyncio.get_running_loop().time())
        self.recorder = Recorder(config.journal, lambda: self.engine.clock.written)
        self.api = Api(
            self.engine, self.carrier, self.sign_in, self.faults, self.recorder, self.feed, self.metrics
        )  # fmt: skip
        self.back_door = BackDoorVerbs(self.api, self._restarted)
        self.metrics.watch(self._gauges)
        self._pages = Starlette(routes=self._routes())
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopped = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the application."""
        if scope["type"] == "http":
            path = scope["path"]
            if path == PREFIX or path.startswith(f"{PREFIX}/"):
                await self.api(scope, receive, send)
            else:
                await self._pages(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":  # which Web Services does not have (CometD, 8.5.2)
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    # --- life -------------------------------------------------------------------------------------------------------

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.stop()
                self.engine.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def start(self) -> None:
        """Begin to keep time, and to let interactions arrive."""
        self._tasks.append(asyncio.ensure_future(self._keep_time()))
        if self.engine.config.arrivals:
            self._tasks.append(asyncio.ensure_future(self._let_arrive()))

    def stop(self) -> None:
        """Answer what is held, and hold nothing any more. The state is kept when the application ends."""
        if self._is_stopped:
            return
        self._is_stopped = True
        for task in self._tasks:
            task.cancel()
        self.carrier.stop()
        self.feed.stop()

    async def _keep_time(self) -> None:
        """Revoke what nobody answers, when it is time."""
        while True:
            left = self.engine.seconds_left
            await asyncio.sleep(0.25 if left is None else min(max(left, 0.01), 0.25))
            self.engine.tick()

    async def _let_arrive(self) -> None:
        media = in_turn(self.engine.center.definition.media)
        while True:
            config = self.engine.config
            live = sum(1 for each in self.engine.center.interactions() if each.state not in FINAL_STATES)
            if config.arrivals and live < config.arrivals_limit:
                try:
                    self.back_door.arrive({"media": next(media)})
                except VerbError:
                    return
            await asyncio.sleep(config.arrivals or 1.0)

    def _restarted(self) -> None:
        """After a reset: other passwords, nobody listens any more."""
        self.sign_in.configure(self.engine.config)
        self.feed.tell("reset", {})

    def reconfigure(self, config: Config) -> None:
        """Go on with another configuration. Raises ValueError if it clashes with the interactions that there are."""
        self.engine.reconfigure(config)
        self.sign_in.configure(config)
        self.feed.tell("reset", {})

    def _gauges(self) -> dict[str, dict[str, float]]:
        states: dict[str, float] = {}
        for record in self.engine.center.interactions():
            states[str(record.state)] = states.get(str(record.state), 0) + 1
        cometd = self.carrier.server
        return {
            "interactions": states,
            "cometd": {"sessions": float(cometd.sessions), "held": float(cometd.held)},
            "http_sessions": {"all": float(len(self.sign_in))},
            "log_rows": {"all": float(self.engine.store.number)},
        }

    # --- pages ------------------------------------------------------------------------------------------------------

    def _routes(self) -> list[Route]:
        routes = [Route("/metrics", self._metrics), Route("/health", self._health)]
        if not self.engine.config.back_door:
            return routes
        reads: Mapping[str, Callable[[], object]] = {
            "": self.back_door.describe, "/state": lambda: looking.overview(self.engine),
            "/clock": lambda: looking.clock(self.engine), "/faults": self.back_door.faults,
            "/nearmisses": self.back_door.misses,
        }  # fmt: skip
        return [
            *routes,
            Route("/", _page("page.html")), Route("/docs", _page("docs.html")),
            Route("/docs/openapi.json", lambda _: _json(200, back_door_schema(self.back_door))),
            Route("/docs/api.json", lambda _: _json(200, gws.openapi(definition=self.engine.center.definition))),
            Route("/static/{name}", _static),
            *[Route(f"{ROOT}{path}", self._reading(read), methods=["GET"]) for path, read in reads.items()],
            Route(f"{ROOT}/faults", self._no_faults, methods=["DELETE"]),
            Route(f"{ROOT}/journal", self._journal, methods=["GET"]),
            Route(f"{ROOT}/journal", self._no_journal, methods=["DELETE"]),
            Route(f"{ROOT}/events", self._events, methods=["GET"]),
            Route(f"{ROOT}/interactions/{{id}}", self._story, methods=["GET"]),
            *[Route(f"{ROOT}/{name}", self._verb(do), methods=["POST"]) for name, do in self.back_door.verbs.items()],
        ]  # fmt: skip

    def _reading(self, read: Callable[[], object]) -> Callable[[Request], object]:
        async def endpoint(_: Request) -> Response:
            return _json(200, read())

        return endpoint

    def _verb(self, verb: Callable[[Mapping[str, object]], object]) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            try:
                return _json(200, verb(await _order(request)))
            except VerbError as error:
                return _json(error.status, {"error": error.why})

        return endpoint

    async def _story(self, request: Request) -> Response:
        try:
            return _json(200, self.back_door.story(request.path_params["id"]))
        except VerbError as error:
            return _json(error.status, {"error": error.why})

    async def _no_faults(self, _: Request) -> Response:
        self.faults.clear()
        return _json(200, self.back_door.faults())

    async def _journal(self, _: Request) -> Response:
        return Response(self.recorder.jsonl(), media_type=JSON_LINES)

    async def _no_journal(self, _: Request) -> Response:
        self.recorder.clear()
        return _json(200, {})

    async def _events(self, _: Request) -> Response:
        if self.feed.is_full:
            return _json(503, {"error": "too many readers follow the events already"})
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self.feed.read(), media_type="text/event-stream", headers=headers)

    async def _metrics(self, _: Request) -> Response:
        return PlainTextResponse(self.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "stopping" if self._is_stopped else "ok"})


def _options(config: Config) -> bayeux.Options:
    return bayeux.Options(timeout=config.cometd_timeout, max_interval=config.cometd_max_interval)


def _json(status: int, value: object) -> Response:
    return Response(encode(value), status, media_type="application/json")


async def _order(request: Request) -> Mapping[str, object]:
    """The JSON object of a POST. Raises RefusedError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise VerbError(415, "the back door takes application/json")
    try:
        raw = await read_body(request.receive, headers_of(request.scope), LARGEST_ORDER)
    except BodyError as error:
        raise VerbError(error.status, error.why) from None
    except Gone:
        raise VerbError(400, "the body did not come") from None
    try:
        body = decode(raw) if raw else {}
    except ValueError as error:
        raise VerbError(400, str(error)) from None
    if not isinstance(body, dict):
        raise VerbError(400, f"expected an object, found {brief(body)}")
    return body


def _file(name: str) -> bytes:
    return files("ixnstate.server").joinpath("static", name).read_bytes()


def _page(name: str) -> Callable[[Request], object]:
    async def endpoint(_: Request) -> Response:
        headers = {"content-security-policy": POLICY, "x-content-type-options": "nosniff"}
        return HTMLResponse(_file(name), headers=headers)

    return endpoint


async def _static(request: Request) -> Response:
    kind = STATIC.get(request.path_params["name"])
    if kind is None:
        return _json(404, {"error": "there is no such file"})
    return Response(
        _file(request.path_params["name"]), headers={"content-type": kind, "x-content-type-options": "nosniff"}
    )
