"""Whose a request is: by its credentials, or by cookies that were given to who had brought some.

Nothing in a request that carries only a cookie says who is signed in. But the proxy has seen to whom the cookie was
given. A cookie of a load balancer is given to many, so of several cookies that one counts which the fewest have had.
A cookie of a session (JSESSIONID) counts first. Credentials are kept as digests.
"""

from base64 import b64decode
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, TypeAlias

from ixnstate.commands import is_name
from ixnstate.server.signin import read_cookies

Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

MAX_KNOWN = 50_000
"""How many cookies and tokens are remembered; then the one that was last seen longest ago is forgotten."""


class Agents:
    """The agents whose sign-in has been seen, and the sessions of those whose has not."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, dict[str, None]] = OrderedDict()
        self._unnamed = 0

    def named(self, headers: Headers) -> str | None:
        """Who asks, by the credentials alone or by what has been seen; None for who has not been seen yet."""
        headers = list(headers)
        user = basic_user(headers)
        if user is not None:
            return user
        had = [(rank, list(names)) for rank, key in _keys(headers) if (names := self._known.get(key))]
        return min(had, key=lambda each: (each[0], len(each[1])))[1][-1] if had else None

    def has_entered(self, headers: Headers, agent: str) -> bool:
        """Whether the server has taken these credentials or cookies for the agent's before."""
        return any(agent in self._known.get(key, ()) for _, key in _keys(headers))

    def learn(self, agent: str, asked: Headers, answered: Headers = ()) -> None:
        """The request was the agent's, and the answer gave them these cookies."""
        for key in (*(key for _, key in _keys(asked)), *_given(answered)):
            names = self._known.setdefault(key, {})
            names.pop(agent, None)
            names[agent] = None
            self._known.move_to_end(key)
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)

    def unnamed(self) -> str:
        """A name for a session of which nobody knows whose it is."""
        self._unnamed += 1
        return f"(session {self._unnamed})"


def basic_user(headers: Headers) -> str | None:
    """The user of Basic authentication."""
    said = next((value for name, value in headers if name.lower() == b"authorization"), b"")
    scheme, _, secret = said.strip().partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user = b64decode(secret.strip(), validate=True).decode("utf-8").partition(":")[0]
    except ValueError:
        return None
    return user if is_name(user) else None


def user_in(body: Any) -> str | None:
    """Who is signed in, by the answer to a ``GET /me``."""
    user = body.get("user") if isinstance(body, Mapping) else None
    name = user.get("userName") if isinstance(user, Mapping) else None
    return name if is_name(name) else None


def _keys(headers: Headers) -> Iterator[tuple[int, str]]:
    """What a request has that may tell whose it is, and which counts first: tokens, sessions, other cookies."""
    for name, value in headers:
        if name.lower() == b"cookie":
            for cookie, said in read_cookies(value.decode("latin-1")).items():
                yield 1 if "sess" in cookie.lower() else 2, _digest(cookie, said)
        elif name.lower() == b"authorization":
            yield 0, _digest("authorization", value.decode("latin-1"))


def _given(headers: Headers) -> Iterator[str]:
    """The cookies that an answer gives."""
    for name, value in headers:
        if name.lower() == b"set-cookie":
            for cookie in read_cookies(value.decode("latin-1").partition(";")[0]).items():
                yield _digest(*cookie)


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
