"""The client side of CometD: the Bayeux protocol, version 1.0, by long polling. No sockets, no clock.

A `Listener` says what to post next and for how long to wait for the answer; it is given the answer, and gives back the
messages to the agent. It shakes hands, subscribes, and then always has one request open, which the server answers when
there is something to say. The server's advice is followed. Threads, asyncio and tests carry the same listener.
"""

from collections.abc import Sequence
from typing import Any, NoReturn, TypeAlias

from ixnstate.values import Json, brief, frozen

Meta: TypeAlias = dict[str, Json]
"""One message of the protocol."""

HANDSHAKE = {"version": "1.0", "minimumVersion": "1.0", "supportedConnectionTypes": ["long-polling"]}
DELAY = 10.0
"""Seconds for an answer to come, beyond the time for which the server may hold the request."""
TIMEOUT = 30.0
"""Seconds for which a server that does not say it may hold a request."""
PROMPT = 0.3
"""Seconds within which the first connect is answered by a server that does so at once."""
IDLE = 0.05
"""Seconds between requests to a server that answers them at once with nothing."""


class CometdError(RuntimeError):
    """Nobody listens, and to try again is no use: the words say why."""


@frozen
class Exchange:
    """Messages to post, and for how many seconds to wait for the answer."""

    messages: tuple[Meta, ...]
    seconds: float

    @property
    def channel(self) -> str:
        """What it is: ``/meta/handshake``, ``/meta/subscribe``, ``/meta/connect`` or ``/meta/disconnect``."""
        return str(self.messages[0]["channel"])


class Listener:
    """One client. `next` is what to post; `take` is given the answer, or `fail` is told that none has come.

    With ``acknowledges`` it asks for the ack extension: a server that has it sends again what may have been lost, and
    sends messages by connects only, so that they come in their order.
    """

    def __init__(self, topics: Sequence[str], *, acknowledges: bool = False) -> None:
        self.topics = tuple(topics)
        self.acknowledges = acknowledges
        self.number = 0
        self.id: str | None = None
        self.is_listening = False
        """Whether it has subscribed, so that messages are kept for it."""
        self.is_connected = False
        self.is_prompt: bool | None = None
        """Whether the server answers a connect at once that is not to be held, as far as that is known."""
        self.timeout, self.interval, self.pause = TIMEOUT, 0.0, 0.0
        """In seconds: how long the server may hold a connect, the least time between two, that until the next one."""
        self._batch: Any = None
        """The number of the last batch of the ack extension; None without it."""

    @property
    def keeps_messages(self) -> bool:
        """Whether the server sends again what may have been lost: it has the ack extension."""
        return self._batch is not None

    def next(self) -> Exchange:
        """What to post now."""
        if self.id is None:
            self.is_listening = self.is_connected = False
            more: Meta = {"ext": {"ack": True}} if self.acknowledges else {}
            shake: Meta = {"channel": "/meta/handshake", "id": self._next(), **HANDSHAKE, **more}
            return Exchange((shake,), DELAY)
        if not self.is_listening:
            return Exchange(tuple(self._meta("subscribe", subscription=topic) for topic in self.topics), DELAY)
        is_first = not self.is_connected
        extra: Meta = {"advice": {"timeout": 0}} if is_first else {}
        if self._batch is not None:
            extra["ext"] = {"ack": self._batch}
        connect = self._meta("connect", connectionType="long-polling", **extra)
        return Exchange((connect,), DELAY if is_first and self.is_prompt else self.timeout + DELAY)

    def leave(self) -> Exchange | None:
        """What to post to disconnect; None if there is no connection."""
        return None if self.id is None else Exchange((self._meta("disconnect"),), DELAY)

    def take(self, exchange: Exchange, answer: Any, spent: float) -> list[Meta]:
        """The messages to the agent that an answer has, which came after so many seconds.

        Raises ConnectionError where it is to be tried again, `CometdError` where that is no use.
        """
        try:
            replies, come = self._read(exchange, answer)
            match exchange.channel:
                case "/meta/handshake":
                    self._shaken(replies[0])
                case "/meta/subscribe":
                    self._subscribed(replies)
                case "/meta/connect":
                    self._answered(replies[0], spent, is_idle=not come)
        except (OSError, CometdError):
            self.fail()
            raise
        return come

    def fail(self) -> None:
        """No answer has come, or none that is one. A client without subscriptions begins anew."""
        self.is_connected = False
        if not self.is_listening:
            self.id = None

    def _shaken(self, reply: Meta) -> None:
        if not reply["successful"]:
            self._follow_refusal(reply)
        kinds = reply.get("supportedConnectionTypes")
        if not isinstance(kinds, list) or "long-polling" not in kinds:
            raise _wrong(reply, "supportedConnectionTypes", 'a list with "long-polling"')
        if not isinstance(reply.get("clientId"), str):
            raise _wrong(reply, "clientId", "a string")
        self.id = reply["clientId"]
        extension = reply.get("ext")
        has_ack = self.acknowledges and isinstance(extension, dict) and extension.get("ack") is True
        self._batch = -1 if has_ack else None

    def _subscribed(self, replies: Sequence[Meta]) -> None:
        refused = [reply for reply in replies if not reply["successful"]]
        for reply in refused:
            if _is_unknown(reply) or len(refused) == len(replies):  # it need not have every medium
                self._follow_refusal(reply)
        self.is_listening = True

    def _answered(self, reply: Meta, spent: float, *, is_idle: bool) -> None:
        """Whether a new connection works is seen at once: its first connect is not to be held."""
        is_first, self.is_connected = not self.is_connected, False
        if self.is_prompt is None:
            self.is_prompt = spent < PROMPT
        if not reply["successful"]:
            self._follow_refusal(reply)
        extension = reply.get("ext")
        if self._batch is not None and isinstance(extension, dict):
            self._batch = extension.get("ack", self._batch)
        match reply.get("advice", {}).get("reconnect"):
            case "none":
                raise CometdError(f"the server says not to connect again: {brief(reply)}")
            case "handshake":
                self.id, self.is_listening = None, False
            case _:
                self.is_connected = True
        is_idle = is_idle and not is_first and spent < IDLE
        self.pause = max(self.interval, IDLE) if is_idle else self.interval

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
                self.id, self.is_listening = None, False
        raise ConnectionError(why)

    def _meta(self, kind: str, **more: Any) -> Meta:
        return {"channel": f"/meta/{kind}", "clientId": self.id, "id": self._next(), **more}

    def _next(self) -> str:
        self.number += 1
        return str(self.number)

    def _read(self, exchange: Exchange, answer: Any) -> tuple[list[Meta], list[Meta]]:
        """The reply to each message, and whatever else the answer has: messages to the agent."""
        asked = exchange.channel
        if not isinstance(answer, list):
            raise CometdError(f"the answer to {asked} is not a list of messages, but {brief(answer)}")
        for place, message in enumerate(answer, 1):
            _check(message, f"message {place} of the answer to {asked}")
        replies = [_reply_to(request, answer) for request in exchange.messages]
        for reply in replies:
            if (advice := reply.get("advice")) is not None:
                self.interval = advice.get("interval", self.interval * 1000) / 1000
                self.timeout = advice.get("timeout", self.timeout * 1000) / 1000
        self.pause = self.interval
        unasked = ("/meta/", "/service/")
        return replies, [each for each in answer if "data" in each and not each["channel"].startswith(unasked)]


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
