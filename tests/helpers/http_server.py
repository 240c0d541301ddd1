"""A whole server of the standard library: HTTP, Basic authentication, and CometD by long polling."""

import json
from base64 import b64decode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Condition
from typing import Any

import ixnstate as ix
from ixnstate import gws

NOTIFICATIONS = "/api/v2/notifications"
TIMEOUT = 20.0  # seconds for which a poll is kept open
# In a real server these differ from session to session.
SESSION = "JSESSIONID=7a41"
TOKEN = {"X-CSRF-HEADER": "X-CSRF-TOKEN", "X-CSRF-TOKEN": "0f2e"}


class Client:
    """One that has shaken hands: whose it is, what they subscribed to, what waits for them."""

    def __init__(self, agent: str) -> None:
        self.agent = agent
        self.topics: set[str] = set()
        self.frames: list[dict[str, Any]] = []


class Server(ThreadingHTTPServer):
    """Serves a contact centre on a port of this machine. One lock is held while the centre decides."""

    daemon_threads = True

    def __init__(self, new_center: Callable[[], ix.ContactCenter], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.new_center = new_center
        self.center = new_center()
        self.changed = Condition()
        self.clients: dict[str, Client] = {}
        self.numbers = count(1)

    @property
    def base(self) -> str:
        """Where its resources begin."""
        return f"http://127.0.0.1:{self.server_port}/api/v2"

    def answer(self, method: str, path: str, body: Any, agent: str) -> gws.Reply:
        """Answer a request, and tell the agents."""
        with self.changed:
            request = gws.Request(method, path, body, agent, f"n{next(self.numbers)}")
            reply = gws.handle(self.center, request)
            self.tell(reply.notifications)
        return reply

    def platform(self, action: Any) -> str | None:
        """What no request can do: submit, offer, revoke, stop, wait; or, for None, begin anew."""
        with self.changed:
            if action is None:
                self.center = self.new_center()
                return None
            if hasattr(action, "seconds"):
                outcome = self.center.advance(action.seconds)
            elif isinstance(action, ix.Submit):
                outcome = self.center.submit(
                    media=action.media,
                    queue=action.queue,
                    id=f"n{next(self.numbers)}",
                    user_data=action.user_data,
                    media_type=action.media_type,
                )
            else:
                outcome = self.center.apply(action)
            self.tell(gws.notifications(outcome))
        return None if outcome.created is None else outcome.created.id

    def tell(self, notifications: tuple[gws.Notification, ...]) -> None:
        """Put messages where the agents' polls fetch them."""
        for each in notifications:
            for client in self.clients.values():
                if client.agent == each.agent and each.topic in client.topics:
                    client.frames.append(each.frame())
        self.changed.notify_all()

    def converse(self, agent: str, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Answer messages of the Bayeux protocol."""
        return [answer for message in messages for answer in self.reply_to(agent, message)]

    def reply_to(self, agent: str, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer one. A poll waits until there is something to say."""
        answer = {"channel": message["channel"], "id": message.get("id"), "successful": True}
        id = message.get("clientId")
        with self.changed:
            if message["channel"] == "/meta/handshake":
                id = f"c{next(self.numbers)}"
                self.clients[id] = Client(agent)
                offered = {"version": "1.0", "supportedConnectionTypes": ["long-polling"]}
                return [{**answer, **offered, "clientId": id}]
            client = self.clients.get(id)
            if client is None or client.agent != agent:
                advice = {"reconnect": "handshake", "interval": 0}
                return [{**answer, "successful": False, "error": "402::Unknown client", "advice": advice}]
            match message["channel"]:
                case "/meta/subscribe":
                    client.topics.add(message["subscription"])
                    return [{**answer, "subscription": message["subscription"]}]
                case "/meta/disconnect":
                    del self.clients[id]
                    self.changed.notify_all()
                    return [answer]
            self.changed.wait_for(lambda: client.frames or id not in self.clients, TIMEOUT)
            frames, client.frames = client.frames, []
            return [*frames, {**answer, "advice": {"reconnect": "retry", "interval": 0, "timeout": TIMEOUT * 1000}}]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_GET(self) -> None:
        """Read a resource."""
        self.respond(None)

    def do_POST(self) -> None:
        """Do something; with the token that every GET has shown."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        knows_token = self.headers.get(TOKEN["X-CSRF-HEADER"]) == TOKEN["X-CSRF-TOKEN"]
        if not knows_token or SESSION not in self.headers.get("Cookie", ""):
            self.send(403, "Missing or invalid Csrf token")
            return
        try:
            self.respond(json.loads(body or b"null"))
        except ValueError:
            self.send(400, None)

    def respond(self, body: Any) -> None:
        """Say who is asking, and answer."""
        scheme, _, secret = self.headers.get("Authorization", "").partition(" ")
        agent = b64decode(secret).decode().partition(":")[0] if scheme == "Basic" else ""
        if agent not in self.server.center.agents:
            self.send(401, {"statusCode": 20, "statusMessage": "Access denied"})
        elif self.path == NOTIFICATIONS:
            self.send(200, self.server.converse(agent, body))
        else:
            reply = self.server.answer(self.command, self.path, body, agent)
            self.send(reply.http_status, reply.body)

    def send(self, status: int, body: Any) -> None:
        """Send the answer."""
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Set-Cookie": SESSION, **TOKEN}.items() if self.command == "GET" else ():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""
