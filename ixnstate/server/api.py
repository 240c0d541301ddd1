"""The Web Services API over HTTP: everything below ``/api/v2``, CometD included."""

import asyncio
import json
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from urllib.parse import quote, urlsplit

from ixnstate import bayeux, gws
from ixnstate.decoding import decode, encode
from ixnstate.gws.desktop import END_SESSION
from ixnstate.server.cometd import Carrier
from ixnstate.server.config import Config
from ixnstate.server.engine import Engine, Message, new_id
from ixnstate.server.faults import FaultRule, Faults
from ixnstate.server.feed import Feed
from ixnstate.server.http import (
    JSON,
    BodyError,
    Gone,
    Headers,
    Receive,
    Scope,
    Send,
    answer,
    gone,
    headers_of,
    read_body,
    text,
)
from ixnstate.server.metrics import Metrics
from ixnstate.server.recorder import Recorder, operation_of, why
from ixnstate.server.signin import COOKIE, TOKEN_HEADER, HttpSession, SignIn, read_cookies
from ixnstate.values import Json

PREFIX = "/api/v2"
NOTIFICATIONS = "/api/v2/notifications"
"""Where clients find CometD. No page names it; client code does."""
OPEN = ("/api/v2/diagnostics/version",)
"""What can be asked by who is not signed in."""
FORGED = "Missing or invalid Csrf token"
DENIED = {"statusCode": 20, "statusMessage": "Access denied: log in first"}
FAULT = {"statusCode": 4, "statusMessage": "a fault of the server, which its log tells"}
EXPOSED = b"X-CSRF-HEADER, X-CSRF-TOKEN, X-Interaction-Id"
_CHANGING = ("POST", "PUT", "DELETE", "PATCH")
_log = logging.getLogger("ixnstate.server")


class Api:
    """The API of an engine, as an ASGI application."""

    def __init__(
        self, engine: Engine, carrier: Carrier, sign_in: SignIn, faults: Faults, recorder: Recorder, feed: Feed,
        metrics: Metrics,
    ) -> None:  # fmt: skip
        self.engine, self.carrier, self.sign_in = engine, carrier, sign_in
        self.faults, self.recorder, self.feed, self.metrics = faults, recorder, feed, metrics
        engine.listen.append(self.send)

    @property
    def config(self) -> Config:
        """The engine's, which may change."""
        return self.engine.config

    def send(self, messages: list[Message]) -> None:
        """Send messages to agents: over CometD, into the journal, onto the page."""
        messages = self.faults.of_messages(messages)
        self.recorder.messages(messages)
        self.metrics.messages(messages)
        self.feed.messages(messages)
        self.carrier.publish(messages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        began = perf_counter()
        headers = headers_of(scope)
        cors = self.cors(headers)
        method, path = scope["method"], scope["path"]
        if method == "OPTIONS" and b"access-control-request-method" in headers:
            await answer(send, 204, b"", [*cors, *_preflight(headers)])
            return
        try:
            agent, status, size = await self._respond(scope, receive, send, headers, cors)
        except Gone:
            agent, status, size = None, 499, 0
        except BodyError as error:
            agent, status = None, error.status
            body = encode({"statusCode": 10, "statusMessage": error.why})
            size = len(body)
            await answer(send, status, body, [JSON, (b"connection", b"close"), *cors])
        except Exception:
            _log.exception("a fault of ours, at %s %s", method, path)
            agent, status = None, 500
            _, size = await _json(send, 500, FAULT, [*cors])
        took = perf_counter() - began
        self.metrics.request(method, path, status, took)
        if self.config.log:
            _log.info(
                "%s", json.dumps({
                    "ts": datetime.now(UTC).isoformat(timespec="milliseconds"), "agent": agent, "method": method,
                    "path": path, "status": status, "bytes": size, "ms": round(took * 1000, 2),
                })
            )  # fmt: skip

    async def _respond(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes], cors: Headers
    ) -> tuple[str | None, int, int]:
        """Answer, and say who asked, with which status, how long the answer was."""
        method, path = scope["method"], scope["path"]
        cookies = read_cookies(text(headers.get(b"cookie")))
        session, is_new = self.sign_in.enter(text(headers.get(b"authorization")), cookies.get(COOKIE))
        extra = [*cors, *self._of_session(session, is_new=is_new, is_get=method == "GET")]
        if session is None and path not in OPEN:
            # The body is not read: who is not signed in cannot make the server keep anything.
            return None, *await _json(send, 401, DENIED, [*extra, *_challenge(headers)])
        token = text(headers.get(TOKEN_HEADER.lower().encode()))
        guarded = self.config.csrf and session is not None and method in _CHANGING
        if guarded and not self.sign_in.may_change(session, cookies.get(COOKIE), token):
            body = FORGED.encode()
            await answer(send, 403, body, [(b"content-type", b"text/plain; charset=utf-8"), *extra])
            return None if session is None else session.user, 403, len(body)
        user = None if session is None else session.user
        if bayeux.is_address(path, NOTIFICATIONS):
            return user, *await self._cometd(receive, send, method, headers, user, cookies, extra)
        raw = await read_body(receive, headers, self.config.max_body) if method != "GET" else b""
        return user, *await self._api(scope, send, raw, session, headers, extra)

    # --- the API ----------------------------------------------------------------------------------------------------

    async def _api(
        self,
        scope: Scope,
        send: Send,
        raw: bytes,
        session: HttpSession | None,
        headers: dict[bytes, bytes],
        extra: Headers,
    ) -> tuple[int, int]:
        method, query = scope["method"], scope["query_string"]
        path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")  # "%2F" is not a slash
        path = path if not query else f"{path}?{query.decode('latin-1')}"
        user = None if session is None else session.user
        body = _parsed(raw)
        operation = operation_of(body)
        rules = self.faults.of_request(method, scope["path"].removeprefix(PREFIX), operation, user)
        if rules:
            failed = await _suffer(rules)
            if failed is not None:
                return await _json(send, failed[0], failed[1], extra)
        request = gws.Request(method, path, body, user, new_id())
        number = self.recorder.request(user or "", method, path, body) if user is not None else 0
        address = f"{scope['scheme']}://{text(headers.get(b'host')) or 'localhost'}"
        reply = self.act(request, number, address)
        if operation == END_SESSION and reply.http_status < 400 and session is not None:
            self.sign_in.leave(session)
            self.carrier.sign_out(session.user)
        more = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
        return await _json(send, reply.http_status, reply.body, [*extra, *more])

    def act(self, request: gws.Request, number: int, address: str = "") -> gws.Reply:
        """Answer a request of an agent, and tell the journal, the page and the figures."""
        reply = self.engine.request(request, address)
        if number:
            path = request.path
            self.recorder.reply(request.user or "", number, request.method, path, reply.http_status, reply.body)
            miss = self.recorder.refused(request.user or "", number, request, reply)
            self.feed.request(request, reply, why(reply.body), miss)
            self.metrics.operation(operation_of(request.body), reply.http_status)
        return reply

    # --- CometD -----------------------------------------------------------------------------------------------------

    async def _cometd(
        self, receive: Receive, send: Send, method: str, headers: dict[bytes, bytes], user: str | None,
        cookies: Any, extra: Headers,
    ) -> tuple[int, int]:  # fmt: skip
        if method != "POST":
            refused = {"statusCode": 3, "statusMessage": f"method: CometD takes POST, not {method}"}
            return await _json(send, 405, refused, [*extra, (b"allow", b"POST")])
        limit = self.carrier.options.max_body
        body = await read_body(receive, headers, limit)
        answered = await self.carrier.post(body, user, cookies.get(bayeux.BROWSER_COOKIE), lambda: gone(receive))
        if answered is None:
            raise Gone
        own = [(name.encode(), value.encode()) for name, value in answered.headers]
        await answer(send, answered.status, answered.body, [*own, *extra])
        return answered.status, len(answered.body)

    # --- headers ----------------------------------------------------------------------------------------------------

    def _of_session(self, session: HttpSession | None, *, is_new: bool, is_get: bool) -> Headers:
        if session is None:
            return []
        found: Headers = []
        if is_new:
            found.append((b"set-cookie", f"{COOKIE}={session.id}; Path=/; HttpOnly; SameSite=Lax".encode()))
        if self.config.csrf and is_get:
            found += [(b"x-csrf-header", TOKEN_HEADER.encode()), (b"x-csrf-token", session.token.encode())]
        return found

    def cors(self, headers: dict[bytes, bytes]) -> Headers:
        """What lets a page of another origin ask: pages of this machine, and of the origins that are configured."""
        origin = headers.get(b"origin")
        if origin is None or not may_ask(origin.decode("latin-1"), self.config.origins):
            return []
        return [
            (b"access-control-allow-origin", origin), (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", EXPOSED), (b"vary", b"Origin"),
        ]  # fmt: skip


def may_ask(origin: str, allowed: Iterable[str]) -> bool:
    """Whether pages of this origin may ask."""
    if "*" in allowed or origin in allowed:
        return True
    try:
        return urlsplit(origin).hostname in ("localhost", "127.0.0.1", "::1")
    except ValueError:
        return False


def _preflight(headers: dict[bytes, bytes]) -> Headers:
    wanted = headers.get(b"access-control-request-headers", b"content-type")
    return [
        (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"), (b"access-control-allow-headers", wanted),
        (b"access-control-max-age", b"600"),
    ]  # fmt: skip


def _challenge(headers: dict[bytes, bytes]) -> Headers:
    """A script is not asked for a password: its browser would open a window of its own."""
    is_script = headers.get(b"sec-fetch-mode", b"navigate") != b"navigate"
    return [] if is_script else [(b"www-authenticate", b'Basic realm="ixnstate"')]


def _parsed(raw: bytes) -> Json:
    """The body as plain JSON. What is not valid JSON is refused like any other malformed body."""
    if not raw:
        return None
    try:
        return decode(raw)
    except ValueError:
        return None


async def _suffer(rules: Iterable[FaultRule]) -> tuple[int, Json] | None:
    """Wait as long as the faults say; the status and the body of an error, if one is to be answered."""
    failed: tuple[int, Json] | None = None
    for rule in rules:
        if rule.latency:
            await asyncio.sleep(rule.latency)
        if rule.status is not None and failed is None:
            body = {"statusCode": 4, "statusMessage": "a fault that was asked for"} if rule.body is None else rule.body
            failed = rule.status, body
    return failed


async def _json(send: Send, status: int, body: Json, headers: Headers) -> tuple[int, int]:
    content = b"" if body is None else encode(body)
    await answer(send, status, content, [JSON, *headers])
    return status, len(content)
