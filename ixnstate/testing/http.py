"""A driver over HTTP: documented requests, and the messages that CometD brings.

What no documented request can do (submit, offer, let time pass) is the ``platform``'s: a function of the user's, which
uses whatever back door the server has. That of ``ixnstate serve`` is found without one. Without any, agents create the
interactions that are tested.
"""

import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic, sleep
from types import NoneType
from typing import Any, Self, TypeAlias

from ixnstate import gws
from ixnstate.bayeux.listening import CometdError, Meta
from ixnstate.commands import Command, Create, Offer, Reply, Revoke, Stop, Submit, Subscribe, Unsubscribe
from ixnstate.definition import Definition
from ixnstate.model import WorkbinPlace
from ixnstate.table import GWS
from ixnstate.testing import drivers
from ixnstate.testing.backdoor import BackDoor, find_back_door
from ixnstate.testing.cometd import Cometd
from ixnstate.testing.drivers import CROWDED, WORLD, Ability, Driver, Seen, Told, World
from ixnstate.testing.model import Action, Wait
from ixnstate.testing.observing import told
from ixnstate.testing.sessions import LIMIT, AgentSession, RedirectedError
from ixnstate.values import Json, JsonObject, brief, expect

Send: TypeAlias = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, bytes]]
"""Method, address, headers and body of a request; the status and the body of its reply."""

Platform: TypeAlias = Callable[[Action | None], Any]
"""Does a Submit (and gives back the id), an Offer, a Revoke, a Stop or a `Wait`; None means reset."""

Reader: TypeAlias = Callable[[], Iterable[tuple[str, Json]]]
"""The messages that have come over CometD since it was asked last, each with its agent."""

PREFIX = "/api/v2"
START_SESSION, END_SESSION = "StartContactCenterSession", "EndContactCenterSession"
BACK_DOOR = (Ability.SUBMIT, Ability.OFFER, Ability.REVOKE, Ability.STOP, Ability.TIME)
LISTED = "/me/interactions"
"""Where an agent lists what they have (Interactions API Operations)."""
NOTIFICATIONS = "/notifications"
"""Where clients of the API find CometD. No page names it."""
TRY_AGAIN = frozenset({408, 425, 429})
"""The HTTP statuses below 500 of a server that is asked again."""


def basic(agent: str) -> dict[str, str]:
    """Basic authentication, with the agent's name as password."""
    return {"Authorization": "Basic " + b64encode(f"{agent}:{agent}".encode()).decode("ascii")}


class HttpDriver(Driver):
    """Asks a server at ``base``, such as ``http://localhost:8080/api/v2``.

    ``headers`` are those of an agent's requests (by default Basic authentication), ``send`` is another client than
    urllib's. ``cometd`` is True, or the address of CometD after ``base``, or a function that reads the messages;
    without it notifications are not tested, and views come from GETs alone. Messages race with replies: the kit waits
    up to ``patience`` seconds for those that must come. Where the server has the back door of ``ixnstate serve``, that
    is the platform, and CometD is used, unless something else is given: the server is then made to be ``world``, or
    `CROWDED` if none is given; any other server is taken for `WORLD`. With
    ``channels`` (such as ``["chat", "workitem"]``) every agent asks to StartContactCenterSession for them once they
    listen.

    Use it in a ``with`` statement, or call ``close``: then nobody listens any more.
    """

    def __init__(
        self,
        base: str,
        *,
        world: World | None = None,
        platform: Platform | None = None,
        cometd: Reader | bool | str | None = None,
        headers: Callable[[str], Mapping[str, str]] = basic,
        send: Send | None = None,
        channels: Iterable[str] = (),
        lacks: Iterable[Ability] = (),
        definition: Definition = GWS,
        patience: float = 2.0,
    ) -> None:
        expect("base", base, str)
        expect("world", world, World, NoneType)
        expect("platform", platform, Callable, NoneType)
        self.base = base.rstrip("/")
        if platform is None:
            platform = find_back_door(self.base, world or CROWDED, definition, headers, send)
            cometd = platform is not None if cometd is None else cometd
        cometd = False if cometd is None else cometd
        self.platform = platform
        self.world = world or (CROWDED if isinstance(platform, BackDoor) else WORLD)
        self.headers = headers
        self.send = send
        self.channels = tuple(channels)
        self._sessions: dict[str, AgentSession] = defaultdict(partial(AgentSession, self.base))
        self.definition = definition
        self.patience = patience
        self.cometd = self._listening(cometd)
        missing = {*lacks, *(() if platform else BACK_DOOR), *(() if cometd else (Ability.NOTIFICATIONS,))}
        self.lacks: Collection[Ability] = frozenset(missing)
        self.media: dict[str, tuple[str, str | None]] = {}
        """The medium of each interaction, with its type."""
        self._past: set[str] = set()
        """The interactions of earlier cases."""
        self._has_begun = False
        self._subscriptions: set[tuple[str, str, str | None]] = set()
        """Agent, workbin and group of what agents have subscribed to in this case."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Listen, if nobody does. Raises `CometdError` if an agent cannot."""
        if isinstance(self.cometd, Cometd) and not self.cometd.is_on:
            if isinstance(self.platform, BackDoor):
                self.platform(None)  # so that the agents are there
            self.cometd.start()
            for agent in self.world.workers if self.channels else ():
                self._send("POST", "/me", agent, {"operationName": START_SESSION, "channels": [*self.channels]})

    def close(self) -> None:
        """Listen no longer."""
        if isinstance(self.cometd, Cometd) and self.cometd.is_on:
            for agent in self.world.workers if self.channels else ():
                self._send("POST", "/me", agent, {"operationName": END_SESSION})
            self.cometd.stop()

    def _listening(self, cometd: Reader | bool | str) -> Reader | None:
        """What reads the messages: every agent subscribes to the topics of all media, and of workbins."""
        if not isinstance(cometd, bool | str):
            return cometd
        if cometd is False:
            return None
        path = NOTIFICATIONS if cometd is True else cometd
        topics = gws.topics(self.definition)

        def post(agent: str, messages: Sequence[Meta], seconds: float) -> Json:
            try:
                status, body = self._send("POST", path, agent, list(messages), seconds)
            except RedirectedError as error:
                raise CometdError(str(error)) from None
            if status >= 500 or status in TRY_AGAIN:
                raise ConnectionError(f"{path} answers with HTTP status {status}")
            if status != 200:
                where = ": it is a redirection; give the address that it leads to" if 300 <= status < 400 else ""
                raise CometdError(f"{path} answers with HTTP status {status}, and not with messages of CometD{where}")
            try:
                return json.loads(body)
            except (ValueError, RecursionError):
                raise ConnectionError(
                    f"{path} answers with HTTP status 200, and not with messages of CometD: {brief(body)}"
                ) from None

        return Cometd([each.id for each in self.world.agents], topics, post)

    def reset(self) -> None:
        """By the platform. Without it interactions of earlier cases stay, and are not looked at; subscriptions end."""
        self.start()
        if self.platform is not None:
            self.platform(None)
        else:
            self._forget()
        self._past |= self.media.keys()
        self.media.clear()

    def _forget(self) -> None:
        """What agents have subscribed to ends. At first what there is from before is looked at, to be passed over."""
        if not self._has_begun:
            self._has_begun = True
            for place, agent in _instances(self.world):
                self._subscriptions.add((agent, place.id, place.agent_group))
                with suppress(OSError, ValueError, AttributeError, TypeError, KeyError):  # not every workbin is there
                    self._past |= self.content(place)
        for agent, workbin, group in self._subscriptions:
            asked = self._request(Unsubscribe(by=agent, workbin=workbin, agent_group=group))
            with suppress(OSError):
                self._send(asked.method, asked.path, agent, asked.body)
        until, answered = monotonic() + self.patience, 0
        while self.cometd is not None and answered < len(self._subscriptions) and monotonic() < until:
            answered += sum(each.kind in ("Unsubscribed", "RequestFailed") for each in self.notifications())
            sleep(0.005)
        self._subscriptions.clear()

    def create(self, new: Submit, /) -> str:
        """By the platform."""
        id = str(self._back_door(new))
        self.media[id] = str(new.media), new.media_type
        return id

    def offer(self, interaction: str, agent: str, /) -> None:
        """By the platform."""
        self._back_door(Offer(interaction=interaction, agent=agent))

    def advance(self, seconds: float, /) -> None:
        """By the platform."""
        self._back_door(Wait(seconds))

    def _back_door(self, action: Action) -> Json:
        if self.platform is None:
            raise NotImplementedError("an HttpDriver needs a platform for what no documented request can do")
        return self.platform(action)

    def perform(self, command: Command, /) -> drivers.Reply:
        """The documented request; what must be wrong with it is wrong in its body."""
        if isinstance(command, Revoke | Stop | Offer):
            self._back_door(command)
            return drivers.DONE
        by = str(getattr(command, "by", ""))
        is_new = isinstance(command, Create | Reply)
        before = self._mine(by) if is_new else set()
        if isinstance(command, Subscribe):
            self._subscriptions.add((by, str(command.workbin), command.agent_group))
        asked = self._request(command)
        status, body = self._send(asked.method, asked.path, by, asked.body)
        answer = gws.parse_reply(body, status)
        created = self._created(command, before, by) if is_new and answer.ok else None
        return drivers.Reply(answer.ok, answer.status_code, answer.reference_id, created, answer.why)

    def _created(self, command: Command, before: set[str], by: str) -> str | None:
        """The id of what was created: no reply tells it, so it is what the agent has now and had not before."""
        new = self._mine(by) - before
        if len(new) != 1:
            return None
        id = new.pop()
        own = command.media, command.media_type
        self.media[id] = self.media.get(command.interaction or "") or (str(own[0]), own[1])
        return id

    def _mine(self, agent: str) -> set[str]:
        return {*self._listed(self._read(f"{PREFIX}{LISTED}", agent))}

    def _listed(self, resource: JsonObject) -> list[str]:
        """The ids in the addresses that a list gives; none where there is no such list."""
        return [str(each).rstrip("/").rpartition("/")[2] for each in resource.get("uris") or ()]

    def _request(self, command: Command) -> gws.Request:
        try:
            return gws.request(command, definition=self.definition)
        except gws.MessageError:  # it is not in order: so it must be asked for
            return gws.request(command, definition=self.definition, strict=False)

    def view(self, interaction: str, agent: str, /) -> Seen | None:
        """The GET of the interaction, as the agent."""
        media, kind = self.media[interaction]
        asked = gws.request(gws.Read(
            of="interaction", by=agent, mine=True, media=media, media_type=kind, interaction=interaction, fields=("*",),
        ), definition=self.definition)  # fmt: skip
        status, body = self._send("GET", asked.path, agent)
        if status in (401, 403, 404):
            return None
        said = _resource(asked.path, status, body)
        shown = next((each for each in said.values() if isinstance(each, Mapping) and "state" in each), None)
        if shown is None:
            return None
        names = shown.get("capabilities")
        return Seen(shown["state"], None if names is None else tuple(names), shown.get("userData"), shown)

    def content(self, place: WorkbinPlace, agent: str | None = None, /) -> frozenset[str]:
        """The GET of the workbin's interactions. They come by medium, so the order among them is not known."""
        workers = [each for each in self.world.workers if place.agent_group in (None, self.world.group_of(each))]
        agent = agent or place.owner or workers[0]
        asked = gws.Read(
            of="workbin", by=agent, mine=True, workbin=place.id, agent_group=place.agent_group, subresources=("*",),
        )  # fmt: skip
        path = gws.request(asked, definition=self.definition).path
        lists = self._read(path, agent).get("workbin", {}).values()
        found = frozenset(str(each["id"]) for found in lists if isinstance(found, list) for each in found)
        return found - self._past

    def interactions(self, agent: str, /) -> tuple[str, ...]:
        """The GET of what the agent has. Where it is not there, such lists are not compared.

        Without a platform agents keep what they had before the first case: only what is tested counts.
        """
        status, body = self._send("GET", f"{PREFIX}{LISTED}", agent)
        if status != 200:
            raise NotImplementedError(f"GET {LISTED} answers with HTTP status {status}")
        listed = self._listed(_resource(LISTED, status, body))
        is_alone = self.platform is not None
        return tuple(each for each in listed if each in self.media or (is_alone and each not in self._past))

    def notifications(self) -> tuple[Told, ...]:
        """What CometD has brought, but for what comes late of earlier cases."""
        assert self.cometd is not None
        found = [told(agent, message) for agent, message in self.cometd()]
        return tuple(each for each in found if each.interaction not in self._past)

    def _read(self, path: str, agent: str) -> dict[str, Json]:
        """What a GET answers."""
        return _resource(path, *self._send("GET", path, agent))

    def _send(self, method: str, path: str, agent: str, body: Json = None, limit: float = LIMIT) -> tuple[int, bytes]:
        headers = {**self.headers(agent), "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        address = self.base + path.removeprefix(PREFIX)
        if self.send is not None:
            return self.send(method, address, headers, content)
        return self._sessions[agent].send(method, address, headers, content, limit)


def _resource(path: str, status: int, body: bytes) -> dict[str, Json]:
    try:
        resource = json.loads(body)
    except (ValueError, RecursionError):
        resource = None
    if not isinstance(resource, dict):
        raise ConnectionError(f"GET {path} answers with HTTP status {status}, and not with JSON: {brief(body)}")
    return resource


def _instances(world: World) -> Iterator[tuple[WorkbinPlace, str]]:
    """The instances of workbins that the first agents can reach, with an agent who can."""
    for agent in world.workers:
        for id in world.of_type("Agent"):
            yield WorkbinPlace(id, owner=agent), agent
        group = world.group_of(agent)
        for id in world.of_type("AgentGroup") if group is not None else ():
            yield WorkbinPlace(id, agent_group=group), agent
