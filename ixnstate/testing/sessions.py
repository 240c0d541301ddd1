"""HTTP as an agent speaks it: with the cookies of their session, and the token against forged requests.

A server that wants such a token says in its answer to any GET how the header is called and what stands in it; a POST
without it is answered with 403 (CSRFProtection, 8.5.2).
"""

from collections.abc import Mapping
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, RemoteDisconnected
from http.cookiejar import CookieJar
from io import BufferedReader, RawIOBase
from socket import SocketIO, socket
from time import monotonic
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPCookieProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    Request,
    build_opener,
)

LIMIT = 9.0
"""Seconds within which a whole answer must have come, unless the caller gives it more."""
MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of the longest answer that is read, its headers included."""


class RedirectedError(ConnectionError):
    """The server sends the request elsewhere: that address must be given instead."""


class AgentSession:
    """One agent's requests to a server whose resources begin at ``base``."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._opener = build_opener(_Plain, _Encrypted, _NoRedirects, HTTPCookieProcessor(CookieJar()))
        self._token: dict[str, str] = {}

    def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes | None, limit: float = LIMIT
    ) -> tuple[int, bytes]:
        """The status and the body of the answer. Raises OSError if none comes that is whole, within ``limit`` seconds.

        A redirection is not followed: it raises `RedirectedError`.
        """
        status, answer = self._send(method, address, headers, body, limit)
        if status == 403 and method != "GET":
            before = dict(self._token)
            self._send("GET", f"{self.base}/me", headers, None, limit)
            if self._token != before:
                return self._send(method, address, headers, body, limit)
        return status, answer

    def _send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes | None, limit: float
    ) -> tuple[int, bytes]:
        asked = Request(address, data=body, headers={**headers, **self._token}, method=method)  # noqa: S310 (the user's)
        try:
            try:
                with self._opener.open(asked, timeout=limit) as answered:
                    self._learn(answered.headers)
                    return answered.status, answered.read()
            except HTTPError as error:
                with error:
                    if "Location" in error.headers and 300 <= error.code < 400:
                        raise RedirectedError(
                            f"{method} {address} is redirected to {error.headers['Location']} (HTTP status"
                            f" {error.code}); give that address instead"
                        ) from None
                    self._learn(error.headers)
                    return error.code, error.read()
        except RemoteDisconnected:
            raise ConnectionError(f"{method} {address}: the server closes the connection without an answer") from None
        except HTTPException as error:
            words = f"{type(error).__name__}: {error}"
            raise ConnectionError(f"{method} {address}: the answer is not whole, or not HTTP ({words})") from error
        except TimeoutError:
            raise TimeoutError(f"{method} {address}: no whole answer within {limit:g} s") from None
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise TimeoutError(f"{method} {address}: no connection within {limit:g} s") from None
            raise ConnectionError(f"{method} {address}: {error.reason}") from error

    def _learn(self, headers: Message) -> None:
        name, token = headers.get("X-CSRF-HEADER"), headers.get("X-CSRF-TOKEN")
        if name and token:
            self._token = {name: token}


class _Limited(RawIOBase):
    """What comes from a socket, until a time and up to a size, however slowly it comes."""

    def __init__(self, connection: socket) -> None:
        self._socket = connection
        self._raw: SocketIO = connection.makefile("rb", buffering=0)
        self._until = monotonic() + (connection.gettimeout() or LIMIT)
        self._left = MAX_ANSWER

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        seconds = self._until - monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._socket.settimeout(seconds)
        number = self._raw.readinto(buffer)
        self._left -= number or 0
        if self._left < 0:
            raise ConnectionError(f"an answer of more than {MAX_ANSWER:,} bytes")
        return number

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, sock: socket, *arguments: Any, **more: Any) -> None:
        super().__init__(sock, *arguments, **more)
        self.fp.close()
        self.fp = BufferedReader(_Limited(sock))


class _Plain(HTTPHandler):
    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(_PlainConnection, request)


class _PlainConnection(HTTPConnection):
    response_class = _Answer


class _Encrypted(HTTPSHandler):
    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(_EncryptedConnection, request)


class _EncryptedConnection(HTTPSConnection):
    response_class = _Answer


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Followed, a POST would become a GET."""
