"""The proxy: an ASGI application that passes every request to another server, and its answer back.

Both pass as they are, but for the headers that belong to one connection only (RFC 9110, 7.6.1). Whatever is recorded
is passed on when it has come as a whole; everything else goes through piece by piece.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from urllib.parse import SplitResult, urlsplit

import httpx2

from ixnstate.proxy.transcript import Exchange, Reset, Transcript
from ixnstate.recording.bodies import MAX_BODY
from ixnstate.server.http import JSON, Receive, Scope, Send, answer, gone

CONNECT_SECONDS = 10.0
"""How long it may take to reach the server; for its answers it has all the time that the client has."""
_OF_CONNECTION = frozenset({
    b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect",
})  # fmt: skip


class Proxy:
    """Passes requests to the server at ``upstream``, and has the transcript written.

    ``keeps_host`` passes the Host header on, so that addresses in answers lead to the proxy; without it the server gets
    its own name. ``verify`` is whether a certificate must be known. Raises ValueError for an address that is none.
    """

    def __init__(self, upstream: str, transcript: Transcript, *, keeps_host: bool = True, verify: bool = True) -> None:
        self._url = address_of(upstream)
        self._transcript = transcript
        self._keeps_host = keeps_host
        self._transport = httpx2.AsyncHTTPTransport(
            verify=verify, limits=httpx2.Limits(max_connections=None, max_keepalive_connections=100)
        )
        self._passing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the application."""
        if scope["type"] == "http":
            await self._take(scope, receive, send)
        elif scope["type"] == "lifespan":
            while True:
                message = await receive()
                is_over = message["type"] == "lifespan.shutdown"
                if is_over:
                    await self._transport.aclose()
                await send({"type": f"{message['type']}.complete"})
                if is_over:
                    return
        else:  # a web socket: clients of CometD go on by long polls
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    def stop(self) -> None:
        """Break off what is on its way: polls would be held until their time is over."""
        for task in self._passing:
            task.cancel()

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _whole(receive)
        if body is None:
            return
        path = scope.get("raw_path") or scope["path"].encode()
        query = scope["query_string"]
        target = path + b"?" + query if query else path
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in _OF_CONNECTION]
        exchange = self._transcript.begin(scope["method"], target.decode("latin-1"), headers, body)
        request = self._request(scope["method"], target, headers, body)
        passing = asyncio.ensure_future(self._pass(request, exchange, send))
        self._passing.add(passing)
        watch = asyncio.ensure_future(gone(receive))
        try:
            await asyncio.wait({passing, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._passing.discard(passing)
            watch.cancel()
            if not passing.done():
                passing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await passing

    def _request(
        self, method: str, target: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes
    ) -> httpx2.Request:
        """The same request, to the server."""
        url = self._url
        if not self._keeps_host:
            headers = [(name, value) for name, value in headers if name.lower() != b"host"]
            headers.insert(0, (b"host", httpx2.URL(f"{url.scheme}://{url.netloc}/").netloc))
        headers = [(name, value) for name, value in headers if name.lower() != b"content-length"]
        if body or method in ("POST", "PUT", "PATCH"):
            headers.append((b"content-length", str(len(body)).encode()))
        timeouts = {"connect": CONNECT_SECONDS, "pool": None, "read": None, "write": None}
        return httpx2.Request(
            method, f"{url.scheme}://{url.netloc}/", headers=headers, stream=httpx2.ByteStream(body),
            extensions={"target": url.path.rstrip("/").encode() + target, "timeout": timeouts},
        )  # fmt: skip

    async def _pass(self, request: httpx2.Request, exchange: Exchange | Reset | None, send: Send) -> None:
        """Have the request answered. A client that has gone cancels it."""
        try:
            response = await self._transport.handle_async_request(request)
        except httpx2.TransportError as error:
            if exchange is not None:
                exchange.unanswered()
            said = f'{{"error": "ixnstate record: the upstream gives no answer: {type(error).__name__}"}}'
            await answer(send, 502, said.encode(), [JSON])
            return
        except BaseException:
            if exchange is not None:
                exchange.broken_off()
            raise
        try:
            pieces = response.stream
            assert isinstance(pieces, httpx2.AsyncByteStream)
            headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_CONNECTION]
            if exchange is None:
                await _send_pieces(send, response.status_code, headers, pieces.__aiter__())
            else:
                await self._keep(response.status_code, headers, pieces.__aiter__(), exchange, send)
        finally:
            await response.aclose()

    async def _keep(
        self,
        status: int,
        headers: list[tuple[bytes, bytes]],
        pieces: AsyncIterator[bytes],
        exchange: Exchange | Reset,
        send: Send,
    ) -> None:
        """Record an answer, then pass it on. One that is too long to be kept is passed on as it comes."""
        kept = bytearray()
        try:
            async for piece in pieces:
                kept += piece
                if len(kept) > MAX_BODY:
                    break
        except BaseException:
            exchange.broken_off()
            raise
        is_long = len(kept) > MAX_BODY
        exchange.ended(status, headers, None if is_long else bytes(kept))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(kept), "more_body": is_long})
        if is_long:
            await _send_rest(send, pieces)


async def _send_pieces(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], pieces: AsyncIterator[bytes]
) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await _send_rest(send, pieces)


async def _send_rest(send: Send, pieces: AsyncIterator[bytes]) -> None:
    async for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _whole(receive: Receive) -> bytes | None:
    """The body of a request; None if the client has gone before it has come."""
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(parts)


def address_of(upstream: str) -> SplitResult:
    """The parts of a server's address. Raises ValueError, with what would be right, for what is none."""
    wanted = "give it as http://host:port, with the path before /api/v2 if it has one"
    try:
        url = urlsplit(upstream)
        port = url.port
    except ValueError as error:
        raise ValueError(f"{upstream} is not an address ({error}): {wanted}") from None
    if url.scheme not in ("http", "https") or not url.hostname or port == 0:
        raise ValueError(f"{upstream} is not an address: {wanted}")
    if url.query or url.fragment or url.username is not None:
        raise ValueError(f"{upstream} has more than an address (user, query or fragment): {wanted}")
    return url._replace(path=url.path.rstrip("/").removesuffix("/api/v2"))
