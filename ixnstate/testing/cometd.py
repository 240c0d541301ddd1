"""Messages over CometD: the Bayeux protocol, version 1.0, by long polling.

Each agent has a connection of their own, in a thread: it shakes hands, subscribes to the topics, and then always has
one request open, which the server answers when there is something to say. The server's advice is followed. A request
that fails is tried again for some seconds; after that, or at once where trying again is no use, the agent counts as not
listening, and whoever asks for messages is told so.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, NoReturn, TypeAlias

from ixnstate.values import brief

Meta: TypeAlias = dict[str, Any]
"""One message of the protocol."""

Post: TypeAlias = Callable[[str, Sequence[Meta], float], Any]
"""Posts messages as an agent, and gives back the JSON value of the answer, waiting so many seconds for it.

Raises OSError for what may succeed when it is tried again, `CometdError` for the rest.
"""

HANDSHAKE = {"version": "1.0", "minimumVersion": "1.0", "supportedConnectionTypes": ["long-polling"]}
START = 8.0
"""Seconds within which every agent must be connected."""
FIRST_TROUBLE = 3.0
"""Seconds for which requests are tried again that fail before the agent is connected for the first time."""
RECOVERY = 5.0
"""Seconds for which they are tried again later, before the agent counts as not listening."""
LONGEST_PAUSE = 1.0
"""Seconds between two tries, at most; the first pauses are shorter."""
DELAY = 10.0
"""Seconds for an answer to come, beyond the time for which the server may hold the request."""
TIMEOUT = 30.0
"""Seconds for which a server that does not say it may hold a request."""
PROMPT = 0.3
"""Seconds within which the first connect is answered by a server that does so at once."""
IDLE = 0.05
"""Seconds between requests to a server that answers them at once with nothing."""
UNDERWAY = 1.0
"""Seconds after which a connect that is not to be held is taken for held, by a server that does not answer at once."""
SETTLED = 30.0
"""Seconds for which a start that has failed is not tried again: it would fail again, case after case."""
END = 5.0
"""Seconds for which connections are waited for when they are to end."""


class CometdError(RuntimeError):
    """An agent is not listening: who, and why."""


class Cometd:
    """What agents are sent, from ``start`` to ``stop``. Calling it gives the messages that have come since."""

    def __init__(self, agents: Iterable[str], topics: Sequence[str], post: Post) -> None:
        self._connections = [_Connection(agent, topics, post, self._take) for agent in agents]
        self._lock = Lock()
        self._come: list[tuple[str, Any]] = []
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

    def __call__(self) -> list[tuple[str, Any]]:
        """The messages that have come since this was asked last, each with its agent.

        Raises `CometdError` if an agent is not listening. A connection that fails is given time to recover first.
        """
        for connection in self._connections:
            connection.check()
        with self._lock:
            come, self._come = self._come, []
        return come

    def _take(self, agent: str, message: Any) -> None:
        with self._lock:
            self._come.append((agent, message))


class _Connection:
    """One agent's, in a thread of its own."""

    def __init__(self, agent: str, topics: Sequence[str], post: Post, take: Callable[[str, Meta], None]) -> None:
        self.agent = agent
        self.new_client = partial(_Client, topics, partial(post, agent), partial(take, agent))
        self.trouble: Exception | None = None
        """Why the last request failed, None if it did not."""
        self.failures, self.since = 0, 0.0
        """How many requests have failed without a success between, and when the first of them did."""
        self.asked = 0.0
        """When the request was sent that is open now."""
        self.is_lost = False
        """Whether it is not tried again."""

    def begin(self) -> None:
        self.client = self.new_client()
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
                self.client.leave()

    def _listen(self, client: "_Client", over: Event) -> None:
        while not over.is_set():
            self.asked = monotonic()
            try:
                if client.id is None:
                    client.shake_hands()
                    self.ready.set()
                client.connect()
            except OSError as error:
                self._fail(error)
                over.wait(max(client.interval, min(LONGEST_PAUSE, 0.05 * 2 ** min(self.failures, 8))))
            except Exception as error:
                self._fail(error if isinstance(error, CometdError) else CometdError(f"{type(error).__name__}: {error}"))
                self.is_lost = True
                return
            else:
                self.trouble, self.failures = None, 0
                self.answered.set()
                over.wait(client.pause)

    def _fail(self, error: Exception) -> None:
        if self.trouble is None:
            self.since = monotonic()
        self.failures += 1
        self.asked, self.trouble = 0.0, error


class _Client:
    """The client side of the protocol. Each method raises OSError if it may succeed later, `CometdError` if not."""

    def __init__(
        self, topics: Sequence[str], post: Callable[[Sequence[Meta], float], Any], take: Callable[[Meta], None]
    ) -> None:
        self.topics, self.post, self.take = topics, post, take
        self.number = self.heard = 0
        self.id: str | None = None
        self.is_connected = False
        self.is_prompt: bool | None = None
        """Whether the server answers a connect at once that is not to be held, as far as that is known."""
        self.timeout, self.interval, self.pause = TIMEOUT, 0.0, 0.0
        """In seconds: how long the server may hold a connect, the least time between two, that until the next one."""

    def shake_hands(self) -> None:
        """Shake hands and subscribe."""
        self.is_connected = False
        (reply,) = self._exchange([{"channel": "/meta/handshake", "id": self._next(), **HANDSHAKE}], DELAY)
        if not reply["successful"]:
            self._follow_refusal(reply)
        kinds = reply.get("supportedConnectionTypes")
        if not isinstance(kinds, list) or "long-polling" not in kinds:
            raise _wrong(reply, "supportedConnectionTypes", 'a list with "long-polling"')
        if not isinstance(reply.get("clientId"), str):
            raise _wrong(reply, "clientId", "a string")
        self.id = reply["clientId"]
        try:
            self._subscribe()
        except (OSError, CometdError):
            self.id = None  # so that it begins anew: a client without subscriptions is told nothing
            raise

    def _subscribe(self) -> None:
        replies = self._exchange([self._meta("subscribe", subscription=topic) for topic in self.topics], DELAY)
        refused = [reply for reply in replies if not reply["successful"]]
        for reply in refused:
            if _is_unknown(reply) or len(refused) == len(replies):  # it need not have every medium
                self._follow_refusal(reply)

    def connect(self) -> None:
        """Wait for messages. Whether a new connection works is seen at once: that request is not to be held."""
        is_first, self.is_connected = not self.is_connected, False
        advice = {"advice": {"timeout": 0}} if is_first else {}
        began, heard = monotonic(), self.heard
        connect = self._meta("connect", connectionType="long-polling", **advice)
        (reply,) = self._exchange([connect], DELAY if is_first and self.is_prompt else self.timeout + DELAY)
        spent = monotonic() - began
        if self.is_prompt is None:
            self.is_prompt = spent < PROMPT
        if not reply["successful"]:
            self._follow_refusal(reply)
        match reply.get("advice", {}).get("reconnect"):
            case "none":
                raise CometdError(f"the server says not to connect again: {brief(reply)}")
            case "handshake":
                self.id = None
            case _:
                self.is_connected = True
        is_idle = not is_first and heard == self.heard and spent < IDLE
        self.pause = max(self.interval, IDLE) if is_idle else self.interval

    def leave(self) -> None:
        """Disconnect, if there is a connection."""
        if self.id is not None:
            self._exchange([self._meta("disconnect")], END)

    def _follow_refusal(self, reply: Meta) -> NoReturn:
        """What to do about a reply that is not successful is said by its advice, or else by its kind."""
        kind = reply["channel"].removeprefix("/meta/")
        why = f"{kind}: {reply.get('error', 'it is not successful, and has no field error')}"
        match reply.get("advice", {}).get("reconnect"):
            case "none":
                raise CometdError(f"the server says not to connect again: {why}")
            case None if kind != "connect" and not _is_unknown(reply):
                raise CometdError(why)
            case None | "handshake":
                self.id = None
        raise ConnectionError(why)

    def _meta(self, kind: str, **more: Any) -> Meta:
        return {"channel": f"/meta/{kind}", "clientId": self.id, "id": self._next(), **more}

    def _next(self) -> str:
        self.number += 1
        return str(self.number)

    def _exchange(self, requests: Sequence[Meta], seconds: float) -> list[Meta]:
        """Post these: the reply to each. Whatever else the answer has is a message to the agent."""
        answer = self.post(requests, seconds)
        asked = requests[0]["channel"]
        if not isinstance(answer, list):
            raise CometdError(f"the answer to {asked} is not a list of messages, but {brief(answer)}")
        for place, message in enumerate(answer, 1):
            _check(message, f"message {place} of the answer to {asked}")
        replies = [_reply_to(request, answer) for request in requests]
        for reply in replies:
            if (advice := reply.get("advice")) is not None:
                self.interval = advice.get("interval", self.interval * 1000) / 1000
                self.timeout = advice.get("timeout", self.timeout * 1000) / 1000
        self.pause = self.interval
        for message in answer:
            if "data" in message and not message["channel"].startswith(("/meta/", "/service/")):
                self.heard += 1
                self.take(message)
        return replies


def _check(message: Any, name: str) -> None:
    """Raises `CometdError` for a field that is missing or of the wrong kind."""
    if not isinstance(message, dict):
        raise CometdError(f"{name} is not an object, but {brief(message)}")
    channel = message.get("channel")
    if not isinstance(channel, str):
        raise _wrong(message, "channel", "a string", name)
    if not channel.startswith("/meta/"):
        if "data" not in message and "successful" not in message:
            raise _wrong(message, "data", "a message of the API", f"{name}, on {channel},")
        return
    if not isinstance(message.get("successful"), bool):
        raise _wrong(message, "successful", "true or false", f"the reply to {channel}")
    advice = message.get("advice", {})
    if not isinstance(advice, dict):
        raise _wrong(message, "advice", "an object", f"the reply to {channel}")
    if advice.get("reconnect") not in (None, "retry", "handshake", "none"):
        raise _wrong(advice, "reconnect", "retry, handshake or none", f"the advice in the reply to {channel}")
    for key in ("interval", "timeout"):
        value = advice.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _FOREVER:
            raise _wrong(advice, key, "a number of milliseconds", f"the advice in the reply to {channel}")


_FOREVER = 1e12


def _reply_to(request: Meta, answer: Sequence[Meta]) -> Meta:
    """The reply to a request; one that has no id is taken if it is about the same."""
    same = [message for message in answer if message["channel"] == request["channel"]]
    for reply in same:
        about = reply.get("subscription", request.get("subscription"))
        if str(reply.get("id", request["id"])) == request["id"] and about == request.get("subscription"):
            return reply
    name = request["channel"] + (f" of {request['subscription']}" if "subscription" in request else "")
    if same:
        numbers = ", ".join(brief(reply.get("id")) for reply in same[:3])
        raise CometdError(f"the answer has no reply to {name} with the id {request['id']!r}, only with {numbers}")
    raise CometdError(f"the server does not answer {name}")


def _wrong(message: Meta, key: str, right: str, name: str = "") -> CometdError:
    name = name or f"the reply to {message['channel']}"
    if key not in message:
        return CometdError(f"{name} has no field {key}; it must be {right}")
    return CometdError(f"{key} of {name} is {brief(message[key])}; it must be {right}")


def _is_unknown(reply: Meta) -> bool:
    """Whether the server does not know the client any more."""
    return str(reply.get("error")).startswith("402")
