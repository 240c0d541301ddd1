"""CometD carried by asyncio: `ixnstate.bayeux` decides, this holds the requests and keeps the time."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from ixnstate import bayeux
from ixnstate.server.engine import Message

_new_id = partial(secrets.token_hex, 16)


class Carrier:
    """The CometD endpoint of one event loop."""

    def __init__(self, options: bayeux.Options) -> None:
        self.server = bayeux.Server(options)
        self.options = options
        self._timer: asyncio.TimerHandle | None = None

    async def post(
        self, body: bytes, user: str | None, browser: str | None, gone: Callable[[], Awaitable[None]]
    ) -> bayeux.Answer | None:
        """The answer to a POST, when it comes; None if the client has gone before. ``gone`` returns when it has."""
        loop = asyncio.get_running_loop()
        exchange: asyncio.Future[bayeux.Answer] = loop.create_future()
        answers = self.server.receive(
            body, exchange, now=loop.time(), user=user, browser=browser, new_id=_new_id
        )  # fmt: skip
        self._send(answers)
        if exchange.done():
            return exchange.result()
        watch = asyncio.ensure_future(gone())
        watch.add_done_callback(lambda _: exchange.cancel())
        try:
            return await exchange
        except asyncio.CancelledError:
            if not watch.done():  # not the client has gone, but this task is to end
                raise
            return None
        finally:
            watch.cancel()
            self.server.abandon(exchange, now=loop.time())
            self._rearm()

    def publish(self, messages: Iterable[Message]) -> None:
        """Send messages to agents."""
        if not self.server.sessions:  # nobody listens
            return
        self._send(self.server.publish(messages, now=asyncio.get_running_loop().time()))

    def sign_out(self, user: str) -> None:
        """End an agent's CometD sessions."""
        self._send(self.server.sign_out(user, now=asyncio.get_running_loop().time()))

    def stop(self) -> None:
        """Answer every held request, and hold none any more."""
        self._send(self.server.stop(now=asyncio.get_running_loop().time()))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send(self, answers: Iterable[bayeux.Answer]) -> None:
        for answer in answers:
            exchange = answer.exchange
            if isinstance(exchange, asyncio.Future) and not exchange.done():
                exchange.set_result(answer)
        self._rearm()

    def _rearm(self) -> None:
        """Have `tick` called when it is time. A timer that comes too early only looks again."""
        deadline = self.server.deadline
        if deadline is None or (self._timer is not None and self._timer.when() <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._send(self.server.tick(now=asyncio.get_running_loop().time()))
