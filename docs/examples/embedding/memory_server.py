"""A server that keeps everything in memory: the contact centre decides, this only carries bytes to and fro."""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

import ixnstate as ix
from ixnstate import gws


class MemoryServer:
    """HTTP and CometD are left to whatever serves them: bytes in, bytes out, and frames for each agent."""

    def __init__(self, center: ix.ContactCenter, new_id: Callable[[], str], clock: Callable[[], float]) -> None:
        self.center, self.new_id, self.clock = center, new_id, clock
        self.frames: defaultdict[str, list[dict]] = defaultdict(list)
        self.began = datetime.now(UTC)

    @property
    def server(self) -> gws.Server:
        """What messages say of this server."""
        return gws.Server("http://localhost:8080", datetime.now(UTC), self.began)

    def request(self, method: str, path: str, body: bytes, agent: str | None) -> tuple[int, bytes]:
        """Answer a request with an HTTP status and a body."""
        self.tick()
        try:
            parsed = json.loads(body) if body else None
        except ValueError:
            parsed = None  # what is not valid JSON is refused like any other malformed body
        asked = gws.Request(method, path, parsed, agent, self.new_id())
        reply = gws.handle(self.center, asked, server=self.server)
        self.send(reply.notifications)
        return reply.http_status, b"" if reply.body is None else json.dumps(reply.body).encode()

    def arrive(self, media: str, queue: str, user_data: dict, content: dict) -> str:
        """A media server submits an interaction; the router looks for an agent."""
        id = self.new_id()
        self.center.submit(media=media, queue=queue, id=id, user_data=user_data, content=content)
        self.send(gws.notifications(self.center.route(), server=self.server))
        return id

    def tick(self) -> None:
        """Let the centre's time follow the clock: invitations and idle interactions run out."""
        self.send(gws.notifications(self.center.advance(to=self.clock()), server=self.server))
        self.send(gws.notifications(self.center.route(), server=self.server))

    def send(self, sent: tuple[gws.Notification, ...]) -> None:
        """Queue the frames for CometD."""
        for each in sent:
            self.frames[each.agent].append(each.frame())
