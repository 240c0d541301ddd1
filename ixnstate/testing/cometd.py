"""Messages over CometD, as the kit listens to them.

Each agent has a connection of their own: a `Listener` in a thread. A request that fails is tried again for some
seconds; after that, or at once where trying again is no use, the agent counts as not listening, and whoever asks for
messages is told so.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from threading import Event, Lock, Thread
from time import monotonic
from typing import TypeAlias

from ixnstate.bayeux.listening import PROMPT, CometdError, Exchange, Listener, Meta
from ixnstate.values import Json

Post: TypeAlias = Callable[[str, Sequence[Meta], float], Json]
"""Posts messages as an agent, and gives back the JSON value of the answer, waiting so many seconds for it.

Raises OSError for what may succeed when it is tried again, `CometdError` for the rest.
"""

START = 8.0
"""Seconds within which every agent must be connected."""
FIRST_TROUBLE = 3.0
"""Seconds for which requests are tried again that fail before the agent is connected for the first time."""
RECOVERY = 5.0
"""Seconds for which they are tried again later, before the agent counts as not listening."""
LONGEST_PAUSE = 1.0
"""Seconds between two tries, at most; the first pauses are shorter."""
UNDERWAY = 1.0
"""Seconds after which a connect that is not to be held is taken for held, by a server that does not answer at once."""
SETTLED = 30.0
"""Seconds for which a start that has failed is not tried again: it would fail again, case after case."""
END = 5.0
"""Seconds for which connections are waited for when they are to end."""


class Cometd:
    """What agents are sent, from ``start`` to ``stop``. Calling it gives the messages that have come since."""

    def __init__(self, agents: Iterable[str], topics: Sequence[str], post: Post) -> None:
        self._connections = [_Connection(agent, topics, post, self._take) for agent in agents]
        self._lock = Lock()
        self._come: list[tuple[str, Json]] = []
        self._failure: tuple[float, CometdError] | None = None
        """When a start has failed, and how."""
        self.is_on = False

    def start(self) -> None:
        """Connect every agent. Raises `CometdError` if one cannot be."""
        if self._failure is not None and monotonic() < self._failure[0] + SETTLED:
            raise self._failure[1]
        self.is_on = True
        for connection in self._connections:
            connection.begin()
        until = monotonic() + START
        try:
            for connection in self._connections:
                connection.wait(until)
        except CometdError as error:
            self._failure = monotonic(), error
            self.stop()
            raise
        until = monotonic() + PROMPT
        for connection in self._connections:
            connection.answered.wait(max(0.0, until - monotonic()))

    def stop(self) -> None:
        """End every connection, and wait for it."""
        leaving = [Thread(target=connection.end, daemon=True) for connection in self._connections]
        for thread in leaving:
            thread.start()
        until = monotonic() + END
        for thread in (*leaving, *(connection.thread for connection in self._connections)):
            thread.join(max(0.0, until - monotonic()))
        self.is_on = False

    def __call__(self) -> list[tuple[str, Json]]:
        """The messages that have come since this was asked last, each with its agent.

        Raises `CometdError` if an agent is not listening. A connection that fails is given time to recover first.
        """
        for connection in self._connections:
            connection.check()
        with self._lock:
            come, self._come = self._come, []
        return come

    def _take(self, agent: str, message: Json) -> None:
        with self._lock:
            self._come.append((agent, message))


class _Connection:
    """One agent's, in a thread of its own."""

    def __init__(self, agent: str, topics: Sequence[str], post: Post, take: Callable[[str, Meta], None]) -> None:
        self.agent = agent
        self.topics, self.post, self.take = topics, partial(post, agent), partial(take, agent)
        self.trouble: Exception | None = None
        """Why the last request failed, None if it did not."""
        self.failures, self.since = 0, 0.0
        """How many requests have failed without a success between, and when the first of them did."""
        self.asked = 0.0
        """When the request was sent that is open now."""
        self.is_lost = False
        """Whether it is not tried again."""

    def begin(self) -> None:
        self.client = Listener(self.topics)
        self.ready, self.answered, self.over = Event(), Event(), Event()
        self.trouble, self.failures, self.is_lost = None, 0, False
        self.thread = Thread(
            target=self._listen, args=(self.client, self.over), name=f"cometd {self.agent}", daemon=True
        )
        self.thread.start()

    def wait(self, until: float) -> None:
        """Until it is connected. Raises `CometdError` if it cannot be."""
        while not self.ready.wait(0.01) or self.is_lost:
            has_failed = self.failures > 1 and monotonic() > self.since + FIRST_TROUBLE
            if self.is_lost or has_failed or monotonic() > until:
                why = self.trouble or f"no answer within {START:g} s"
                raise CometdError(f"agent {self.agent} cannot listen: {why}") from self.trouble

    def check(self) -> None:
        """Raises `CometdError` if the agent is told nothing any more."""
        while (trouble := self.trouble) is not None:
            now = monotonic()
            if self.is_lost or now > self.since + RECOVERY:
                raise CometdError(f"agent {self.agent} is told nothing any more: {trouble}") from trouble
            if self.asked and now > self.asked + UNDERWAY and not self.client.is_prompt:
                return
            self.over.wait(0.02)

    def end(self) -> None:
        """Disconnect: the server answers the open request, since nobody waits for it any more."""
        self.over.set()
        if not self.is_lost:
            with suppress(OSError, CometdError):  # it has gone before
                if (leaving := self.client.leave()) is not None:
                    self.post(leaving.messages, END)

    def _listen(self, client: Listener, over: Event) -> None:
        while not over.is_set():
            self.asked = monotonic()
            try:
                exchange = client.next()
                for message in client.take(exchange, *self._posted(client, exchange)):
                    self.take(message)
            except OSError as error:
                self._fail(error)
                over.wait(max(client.interval, min(LONGEST_PAUSE, 0.05 * 2 ** min(self.failures, 8))))
            except Exception as error:
                self._fail(error if isinstance(error, CometdError) else CometdError(f"{type(error).__name__}: {error}"))
                self.is_lost = True
                return
            else:
                if client.is_listening:
                    self.ready.set()
                if exchange.channel == "/meta/connect":
                    self.trouble, self.failures = None, 0
                    self.answered.set()
                    over.wait(client.pause)

    def _posted(self, client: Listener, exchange: Exchange) -> tuple[Json, float]:
        """The answer, and the seconds in which it came."""
        try:
            return self.post(exchange.messages, exchange.seconds), monotonic() - self.asked
        except (OSError, CometdError):
            client.fail()
            raise

    def _fail(self, error: Exception) -> None:
        if self.trouble is None:
            self.since = monotonic()
        self.failures += 1
        self.asked, self.trouble = 0.0, error
