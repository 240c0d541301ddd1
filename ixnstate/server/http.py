"""What HTTP needs beside an ASGI server: bodies read within bounds, headers looked up, answers sent."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
"""What ASGI says to an application, and hears from it."""
Scope: TypeAlias = Message
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

BODY_SECONDS = 30.0
"""Within this time a body must have come."""
JSON = (b"content-type", b"application/json")


class BodyError(Exception):
    """Raised for a body that is not taken: with the HTTP status, and what is wrong."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Gone(Exception):  # noqa: N818 (the client has gone, and nobody needs an answer)
    """Raised when the client has gone before its body has come."""


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The headers of a request; of several of one name the last counts."""
    return dict(scope["headers"])


def text(value: bytes | None) -> str | None:
    """A header's value."""
    return None if value is None else value.decode("latin-1")


async def read_body(receive: Receive, headers: dict[bytes, bytes], limit: int) -> bytes:
    """The body, if it is no longer than ``limit`` and comes in time. Raises `BodyError` or `Gone`."""
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > limit:
        raise BodyError(413, f"the body is longer than {limit} bytes")
    message = await _first(receive)
    if not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise BodyError(413, f"the body is longer than {limit} bytes")
        return body
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _rest(message, receive, limit)
    except TimeoutError:
        raise BodyError(408, f"the body has not come within {BODY_SECONDS:g} seconds") from None


async def _first(receive: Receive) -> Message:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            message = await receive()
    except TimeoutError:
        raise BodyError(408, f"the body has not come within {BODY_SECONDS:g} seconds") from None
    if message["type"] == "http.disconnect":
        raise Gone
    return message


async def _rest(message: Message, receive: Receive, limit: int) -> bytes:
    parts = bytearray(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        parts += message.get("body", b"")
        if len(parts) > limit:
            raise BodyError(413, f"the body is longer than {limit} bytes")
    return bytes(parts)


async def gone(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def answer(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Send an answer."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
