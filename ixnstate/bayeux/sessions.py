"""What the server knows of one client, and when it next has to look at it."""

from collections import deque
from collections.abc import Hashable
from heapq import heapify, heappop, heappush

import attrs

OVERHEAD = 64
"""Bytes that a queued message counts for besides its text."""


@attrs.frozen
class Poll:
    """A /meta/connect that is held: ``exchange`` of its request, ``id`` of its message."""

    exchange: Hashable
    id: str | int | None


@attrs.define(eq=False)
class Session:
    """One client that has shaken hands."""

    client: str
    browser: str
    user: Hashable
    acknowledges: bool
    """Whether its messages are kept until the client acknowledges them (the ack extension)."""
    subscriptions: set[str] = attrs.Factory(set)
    queue: deque[tuple[int, bytes]] = attrs.Factory(deque)
    """The messages that wait, each with the number of its batch."""
    size: int = 0
    """Bytes that the queue takes."""
    unsent: int = 0
    """How many messages at the end of the queue have never been sent."""
    batch: int = 1
    """The number of the next batch of the ack extension."""
    is_connected: bool = False
    """Whether it has sent a /meta/connect before."""
    is_advised: bool = True
    """Whether it knows the current advice."""
    interval: float = 0.0
    """Seconds that it may wait before its next /meta/connect."""
    poll: Poll | None = None
    deadline: float = 0.0
    """When its poll must be answered or, without one, when it expires."""
    scheduled: float | None = None
    """The earliest time at which `Timers` looks at it, None if it is not there."""
    is_over: bool = False

    def put(self, text: bytes, limit: int) -> bool:
        """Queue a message; False, and nothing done, if the queue would grow beyond ``limit`` bytes.

        What is sent at once may be more, and so may a single message.
        """
        cost = len(text) + OVERHEAD
        must_wait = self.poll is None or self.acknowledges
        if must_wait and self.queue and self.size + cost > limit:
            return False
        self.queue.append((self.batch, text))
        self.size += cost
        self.unsent += 1
        return True

    def take(self) -> list[bytes]:
        """The messages to send now. With the ack extension they stay until they are acknowledged."""
        texts = [text for _, text in self.queue]
        self.unsent = 0
        if self.acknowledges:
            self.batch += 1
        else:
            self.queue.clear()
            self.size = 0
        return texts

    def acknowledge(self, batch: float) -> None:
        """Forget the messages of this batch and of those before it, as far as they have been sent."""
        while len(self.queue) > self.unsent and self.queue[0][0] <= batch:
            _, text = self.queue.popleft()
            self.size -= len(text) + OVERHEAD


class Timers:
    """The sessions in the order of their deadlines.

    A deadline that moves to a later time costs nothing: the entry in the heap is put back when it comes up. One that
    moves to an earlier time gets a second entry; when more than half of the heap is such leftovers it is built anew.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Session]] = []
        self._count = 0
        self.live = 0

    @property
    def first(self) -> float | None:
        """No session's deadline is before this time. None if there are no sessions."""
        return self._heap[0][0] if self._heap else None

    def schedule(self, session: Session, deadline: float) -> None:
        """Give a session a deadline, in place of the one that it has."""
        session.deadline = deadline
        if session.scheduled is None:
            self.live += 1
        elif session.scheduled <= deadline:
            return
        self._push(session)
        if len(self._heap) > 2 * self.live + 64:
            self._compact()

    def remove(self, session: Session) -> None:
        """Forget a session."""
        if session.scheduled is not None:
            session.scheduled = None
            self.live -= 1

    def due(self, now: float) -> Session | None:
        """A session whose deadline has come, which then has none; None if there is none."""
        while self._heap and self._heap[0][0] <= now:
            time, _, session = heappop(self._heap)
            if session.scheduled != time:
                continue
            if session.deadline <= now:
                self.remove(session)
                return session
            self._push(session)
        return None

    def _push(self, session: Session) -> None:
        self._count += 1
        session.scheduled = session.deadline
        heappush(self._heap, (session.deadline, self._count, session))

    def _compact(self) -> None:
        entries = {}
        for time, number, session in self._heap:
            if session.scheduled == time:
                entries[id(session)] = (time, number, session)
        self._heap = list(entries.values())
        heapify(self._heap)
