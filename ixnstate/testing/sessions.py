"""HTTP as an agent speaks it: with the cookies of his session, and the token against forged requests.

A server that wants such a token says in its answer to any GET how the header is called and what stands in it; a POST
without it is answered with 403 (CSRFProtection, 8.5.2).
"""

from collections.abc import Mapping
from email.message import Message
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

TIMEOUT = 90.0
"""Seconds for which an answer is waited for: longer than a long poll takes."""


class Session:
    """One agent's requests to a server whose resources begin at ``base``."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self._token: dict[str, str] = {}

    def send(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
        """The status and the body of the answer. Raises OSError if there is none."""
        status, answer = self._send(method, address, headers, body)
        if status == 403 and method != "GET":
            before = dict(self._token)
            self._send("GET", f"{self.base}/me", headers, None)
            if self._token != before:
                return self._send(method, address, headers, body)
        return status, answer

    def _send(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
        asked = Request(address, data=body, headers={**headers, **self._token}, method=method)  # noqa: S310 (the user's)
        try:
            with self._opener.open(asked, timeout=TIMEOUT) as answered:
                self._learn(answered.headers)
                return answered.status, answered.read()
        except HTTPError as error:
            with error:
                self._learn(error.headers)
                return error.code, error.read()

    def _learn(self, headers: Message) -> None:
        name, token = headers.get("X-CSRF-HEADER"), headers.get("X-CSRF-TOKEN")
        if name and token:
            self._token = {name: token}
