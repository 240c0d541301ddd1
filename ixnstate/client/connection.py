"""A connection that feeds a mirror: asyncio, and httpx2 (the extra ``client``).

Two tasks run while a client is open. One carries a `Listener`, and tells the mirror when messages may have been lost
and when they come again; the other sends the GETs that the mirror asks for. Requests go beside them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from time import monotonic
from types import NoneType
from typing import Any, Self

import httpx2

from ixnstate import gws
from ixnstate.bayeux.listening import CometdError, Exchange, Listener
from ixnstate.client.changes import Change, Operation, OperationChanged, Reading
from ixnstate.client.mirror import Mirror
from ixnstate.definition import Definition
from ixnstate.gws.pages import PREFIX
from ixnstate.table import GWS
from ixnstate.values import Json, brief, expect

NOTIFICATIONS = "/notifications"
"""Where clients of the API find CometD. No page names it."""
PATIENCE = 10.0
"""Seconds for an answer to a request."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
"""Seconds between a failure and the next try: doubled each time."""
TRY_AGAIN = frozenset({408, 425, 429})
"""The HTTP statuses below 500 of a server that is asked again."""


class ClientError(RuntimeError):
    """The server does not let the client in, or does not let it listen: the words say why. It is not tried again."""


class Client:
    """An agent's connection to a server at ``base``, such as ``http://localhost:8080/api/v2``.

    ``user`` and ``password`` are for Basic authentication; with another way of signing in give ``headers``, and leave
    ``password`` out. ``cometd`` is where CometD is, after the base. ``http`` is an ``httpx2.AsyncClient`` of your own.

        async with Client("http://localhost:8080/api/v2", "kristi", "kristi") as client:
            async for change in client.changes():
                ...

    While it is open, `mirror` is what the agent is shown. Raises ValueError for an argument of another type.
    """

    def __init__(
        self,
        base: str,
        user: str,
        password: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        cometd: str = NOTIFICATIONS,
        definition: Definition = GWS,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        for name, value, kinds in (
            ("base", base, (str,)), ("user", user, (str,)), ("password", password, (str, NoneType)),
            ("headers", headers, (Mapping, NoneType)), ("cometd", cometd, (str,)),
            ("http", http, (httpx2.AsyncClient, NoneType)),
        ):  # fmt: skip
            expect(name, value, *kinds)
        self.base = base.rstrip("/")
        self.mirror = Mirror(user, definition=definition)
        self._auth = None if password is None else httpx2.BasicAuth(user, password)
        self._headers = {"Accept": "application/json", **(headers or {})}
        self._cometd = cometd
        self._is_own = http is None
        self._http = httpx2.AsyncClient() if http is None else http
        self._token: dict[str, str] = {}
        self._listener = Listener(gws.topics(definition), acknowledges=True)
        self._tasks: list[asyncio.Task[None]] = []
        self._moved = asyncio.Condition()
        self._changes: list[tuple[int, Change]] = []
        self._readers: dict[int, int] = {}
        self._watchers: list[Callable[[tuple[Change, ...]], None]] = []
        self._count = self._number = 0
        """How many have read the changes, and how many changes there were."""
        self._failure: ClientError | None = None
        self._is_over = False

    # --- open and closed --------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Sign in, and begin to listen. Raises `ClientError` if the server does not let the agent in."""
        try:
            me = await self._send("GET", f"{PREFIX}/me")
        except OSError as error:
            await self._close_http()
            raise ClientError(f"{self.base} cannot be reached: {error}") from error
        if me.status_code in (401, 403):
            await self._close_http()
            raise ClientError(f"the server does not let {self.mirror.agent} in: HTTP status {me.status_code}")
        self.mirror.names |= frozenset(_names_in(me))
        self.mirror.lost()
        self._tasks = [asyncio.create_task(self._guarded(each)) for each in (self._listen, self._read)]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect. The interactions stay as they are."""
        self._is_over = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        leaving = self._listener.leave()
        if leaving is not None:
            with suppress(OSError, CometdError, ClientError):
                await self._post(leaving)
        await self._wake()
        await self._close_http()

    async def _close_http(self) -> None:
        if self._is_own:
            await self._http.aclose()

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """A task whose failure ends the client, and is raised where somebody waits."""
        try:
            await work()
        except Exception as error:
            self._failure = error if isinstance(error, ClientError) else ClientError(f"{type(error).__name__}: {error}")
            self._failure.__cause__ = error
            await self._wake()

    async def _wake(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    # --- what an application does -----------------------------------------------------------------------------------

    def changes(self) -> AsyncIterator[Change]:
        """Every change from now on, until the client is closed. Raises `ClientError` if it cannot go on."""
        reader, self._count = self._count, self._count + 1
        self._readers[reader] = self._number
        return self._changes_for(reader)

    async def _changes_for(self, reader: int) -> AsyncIterator[Change]:
        try:
            while True:
                async with self._moved:
                    await self._moved.wait_for(lambda: self._is_over or self._failure or self._new(reader))
                    new = self._new(reader)
                for number, change in new:
                    self._readers[reader] = number
                    yield change
                self._forget()
                if not new and self._failure is not None:
                    raise self._failure
                if not new and self._is_over:
                    return
        finally:
            del self._readers[reader]

    async def until_current(self) -> None:
        """Wait until nothing is to be read any more. Raises `ClientError` if the client cannot go on."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.mirror.is_current or self._failure or self._is_over)
        if self._failure is not None:
            raise self._failure

    async def perform(
        self, operation: str, interaction: str | None = None, *, patience: float = PATIENCE, **arguments: Json
    ) -> Operation:
        """Ask for an operation by its name, and wait until it is settled, but no longer than ``patience`` seconds.

        The operation as it is then: its progress says what became of it. Raises `gws.MessageError` for what cannot be
        written, and nothing for what the server refuses.
        """
        asked = self.mirror.request(operation, interaction, **arguments)
        latest = asked

        def note(changes: Iterable[Change]) -> None:
            nonlocal latest
            for change in changes:
                if isinstance(change, OperationChanged) and change.operation.number == asked.number:
                    latest = change.operation

        self._watchers.append(note)
        try:
            await self._tell(await self._replied(asked))
            with suppress(TimeoutError):
                async with asyncio.timeout(patience), self._moved:
                    await self._moved.wait_for(lambda: latest.progress.is_settled or self._failure or self._is_over)
        finally:
            self._watchers.remove(note)
        return latest

    async def _replied(self, asked: Operation) -> tuple[Change, ...]:
        try:
            answered = await self._send(asked.request.method, asked.request.path, asked.request.body)
            return self.mirror.reply(asked, answered.content, answered.status_code)
        except (OSError, gws.MessageError):
            return self.mirror.give_up(asked)
        except asyncio.CancelledError:
            self.mirror.give_up(asked)
            raise

    # --- changes ----------------------------------------------------------------------------------------------------

    def _new(self, reader: int) -> list[tuple[int, Change]]:
        return [each for each in self._changes if each[0] > self._readers[reader]]

    def _forget(self) -> None:
        """Changes that every reader has had."""
        oldest = min(self._readers.values(), default=0)
        self._changes = [each for each in self._changes if each[0] > oldest]

    async def _tell(self, changes: Iterable[Change]) -> None:
        changes = tuple(changes)
        for watch in self._watchers:
            watch(changes)
        if self._readers:
            for change in changes:
                self._number += 1
                self._changes.append((self._number, change))
        await self._wake()

    # --- the connection ---------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        pause, is_lost = FIRST_PAUSE, True
        listener = self._listener
        while True:
            exchange = listener.next()
            began = monotonic()
            try:
                answer = await self._post(exchange)
                messages = listener.take(exchange, answer, monotonic() - began)
            except OSError:
                listener.fail()
                if not is_lost and not (listener.is_listening and listener.keeps_messages):
                    is_lost = True
                    await self._tell(self.mirror.lost())
                await asyncio.sleep(max(pause, listener.interval))
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            except CometdError as error:
                raise ClientError(f"{self.mirror.agent} cannot listen: {error}") from error
            if is_lost and listener.is_listening:
                is_lost = False
                await self._tell(self.mirror.listening())
                self._subscribe_again()
            for message in messages:
                with suppress(gws.MessageError):  # what is no message of the API tells nothing
                    await self._tell(self.mirror.take(message))
            if not listener.is_listening and not is_lost and exchange.channel == "/meta/connect":
                is_lost = True
                await self._tell(self.mirror.lost())
            if exchange.channel == "/meta/connect":
                pause = FIRST_PAUSE
                await asyncio.sleep(listener.pause)

    def _subscribe_again(self) -> None:
        """To the workbins that the mirror knows: a server may keep subscriptions only as long as a session."""
        for place in self.mirror.workbins:
            scope = {"agent_group": place.agent_group, "place_group": place.place_group, "owner": place.owner}
            given = {name: value for name, value in scope.items() if value is not None}
            again = self._guarded(partial(self._subscribed, place.id, given))
            task = asyncio.create_task(again)
            self._tasks.append(task)
            task.add_done_callback(self._tasks.remove)

    async def _subscribed(self, workbin: str, scope: Mapping[str, Json]) -> None:
        await self.perform("Subscribe", None, workbin=workbin, **scope)

    async def _post(self, exchange: Exchange) -> Json:
        answered = await self._send("POST", PREFIX + self._cometd, list(exchange.messages), exchange.seconds)
        status = answered.status_code
        if status >= 500 or status in TRY_AGAIN:
            raise ConnectionError(f"{self._cometd} answers with HTTP status {status}")
        if status != 200:
            raise CometdError(f"{self._cometd} answers with HTTP status {status}, and not with messages of CometD")
        try:
            return answered.json()
        except (ValueError, RecursionError):
            raise ConnectionError(f"{self._cometd} does not answer with JSON: {brief(answered.content)}") from None

    async def _read(self) -> None:
        pause = FIRST_PAUSE
        while True:
            async with self._moved:
                await self._moved.wait_for(lambda: self.mirror.wants_reading)
            readings = self.mirror.start_reading()
            done = await asyncio.gather(*(self._read_one(reading) for reading in readings))
            if all(done):
                pause = FIRST_PAUSE
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _read_one(self, reading: Reading) -> bool:
        """Whether the server has answered."""
        try:
            answered = await self._send("GET", reading.request.path)
            await self._tell(self.mirror.read(reading, answered.content, answered.status_code))
        except (OSError, gws.MessageError):
            await self._tell(self.mirror.give_up(reading))
            return False
        return answered.status_code < 400 or (reading.workbin is not None and answered.status_code < 500)

    async def _send(self, method: str, path: str, body: Json = None, seconds: float = PATIENCE) -> httpx2.Response:
        """An answer, whatever it says. Raises OSError if none comes that is whole."""
        answered = await self._send_once(method, path, body, seconds)
        if answered.status_code == 403 and method != "GET":
            before = dict(self._token)
            await self._send_once("GET", f"{PREFIX}/me", None, seconds)
            if self._token != before:
                return await self._send_once(method, path, body, seconds)
        return answered

    async def _send_once(self, method: str, path: str, body: Json, seconds: float) -> httpx2.Response:
        address = self.base + path.removeprefix(PREFIX)
        options: dict[str, Any] = {} if body is None else {"json": body}
        if self._auth is not None:
            options["auth"] = self._auth
        try:
            answered = await self._http.request(
                method, address, headers={**self._headers, **self._token}, timeout=seconds, **options
            )
        except httpx2.TimeoutException:
            raise TimeoutError(f"{method} {address}: no whole answer within {seconds:g} s") from None
        except httpx2.HTTPError as error:
            raise ConnectionError(f"{method} {address}: {error or type(error).__name__}") from error
        name, token = answered.headers.get("X-CSRF-HEADER"), answered.headers.get("X-CSRF-TOKEN")
        if name and token:
            self._token = {name: token}
        return answered


def _names_in(me: httpx2.Response) -> Iterable[str]:
    """Under which names the server knows who has signed in."""
    try:
        user = me.json().get("user")
    except (AttributeError, RecursionError, ValueError):
        return ()
    names = (user.get(key) for key in ("id", "userName", "employeeId")) if isinstance(user, dict) else ()
    return [name for name in names if isinstance(name, str) and name]
