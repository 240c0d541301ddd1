"""Messages over CometD: the Bayeux protocol, version 1.0, by long polling.

Each agent has a connection of his own, in a thread: it shakes hands, subscribes to the topics, and then always has one
request open, which the server answers when there is something to say. What the server advises is done: to try again, to
shake hands again, to wait, or to stay away.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, TypeAlias

Meta: TypeAlias = dict[str, Any]
"""One message of the protocol."""

Post: TypeAlias = Callable[[str, Sequence[Meta]], Sequence[Meta]]
"""Posts messages as an agent, and gives back the answer. Raises OSError if none comes, `CometdError` for a refusal."""

HANDSHAKE = {"version": "1.0", "minimumVersion": "1.0", "supportedConnectionTypes": ["long-polling"]}
PAUSE = 0.5
"""Seconds before another try, where the server does not say how long."""
START = 30.0
"""Seconds within which every agent must be connected."""
END = 5.0
"""Seconds for which a connection is waited for when it is to end."""


class CometdError(RuntimeError):
    """The server does not let an agent listen: who, and what it says."""


class Cometd:
    """What agents are sent, from ``start`` to ``stop``. Calling it gives the messages that have come since."""

    def __init__(self, agents: Iterable[str], topics: Sequence[str], post: Post) -> None:
        self._connections = [_Connection(agent, topics, post, self._take) for agent in agents]
        self._lock = Lock()
        self._come: list[tuple[str, Any]] = []
        self.is_on = False

    def start(self) -> None:
        """Connect every agent. Raises `CometdError` if one cannot be."""
        self.is_on = True
        for each in self._connections:
            each.begin()
        until = monotonic() + START
        try:
            for each in self._connections:
                each.wait(until - monotonic())
        except CometdError:
            self.stop()
            raise

    def stop(self) -> None:
        """End every connection, and wait for it."""
        for each in self._connections:
            each.end()
        for each in self._connections:
            each.join()
        self.is_on = False

    def __call__(self) -> list[tuple[str, Any]]:
        """The messages that have come since this was asked last, each with its agent."""
        for each in self._connections:
            each.check()
        with self._lock:
            found, self._come = self._come, []
        return found

    def _take(self, agent: str, message: Any) -> None:
        with self._lock:
            self._come.append((agent, message))


class _Connection:
    """One agent's."""

    def __init__(self, agent: str, topics: Sequence[str], post: Post, take: Callable[[str, Any], None]) -> None:
        self.agent, self.topics, self.post, self.take = agent, topics, post, take
        self.number = 0
        self.client: str | None = None
        self.interval = 0.0
        self.ready, self.over = Event(), Event()
        self.trouble: Exception | None = None
        self.is_lost = False

    def begin(self) -> None:
        self.ready.clear()
        self.over.clear()
        self.thread = Thread(target=self._listen, name=f"cometd {self.agent}", daemon=True)
        self.thread.start()

    def wait(self, seconds: float) -> None:
        if not self.ready.wait(max(0.0, seconds)) or self.is_lost:
            self.over.set()
            raise CometdError(f"agent {self.agent} cannot listen: {self.trouble or 'no answer'}") from self.trouble

    def check(self) -> None:
        if self.is_lost:
            raise CometdError(f"agent {self.agent} is told nothing any more: {self.trouble}") from self.trouble

    def end(self) -> None:
        """The server answers the open request, since nobody waits for it any more."""
        self.over.set()
        if self.client is not None:
            try:
                self._ask(self._meta("disconnect"))
            except (OSError, CometdError) as error:  # it has gone before
                self.trouble = error

    def join(self) -> None:
        self.thread.join(END)

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                if self.client is None:
                    self._shake_hands()
                self._connect()
                self.over.wait(self.interval)
            except OSError as error:
                self.trouble = error
                self.over.wait(max(PAUSE, self.interval))
            except CometdError as error:
                self.trouble, self.is_lost = error, True
                self.ready.set()
                return

    def _shake_hands(self) -> None:
        answer = self._ask({"channel": "/meta/handshake", "id": self._next(), **HANDSHAKE})
        if not answer.get("successful"):
            raise CometdError(f"handshake: {answer.get('error', answer)}")
        self.client = str(answer["clientId"])
        wanted = [self._meta("subscribe", subscription=topic) for topic in self.topics]
        answers = self._exchange(wanted, "/meta/subscribe")
        if not any(answer.get("successful") for answer in answers):  # it need not have every medium
            raise CometdError(f"subscribe: {answers[0].get('error', answers[0]) if answers else 'no answer'}")
        self.ready.set()

    def _connect(self) -> None:
        answer = self._ask(self._meta("connect", connectionType="long-polling"))
        advice = answer.get("advice") or {}
        self.interval = float(advice.get("interval") or 0) / 1000
        is_on = bool(answer.get("successful"))
        match advice.get("reconnect", "retry" if is_on else "handshake"):
            case "handshake":
                self.client = None
            case "none" if not self.over.is_set():
                raise CometdError(f"the server says not to connect again: {answer.get('error', answer)}")
            case _ if not is_on:
                self.interval = max(PAUSE, self.interval)

    def _meta(self, what: str, **more: Any) -> Meta:
        return {"channel": f"/meta/{what}", "clientId": self.client, "id": self._next(), **more}

    def _next(self) -> str:
        self.number += 1
        return str(self.number)

    def _ask(self, message: Meta) -> Mapping[str, Any]:
        answers = self._exchange([message], message["channel"])
        if not answers:
            raise CometdError(f"the server does not answer {message['channel']}")
        return answers[0]

    def _exchange(self, messages: Sequence[Meta], channel: str) -> list[Meta]:
        """Post these: the answers to them. Whatever else comes with them is a message to the agent."""
        answers = []
        for each in self.post(self.agent, messages):
            if each.get("channel") == channel:
                answers.append(each)
            elif not str(each.get("channel")).startswith("/meta/"):
                self.take(self.agent, each)
        return answers
