"""What happens, as it happens: server-sent events for the page, and for whoever wants to follow."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from ixnstate import gws
from ixnstate.decoding import encode
from ixnstate.server.engine import Message
from ixnstate.server.recorder import operation_of
from ixnstate.values import Json

KEEP = 200
"""How many of the newest events a new reader gets."""
MAX_WAITING = 2_000
"""A reader who is further behind than this is let go; a browser then connects again."""
MAX_READERS = 64
HEARTBEAT = 15.0


class Feed:
    """The newest events, and those who read them."""

    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[bytes | None]] = set()
        self._newest: deque[tuple[int, str, Json]] = deque(maxlen=KEEP)
        self._number = 0

    def request(self, request: gws.Request, reply: gws.Reply, sentence: str | None, miss: Json) -> None:
        """An agent asked for something, and was answered."""
        if request.method == "GET" and reply.http_status < 400:
            return
        self.tell("refusal" if miss is not None else "request", {
            "agent": request.user, "method": request.method, "path": request.path,
            "operation": operation_of(request.body), "status": reply.http_status, "why": sentence,
            "allowed": None if miss is None else miss["allowed"], "way": None if miss is None else miss["path"],
        })  # fmt: skip

    def messages(self, messages: list[Message]) -> None:
        """Agents were sent something."""
        for agent, channel, message in messages:
            if not isinstance(message, dict):  # the content of a workbin
                self.tell("message", {"agent": agent, "channel": channel, "kind": "content"})
                continue
            resource = next((value for value in message.values() if isinstance(value, dict) and "id" in value), {})
            self.tell("message", {
                "agent": agent, "channel": channel, "type": message.get("messageType"),
                "kind": message.get("notificationType") or message.get("action"),
                "interaction": resource.get("id"), "state": resource.get("state"),
            })  # fmt: skip

    def tell(self, kind: str, data: Json) -> None:
        """Something happened."""
        self._number += 1
        self._newest.append((self._number, kind, data))
        if not self._readers:
            return
        event = _written(self._number, kind, data)
        for reader in tuple(self._readers):
            if reader.qsize() >= MAX_WAITING:
                self._readers.discard(reader)
                reader.put_nowait(None)
            else:
                reader.put_nowait(event)

    @property
    def is_full(self) -> bool:
        """Whether there are as many readers as there may be."""
        return len(self._readers) >= MAX_READERS

    async def read(self) -> AsyncIterator[bytes]:
        """The events from now on, after the newest that there are."""
        reader: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._readers.add(reader)
        try:
            yield b"retry: 1000\n\n" + b"".join(_written(*each) for each in self._newest)
            while True:
                try:
                    event = await asyncio.wait_for(reader.get(), HEARTBEAT)
                except TimeoutError:
                    event = b": still here\n\n"
                if event is None:
                    return
                yield event
        finally:
            self._readers.discard(reader)

    def stop(self) -> None:
        """Let every reader go."""
        for reader in tuple(self._readers):
            self._readers.discard(reader)
            reader.put_nowait(None)


def _written(number: int, kind: str, data: Json) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, kind.encode(), encode(data))
