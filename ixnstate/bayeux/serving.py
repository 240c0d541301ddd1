"""The server: messages in; answers, holds and timers out."""

import re
from collections.abc import Callable, Hashable, Iterable
from types import NoneType
from typing import TypeAlias

import attrs

from ixnstate.bayeux.answers import Answer, encode, joined
from ixnstate.bayeux.channels import (
    CONNECT,
    DISCONNECT,
    HANDSHAKE,
    META,
    META_CHANNELS,
    UNSUBSCRIBE,
    is_channel,
    is_subscription,
    subscriptions_to,
)
from ixnstate.bayeux.messages import Json, MalformedError, Message, read
from ixnstate.bayeux.sessions import Poll, Session, Timers
from ixnstate.values import brief, each_of, expect

NewId: TypeAlias = Callable[[], str]
"""Gives a new string that nobody can guess each time, such as ``partial(secrets.token_hex, 16)``."""

_BROWSER = re.compile(r"[A-Za-z0-9_-]{8,64}")
_FOREVER = 1e9
_DENIED = "403:denied_by_security_policy:"


@attrs.frozen(kw_only=True)
class Options:
    """How a server behaves. Times are in seconds, sizes in bytes; the times default to those of the Java server."""

    timeout: float = 30.0
    """For how long a /meta/connect is held. A client may ask for less."""
    interval: float = 0.0
    """How long a client is told to wait before its next /meta/connect."""
    max_interval: float = 10.0
    """A session expires when this and the interval have passed without a /meta/connect."""
    sessions_per_browser: int = 1
    """How many polls of one browser are held at once: browsers open few connections to one host."""
    multi_session_interval: float = 2.0
    """How long the other sessions of that browser are told to wait between polls."""
    trust_client_session: bool = False
    """Whether a client id is enough, without the cookie of its browser."""
    max_body: int = 65_536
    """A longer POST is answered with HTTP 413."""
    max_queue: int = 1_048_576
    """A session whose waiting messages would take more is ended: its client must shake hands again."""
    max_subscriptions: int = 1_000
    """How many subscriptions a session may have."""
    max_sessions: int = 50_000
    """How many sessions there may be. Further handshakes are refused for the time being."""

    def __attrs_post_init__(self) -> None:
        for name in attrs.fields_dict(Options):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 <= value < _FOREVER:
                raise ValueError(f"{name} must be a number that is not negative, not {brief(value)}")


def is_address(path: str, root: str) -> bool:
    """Whether this path belongs to the server at ``root``: the root itself, or anything below it.

    The official JavaScript client posts to ``root/handshake``, ``root/connect``, ``root/disconnect`` and ``root/``.
    """
    if not isinstance(path, str) or not isinstance(root, str):
        return False
    root = root.rstrip("/")
    return path == root or path.startswith(f"{root}/")


def _check(now: float, **names: object) -> None:
    """Raises ValueError for a time that is none, or a name that cannot be one."""
    if not isinstance(now, int | float) or not -_FOREVER < now < _FOREVER:
        raise ValueError(f"now must be a number of seconds, not {brief(now)}")
    for name, value in names.items():
        try:
            hash(value)
        except Exception:
            raise ValueError(f"{name} must be hashable, which {brief(value)} is not") from None


class Server:
    """The server side of Bayeux by long polling, for any number of clients. See `ixnstate.bayeux` for how to carry it.

    It has no clock, no sockets and no randomness: what it does depends on the arguments of its methods alone. ``now``
    is in seconds, from any beginning, and must not go back. Every method that can cause answers returns them; each
    `Answer` names the request that it belongs to. A request that has no answer yet is held.
    """

    def __init__(self, options: Options | None = None) -> None:
        expect("options", options, Options, NoneType)
        self.options = options or Options()
        self._sessions: dict[str, Session] = {}
        self._users: dict[Hashable, dict[str, Session]] = {}
        self._held: dict[Hashable, Session] = {}
        self._polls_of: dict[str, int] = {}
        """How many polls of each browser are held."""
        self._timers = Timers()
        self._is_stopping = False

    @property
    def sessions(self) -> int:
        """How many clients there are."""
        return len(self._sessions)

    @property
    def held(self) -> int:
        """How many requests are held."""
        return len(self._held)

    @property
    def deadline(self) -> float | None:
        """When `tick` must be called at the latest; None if nothing is waited for. An earlier call does no harm."""
        return self._timers.first

    # === what a carrier calls ========================================================================================

    def receive(
        self, body: bytes | str, exchange: Hashable, *, now: float, user: Hashable | None, browser: str | None,
        new_id: NewId,
    ) -> tuple[Answer, ...]:  # fmt: skip
        """Take in the body of a POST. Returns its answer, unless it is held, and those of other requests.

        ``exchange`` is the caller's name for the request, such as a future: it comes back in the `Answer`. ``user`` is
        who is signed in, None for nobody: then a handshake is denied. ``browser`` is the value of the request's
        `BROWSER_COOKIE`, None without one. Raises ValueError if ``exchange`` is held already, and for an argument of
        another type; nothing else, whatever the body is.
        """
        _check(now, exchange=exchange, user=user)
        expect("body", body, bytes, str)
        expect("browser", browser, str, NoneType)
        if not callable(new_id):
            raise ValueError(f"new_id must be a function, not {brief(new_id)}")
        if exchange in self._held:
            raise ValueError(f"the exchange {exchange!r} is held already: every request needs its own")
        answers = self._expire(now)
        try:
            messages = read(body, self.options.max_body)
        except MalformedError as error:
            failure = {"successful": False, "error": f"{error.status}::{error}"}
            return *answers, Answer(exchange, error.status, joined((), [failure]))
        if messages[0].channel == HANDSHAKE:
            return *answers, self._handshake(messages[0], exchange, now, user, browser, new_id)
        session = self._find(messages[0].client, user, browser)
        if len(messages) == 1 and messages[0].channel == CONNECT:
            return *answers, *self._connect_alone(session, messages[0], exchange, now)
        return *answers, *self._converse(session, messages, exchange, now)

    def publish(self, messages: Iterable[tuple[Hashable, str, object]], *, now: float) -> tuple[Answer, ...]:
        """Send messages to users: user, channel and data of each, the data as JSON.

        Each session of the user that has subscribed to the channel gets it. What is for one session goes out in one
        answer, in this order. Raises ValueError for data that is not JSON or a channel that is none, and then sends
        nothing.
        """
        _check(now)
        addressed = []
        for number, message in enumerate(each_of("messages", messages, tuple, list)):
            if len(message) != 3:
                raise ValueError(f"messages[{number}] must be a user, a channel and data, not {brief(message)}")
            user, channel, data = message
            _check(now, user=user)
            addressed.append((user, channel, _event(channel, data)))
        answers = self._expire(now)
        touched: dict[str, Session] = {}
        for user, channel, text in addressed:
            wanted = subscriptions_to(channel)
            for session in tuple(self._users.get(user, {}).values()):
                if wanted.isdisjoint(session.subscriptions):
                    continue
                if session.put(text, self.options.max_queue):
                    touched[session.client] = session
                else:
                    answers += self._end(session, is_told_to_stop=False)
        for session in touched.values():
            if session.poll is not None:
                answers.append(self._release(session, now))
        return tuple(answers)

    def tick(self, *, now: float) -> tuple[Answer, ...]:
        """Let time pass: polls that have been held long enough are answered, clients that have gone are forgotten."""
        _check(now)
        return tuple(self._expire(now))

    def abandon(self, exchange: Hashable, *, now: float) -> None:
        """Say that the client of a held request has gone. What is sent to it later waits for its next poll.

        Does nothing if the request is not held.
        """
        _check(now, exchange=exchange)
        session = self._held.get(exchange)
        if session is not None:
            self._let_go(session)
            self._await_connect(session, now)

    def sign_out(self, user: Hashable, *, now: float) -> tuple[Answer, ...]:
        """End the sessions of a user. Their polls are answered, with the advice not to connect again."""
        _check(now, user=user)
        answers = self._expire(now)
        for session in tuple(self._users.get(user, {}).values()):
            answers += self._end(session, is_told_to_stop=True)
            session.queue.clear()
        return tuple(answers)

    def stop(self, *, now: float) -> tuple[Answer, ...]:
        """Answer every held request, and hold none from now on: the process is about to end."""
        _check(now)
        self._is_stopping = True
        return *self._expire(now), *(self._release(session, now) for session in tuple(self._held.values()))

    # === messages ====================================================================================================

    def _handshake(
        self, message: Message, exchange: Hashable, now: float, user: Hashable | None, browser: str | None,
        new_id: NewId,
    ) -> Answer:  # fmt: skip
        reply = _reply(message)
        if user is None:
            advice: Json = {"reconnect": "none"}
            return _answer(exchange, [_failed(reply, "403::handshake_denied", advice)])
        if len(self._sessions) >= self.options.max_sessions:
            advice = {"reconnect": "handshake", "interval": _milliseconds(self.options.max_interval)}
            return _answer(exchange, [_failed(reply, "503::too_many_sessions", advice)])
        known = browser if browser is not None and _BROWSER.fullmatch(browser) else None
        session = Session(new_id(), known or new_id(), user, message.ack is True)
        self._sessions[session.client] = session
        self._users.setdefault(user, {})[session.client] = session
        reply |= {
            "successful": True,
            "clientId": session.client,
            "version": "1.0",
            "minimumVersion": "1.0",
            "supportedConnectionTypes": ["long-polling"],
            "advice": self._advice(session),
        }
        if session.acknowledges:
            reply["ext"] = {"ack": True}
        self._await_connect(session, now)
        return Answer(exchange, 200, joined((), [reply]), None if known else session.browser)

    def _connect_alone(
        self, session: Session | None, message: Message, exchange: Hashable, now: float
    ) -> Iterable[Answer]:
        """A /meta/connect that is the only message of its request: it may be held."""
        if session is None:
            return [_answer(exchange, [_unknown(message)])]
        answers = self._supersede(session)
        may_hold = self._connect(session, message) and not self._is_stopping
        if may_hold and self._polls_of.get(session.browser, 0) >= self.options.sessions_per_browser:
            session.interval = self.options.multi_session_interval
            reply = self._connected(session, message.id)
            reply["advice"] = self._advice(session) | {"multiple-clients": True}
            session.is_advised = False  # so that it is told when it may poll like any other
            return [*answers, self._deliver(session, reply, exchange, now)]
        timeout = self.options.timeout if message.timeout is None else min(message.timeout, self.options.timeout)
        if may_hold and timeout > 0:
            session.poll = Poll(exchange, message.id)
            self._held[exchange] = session
            self._polls_of[session.browser] = self._polls_of.get(session.browser, 0) + 1
            self._timers.schedule(session, now + timeout)
            return answers
        return [*answers, self._deliver(session, self._connected(session, message.id), exchange, now)]

    def _converse(
        self, session: Session | None, messages: Iterable[Message], exchange: Hashable, now: float
    ) -> Iterable[Answer]:
        """Several messages, or one that is not a connect: all are answered at once."""
        answers: list[Answer] = []
        replies: list[Json] = []
        has_connect = False
        for message in messages:
            fault = _fault(message)
            if fault is not None:
                replies.append(_failed(_reply(message), fault))
            elif session is None or session.is_over or message.client != session.client:
                replies.append(_unknown(message))
            elif message.channel == CONNECT:
                answers += self._supersede(session)
                self._connect(session, message)
                replies.append(self._connected(session, message.id))
                has_connect = True
            elif message.channel == DISCONNECT:
                answers += self._end(session, is_told_to_stop=True)
                replies.append(_reply(message) | {"successful": True})
            else:
                replies.append(self._obey(session, message))
        if session is None or (session.acknowledges and not has_connect):
            return [*answers, _answer(exchange, replies)]
        if has_connect and not session.is_over:
            self._await_connect(session, now)
        return [*answers, Answer(exchange, 200, joined(session.take(), replies))]

    def _connect(self, session: Session, message: Message) -> bool:
        """Take in a /meta/connect. Whether it may be held: not the first one, nor if there is something to send."""
        was_connected, session.is_connected = session.is_connected, True
        ack = message.ack if session.acknowledges and not isinstance(message.ack, bool) else None
        if ack is not None:
            session.acknowledge(ack)
        session.interval = self.options.interval
        if message.interval is not None:
            session.interval = min(message.interval, self.options.max_interval)
        if message.has_advice:  # it may have forgotten the server's
            session.is_advised = False
        waiting = session.unsent if ack is None else len(session.queue)  # what is not acknowledged is sent again
        return was_connected and not waiting

    def _connected(self, session: Session, id: str | int | None) -> Json:
        """The reply to a /meta/connect."""
        reply = _connect_reply(id) | {"successful": True}
        if not session.is_advised:
            reply["advice"] = self._advice(session)
            session.is_advised = True
        if session.acknowledges:
            reply["ext"] = {"ack": session.batch}
        return reply

    def _obey(self, session: Session, message: Message) -> Json:
        """A subscription, or its end. Clients publish nothing."""
        reply = _reply(message)
        if message.channel not in META_CHANNELS:
            what = "channel_create_denied" if str(message.channel).startswith(META) else "publish_denied"
            return _failed(reply, _DENIED + what)
        if message.subscription is None:
            return _failed(reply, "403::subscription_missing")
        names = (message.subscription,) if isinstance(message.subscription, str) else message.subscription
        if not names or not all(map(is_subscription, names)):
            return _failed(reply, "403::subscription_invalid")
        if message.channel == UNSUBSCRIBE:
            session.subscriptions.difference_update(names)
            return reply | {"successful": True}
        if any(name in META_CHANNELS for name in names):
            return _failed(reply, _DENIED + "subscribe_denied")
        if any(name.startswith(META) for name in names):
            return _failed(reply, _DENIED + "create_denied")
        if len(session.subscriptions.union(names)) > self.options.max_subscriptions:
            return _failed(reply, "403::too_many_subscriptions")
        session.subscriptions.update(names)
        return reply | {"successful": True}

    # === sessions ====================================================================================================

    def _find(self, client: str | None, user: Hashable | None, browser: str | None) -> Session | None:
        session = None if client is None else self._sessions.get(client)
        if session is None or session.user != user:
            return None
        return session if self.options.trust_client_session or session.browser == browser else None

    def _advice(self, session: Session) -> Json:
        return {
            "reconnect": "retry",
            "interval": _milliseconds(session.interval),
            "timeout": _milliseconds(self.options.timeout),
        }

    def _expire(self, now: float) -> list[Answer]:
        answers: list[Answer] = []
        while (session := self._timers.due(now)) is not None:
            if session.poll is None:
                answers += self._end(session, is_told_to_stop=False)
            else:
                answers.append(self._release(session, now))
        return answers

    def _await_connect(self, session: Session, now: float) -> None:
        """Note that the session has no poll: it expires if none comes."""
        self._timers.schedule(session, now + session.interval + self.options.max_interval)

    def _release(self, session: Session, now: float) -> Answer:
        """Answer the poll of a session."""
        poll = self._let_go(session)
        return self._deliver(session, self._connected(session, poll.id), poll.exchange, now)

    def _deliver(self, session: Session, reply: Json, exchange: Hashable, now: float) -> Answer:
        """Answer a /meta/connect, with the messages that wait."""
        self._await_connect(session, now)
        return Answer(exchange, 200, joined(session.take(), [reply]))

    def _supersede(self, session: Session) -> list[Answer]:
        """A second /meta/connect takes the place of the one that is held."""
        if session.poll is None:
            return []
        poll = self._let_go(session)
        failure = _failed(_connect_reply(poll.id), "500::another /meta/connect of this session has come")
        return [Answer(poll.exchange, 500, joined((), [failure]))]

    def _end(self, session: Session, *, is_told_to_stop: bool) -> list[Answer]:
        """Forget a session, and answer its poll: it shall not connect again, or shake hands anew."""
        self._timers.remove(session)
        session.is_over = True
        del self._sessions[session.client]
        of_user = self._users[session.user]
        del of_user[session.client]
        if not of_user:
            del self._users[session.user]
        if not is_told_to_stop:
            session.queue.clear()
        if session.poll is None:
            return []
        poll = self._let_go(session)
        if is_told_to_stop:
            reply = self._connected(session, poll.id) | {"advice": {"reconnect": "none"}}
            return [Answer(poll.exchange, 200, joined(session.take(), [reply]))]
        return [_answer(poll.exchange, [_failed(_connect_reply(poll.id), _SESSION_UNKNOWN, _HANDSHAKE_ANEW)])]

    def _let_go(self, session: Session) -> Poll:
        """Hold the poll of a session no longer."""
        poll = session.poll
        assert poll is not None
        session.poll = None
        del self._held[poll.exchange]
        self._polls_of[session.browser] -= 1
        if not self._polls_of[session.browser]:
            del self._polls_of[session.browser]
        return poll


_SESSION_UNKNOWN = "402::session_unknown"
_HANDSHAKE_ANEW: Json = {"reconnect": "handshake", "interval": 0}


def _event(channel: str, data: object) -> bytes:
    """A message to clients."""
    if not is_channel(channel):
        raise ValueError(f"{channel!r} is not the name of a channel, such as /v2/me/chats")
    return encode({"data": data, "channel": channel})


def _fault(message: Message) -> str | None:
    """What is wrong with a message whoever it comes from."""
    if message.channel is None:
        return "400::channel_missing"
    return None if is_channel(message.channel) else "405::channel_invalid"


def _reply(message: Message) -> Json:
    """What every reply to a message says."""
    told = {"channel": message.channel, "id": message.id, "subscription": message.subscription}
    return {key: value for key, value in told.items() if value is not None}


def _connect_reply(id: str | int | None) -> Json:
    return {"channel": CONNECT} if id is None else {"channel": CONNECT, "id": id}


def _failed(reply: Json, error: str, advice: Json | None = None) -> Json:
    reply |= {"successful": False, "error": error}
    return reply if advice is None else reply | {"advice": advice}


def _unknown(message: Message) -> Json:
    """The reply to a client that the server does not know, or knows no longer."""
    return _failed(_reply(message), _SESSION_UNKNOWN, _HANDSHAKE_ANEW if message.channel == CONNECT else None)


def _answer(exchange: Hashable, replies: Iterable[Json]) -> Answer:
    return Answer(exchange, 200, joined((), replies))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
