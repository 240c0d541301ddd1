"""Who is asking: Basic authentication, bearer tokens by option, HTTP sessions by cookie, and CSRF tokens.

A token belongs to an HTTP session: any GET tells it in `X-CSRF-HEADER` and `X-CSRF-TOKEN`; a POST, PUT or DELETE must
bring it, with the cookie (CSRFProtection, 8.5.2).
"""

import secrets
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hmac import compare_digest

import attrs

from ixnstate.server.config import Config

COOKIE = "JSESSIONID"
TOKEN_HEADER = "X-CSRF-TOKEN"  # noqa: S105
MAX_SESSIONS = 50_000
"""How many HTTP sessions are kept; then the one that has been idle longest goes."""


@attrs.define
class HttpSession:
    """An HTTP session of an agent."""

    id: str
    user: str
    token: str
    last: float


class SignIn:
    """The HTTP sessions of a server. ``clock`` is in seconds."""

    def __init__(self, config: Config, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._sessions: OrderedDict[str, HttpSession] = OrderedDict()
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Take the passwords and tokens of a configuration. Sessions of who is not in it end."""
        self._timeout = config.session_timeout
        self._passwords = {agent.id: config.person(agent.id).password.encode() for agent in config.agents}
        self._tokens: dict[str, str] = {}
        if config.bearer:
            self._tokens = {
                person.token: id for id, person in config.people.items() if person.token and id in self._passwords
            }
        for session in [each for each in self._sessions.values() if each.user not in self._passwords]:
            del self._sessions[session.id]

    def enter(self, authorization: str | None, cookie: str | None) -> tuple[HttpSession | None, bool]:
        """The session of a request, and whether it is new; None for who is not signed in.

        Credentials count before the cookie: wrong ones are refused, those of somebody else begin another session.
        """
        session = self._known(cookie)
        if authorization is None:
            return session, False
        user = self._user(authorization)
        if user is None:
            return None, False
        if session is not None and session.user == user:
            return session, False
        return self._begin(user), True

    def _known(self, cookie: str | None) -> HttpSession | None:
        session = self._sessions.get(cookie) if cookie else None
        if session is None:
            return None
        now = self.clock()
        if now - session.last > self._timeout:
            del self._sessions[session.id]
            return None
        session.last = now
        self._sessions.move_to_end(session.id)
        return session

    def _begin(self, user: str) -> HttpSession:
        session = HttpSession(secrets.token_hex(16), user, secrets.token_hex(16), self.clock())
        self._sessions[session.id] = session
        if len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return session

    def _user(self, authorization: str) -> str | None:
        scheme, _, secret = authorization.strip().partition(" ")
        match scheme.lower():
            case "basic":
                return self._by_password(secret.strip())
            case "bearer":
                return self._tokens.get(secret.strip())
        return None

    def _by_password(self, secret: str) -> str | None:
        try:
            name, _, password = b64decode(secret, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return None
        wanted = self._passwords.get(name)
        if wanted is None or not compare_digest(wanted, password.encode()):
            return None
        return name

    def leave(self, session: HttpSession) -> None:
        """The session is over (EndContactCenterSession, 8.5.2)."""
        self._sessions.pop(session.id, None)

    def may_change(self, session: HttpSession | None, cookie: str | None, token: str | None) -> bool:
        """Whether a POST, PUT or DELETE is not forged: it brings the cookie and the token of its session."""
        if session is None:
            return False
        return cookie == session.id and token is not None and compare_digest(session.token.encode(), token.encode())

    def __len__(self) -> int:
        return len(self._sessions)


def read_cookies(header: str | None) -> Mapping[str, str]:
    """The cookies of a request. What is not a cookie is left out."""
    found: dict[str, str] = {}
    for part in (header or "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals and name not in found:
            found[name] = value.strip('"')
    return found
