"""What a request is answered."""

import json
from collections.abc import Hashable, Iterable

import attrs

from ixnstate.bayeux.messages import Json
from ixnstate.values import printed_as

BROWSER_COOKIE = "BAYEUX_BROWSER"
"""The cookie that ties the sessions of one browser together."""


@attrs.frozen
class Answer:
    """The answer to the request that was received as ``exchange``: HTTP ``status`` and JSON ``body``.

    ``browser`` is the value of a new `BROWSER_COOKIE` that the answer sets, None if it sets none.
    """

    exchange: Hashable = attrs.field(repr=printed_as)
    status: int = attrs.field(repr=printed_as)
    body: bytes = attrs.field(repr=printed_as)
    browser: str | None = attrs.field(default=None, repr=printed_as)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the answer, without its length."""
        kind = ("Content-Type", "application/json;charset=UTF-8"), ("Cache-Control", "no-store")
        if self.browser is None:
            return kind
        return *kind, ("Set-Cookie", f"{BROWSER_COOKIE}={self.browser}; Path=/; HttpOnly")

    @property
    def messages(self) -> list[Json]:
        """The messages of the body."""
        messages: list[Json] = json.loads(self.body)
        return messages


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def encode(value: object) -> bytes:
    """A JSON value as bytes. Raises ValueError for what is not JSON."""
    try:
        return _ENCODER.encode(value).encode()
    except (TypeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None


def joined(encoded: Iterable[bytes], replies: Iterable[Json]) -> bytes:
    """The body of an answer: messages that are encoded already, then replies."""
    return b"[" + b",".join([*encoded, *map(encode, replies)]) + b"]"
