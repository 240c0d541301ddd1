"""The API and its notifications as an ASGI application, without a framework."""

import asyncio
import json
import secrets
from base64 import b64decode
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

import ixnstate as ix
from ixnstate import bayeux, gws

ROOT = "/api/v2/notifications"
MAX_BODY = 1_000_000
DENIED = {"statusCode": 20, "statusMessage": "Access denied"}


class Application:
    """Serves a contact centre. Who an agent is, is said by Basic authentication; here any password will do."""

    def __init__(self, center: ix.ContactCenter, server: bayeux.Server | None = None) -> None:
        self.center = center
        self.server = server or bayeux.Server()
        self.timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        user, path = user_of(headers), scope["path"]
        body = await read(receive, self.server.options.max_body if bayeux.is_address(path, ROOT) else MAX_BODY)
        if user not in self.center.agents:
            await respond(send, 401, json.dumps(DENIED).encode())
        elif not bayeux.is_address(path, ROOT):
            reply = self.handle(scope["method"], path, scope["query_string"].decode(), body, user)
            await respond(send, reply.http_status, json.dumps(reply.body).encode())
        elif scope["method"] != "POST":
            await respond(send, 405, b"", [("Allow", "POST")])
        else:
            cookie = SimpleCookie(headers.get("cookie", "")).get(bayeux.BROWSER_COOKIE)
            answer = await self.converse(body, user, cookie and cookie.value, receive)
            if answer is not None:
                await respond(send, answer.status, answer.body, answer.headers)

    def handle(self, method: str, path: str, query: str, body: bytes, user: str) -> gws.Reply:
        """Carry out a request of the API, and tell the agents."""
        try:
            content = json.loads(body) if body else None
        except ValueError:
            content = None
        request = gws.Request(method, f"{path}?{query}" if query else path, content, user, secrets.token_hex(8))
        reply = gws.handle(self.center, request)
        told = [(each.agent, each.topic, each.message) for each in reply.notifications]
        self.answer(self.server.publish(told, now=self.now()))
        return reply

    async def converse(self, body: bytes, user: str, browser: str | None, receive: Any) -> bayeux.Answer | None:
        """Have Bayeux messages answered, however long that takes. None if the client has gone meanwhile."""
        exchange: asyncio.Future[bayeux.Answer] = asyncio.get_running_loop().create_future()
        new_id = partial(secrets.token_hex, 16)
        self.answer(self.server.receive(body, exchange, now=self.now(), user=user, browser=browser, new_id=new_id))
        if not exchange.done():
            gone = asyncio.ensure_future(receive())  # the next thing to come is that the client goes
            try:
                await asyncio.wait({exchange, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                gone.cancel()
                self.server.abandon(exchange, now=self.now())
                self.wait()
        return exchange.result() if exchange.done() else None

    def answer(self, answers: tuple[bayeux.Answer, ...]) -> None:
        """Give every answer to the request that waits for it."""
        for answer in answers:
            answer.exchange.set_result(answer)
        self.wait()

    def wait(self) -> None:
        """Wake up at the server's deadline. To wake up too early does no harm."""
        deadline = self.server.deadline
        if self.timer is not None and deadline is not None and self.timer.when() <= deadline:
            return
        if self.timer is not None:
            self.timer.cancel()
        self.timer = deadline and asyncio.get_running_loop().call_at(deadline, self.tick)

    def tick(self) -> None:
        """The deadline has come."""
        self.timer = None
        self.answer(self.server.tick(now=self.now()))

    def now(self) -> float:
        """The time of the event loop."""
        return asyncio.get_running_loop().time()


def user_of(headers: dict[str, str]) -> str:
    """Who is signed in."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    try:
        return b64decode(secret).decode().partition(":")[0] if scheme == "Basic" else ""
    except ValueError:
        return ""


async def read(receive: Any, at_most: int) -> bytes:
    """The body, of which no more is read than can be answered."""
    body = b""
    while len(body) <= at_most:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


async def respond(send: Any, status: int, body: bytes, headers: Any = (("Content-Type", "application/json"),)) -> None:
    """Send a whole answer."""
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*encoded, length]})
    await send({"type": "http.response.body", "body": body})
