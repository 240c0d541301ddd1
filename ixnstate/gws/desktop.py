"""What a desktop asks for besides interactions and workbins: itself, its channels, its colleagues, the queues.

An agent's readiness for a medium is what a contact centre knows of a channel, so all this is answered from the centre
alone. What needs an HTTP session, such as ending it with EndContactCenterSession, is left to the server.

The pages: InterpretingaResponse and UsersResource (8.5.2) for users and the version; QueryAgentState and
SettingAgentStateChannel (8.5.0) for channels and devices; StartContactCenterSession (8.5.2).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from ixnstate.commands import is_name
from ixnstate.gws.notifying import Notification, Server
from ixnstate.gws.pages import CODE, HTTP_STATUS, METHOD_NOT_ALLOWED, PREFIX
from ixnstate.gws.replies import Reply, failure
from ixnstate.gws.requests import Request
from ixnstate.gws.selecting import matches, selected
from ixnstate.values import Json, JsonObject, brief, changed, frozen

if TYPE_CHECKING:
    from ixnstate.center import Agent, ContactCenter, Outcome

CHANNELS_TOPIC = "/v2/me/channels"
READY, NOT_READY = "Ready", "NotReady"
START_SESSION, END_SESSION = "StartContactCenterSession", "EndContactCenterSession"
VOICE = "voice"
NO_VOICE = "Voice service is not available at this time"  # ErrorHandling, 8.5.2, with HTTP status 503
SERVICE_UNAVAILABLE = 503
PARTIAL_SUCCESS = 7
FEATURES: Mapping[str, str] = {"api-multimedia": "Multimedia interactions and workbins"}
"""What the features of a centre are called."""


@frozen
class DesktopRequest:
    """A request to one of these resources: which, of whom, and what its query says."""

    of: str
    """``version``, ``me``, ``devices``, ``device``, ``channels``, ``channel``, ``features``, ``users``, ``user``,
    ``queues`` or ``queue``."""
    id: str | None
    query: tuple[tuple[str, str], ...]


def read_desktop_path(path: object) -> DesktopRequest | None:
    """Which of these resources an address names; None for any other."""
    try:
        url = urlsplit(path) if isinstance(path, str) else None
    except ValueError:
        return None
    if url is None:
        return None
    parts = [unquote(part) for part in url.path.split("/") if part]
    parts = parts[2:] if parts[:2] == ["api", "v2"] else parts
    query = tuple(parse_qsl(url.query, keep_blank_values=True))
    match parts:
        case ["diagnostics", "version"]:
            return DesktopRequest("version", None, query)
        case ["me"]:
            return DesktopRequest("me", None, query)
        case ["me", "devices" | "channels" as of] | ["features" | "users" | "queues" as of]:
            return DesktopRequest(of, None, query)
        case ["me", "devices" | "channels" as of, id] | ["features" | "users" | "queues" as of, id]:
            return DesktopRequest(of.removesuffix("s"), id, query)
    return None


TEMPLATES: Mapping[str, str] = {
    "/diagnostics/version": "version",
    "/me": "me",
    "/me/devices": "devices",
    "/me/devices/{device}": "device",
    "/me/channels": "channels",
    "/me/channels/{channel}": "channel",
    "/features": "features",
    "/features/{feature}": "feature",
    "/users": "users",
    "/users/{user}": "user",
    "/queues": "queues",
    "/queues/{queue}": "queue",
}
"""The addresses, for the OpenAPI document."""

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "me": (START_SESSION, END_SESSION, READY, NOT_READY),
    "channel": (READY, NOT_READY),
}
"""What can be posted, by resource."""


def answer(center: "ContactCenter", asked: DesktopRequest, request: Request, server: Server) -> Reply:
    """The reply to such a request. Raises nothing."""
    allowed = ("GET", "POST") if asked.of in OPERATIONS else ("GET",)
    if request.method not in allowed:
        refused = failure(CODE, 3, f"method: expected {' or '.join(allowed)}, found {brief(request.method)}")
        return Reply(METHOD_NOT_ALLOWED, refused, headers={"Allow": ", ".join(allowed)})
    if asked.of == "version":
        return Reply(200, {"statusCode": 0, "version": server.version})
    agent = center.agents.get(request.user) if isinstance(request.user, str) else None
    if agent is None:
        return _failed(6, f"there is no agent {brief(request.user)}")
    if asked.of in ("channels", "channel") and not center.is_on:
        return _failed(6, "the feature api-multimedia is off")
    if asked.of == "channel" and asked.id not in center.definition.media:
        return _failed(6, f"there is no channel {brief(asked.id)}; there are {', '.join(center.definition.media)}")
    if request.method == "POST":
        return _operate(center, agent, asked, request.body)
    body = _Resources(center, agent, server).read(asked)
    return body if isinstance(body, Reply) else Reply(200, {"statusCode": 0, **body})


def _failed(code: int, why: str) -> Reply:
    return Reply(HTTP_STATUS[code], failure(CODE, code, why))


# === reading ========================================================================================================


_Items: TypeAlias = list[dict[str, Json]]


class _Resources:
    """What one agent can read."""

    def __init__(self, center: "ContactCenter", agent: "Agent", server: Server) -> None:
        self.center, self.agent, self.server = center, agent, server
        self.root = f"{server.address}{PREFIX}"

    def read(self, asked: DesktopRequest) -> dict[str, Json] | Reply:
        query = dict(asked.query)
        fields = tuple(query.pop("fields").split(",")) if "fields" in query else None
        wanted = tuple(query.pop("subresources").split(",")) if "subresources" in query else ()
        if asked.of == "me":
            nested = {"devices": self.devices, "channels": self.channels}
            user = self.user(self.agent) | {
                name: make() for name, make in nested.items() if name in wanted or "*" in wanted
            }
            return {"user": selected(user, fields)}
        items: _Items = getattr(self, asked.of if asked.of.endswith("s") else f"{asked.of}s")()
        if asked.id is None:
            filters = [pair for pair in asked.query if pair[0] not in ("fields", "subresources")]
            chosen = [item for item in items if all(matches(item, {name: value}) for name, value in filters)]
            if fields is None and asked.of not in ("devices", "channels"):  # whose pages show the resources
                return {"uris": [item["uri"] for item in chosen]}
            return {asked.of: [selected(item, fields) for item in chosen]}
        name = "channel" if asked.of == "channel" else "id"
        found = next((item for item in items if item[name] == asked.id), None)
        if found is None:
            return _failed(6, f"there is no {asked.of} {brief(asked.id)}")
        return {asked.of: selected(found, fields)}

    def user(self, agent: "Agent") -> dict[str, Json]:
        first, last = self.server.names.get(agent.id, (agent.id, ""))
        return {
            "id": agent.id, "userName": agent.id, "firstName": first, "lastName": last,
            "roles": [f"ROLE_{role.upper()}" for role in sorted(agent.roles)], "enabled": True,
            "changePasswordOnFirstLogin": False, **self._address("users", agent.id),
        }  # fmt: skip

    def users(self) -> _Items:
        return [self.user(agent) for agent in self.center.agents.values()]

    def devices(self) -> _Items:
        """Devices are telephones, which are not modelled."""
        return []

    def channels(self) -> _Items:
        return channels(self.center, self.agent)

    def features(self) -> _Items:
        return [
            {"id": name, "displayName": FEATURES.get(name, name), **self._address("features", name)}
            for name in sorted(self.center.features)
        ]

    def queues(self) -> _Items:
        """Where every name is a queue, those into which something has come."""
        known = self.center.queues
        names = {queue for queue, _ in self.center.memory.lines if queue} if known is None else known
        return [{"id": name, "name": name, **self._address("queues", name)} for name in sorted(names)]

    def _address(self, kind: str, id: str) -> dict[str, str]:
        return {"uri": f"{self.root}/{kind}/{id}", "path": f"/{kind}/{id}"}


def channels(center: "ContactCenter", agent: "Agent") -> _Items:
    """The agent's multimedia channels, with their states."""
    return [{"channel": media, "userState": _state(agent, media)} for media in center.definition.media]


def _state(agent: "Agent", media: str) -> dict[str, str]:
    state = READY if agent.is_ready_for(media) else NOT_READY
    return {"id": state, "displayName": "Ready" if state == READY else "Not Ready", "state": state}


# === operations =====================================================================================================


def _operate(center: "ContactCenter", agent: "Agent", asked: DesktopRequest, body: Json) -> Reply:
    here = OPERATIONS[asked.of]
    if not isinstance(body, Mapping):
        return _failed(10, f"body: expected an object with an operationName, found {brief(body)}")
    name = body.get("operationName")
    if name is None:
        return _failed(1, "body.operationName: is missing")
    if not isinstance(name, str) or name not in here:
        return _failed(3, f"body.operationName: there is no operation {brief(name)} here; there are {', '.join(here)}")
    takes = _STRINGS | {"channels"} if name == START_SESSION else frozenset()
    for key in body:
        if key != "operationName" and key not in takes:
            return _failed(10, f"body.{key}: is not taken")
    if not agent.is_agent:
        return _failed(5, f"{agent.id} is not an agent")
    if name == START_SESSION:
        return _start(center, agent, body)
    if name == END_SESSION:
        return _changed(center, agent, center.set_agent(changed(agent, ready=frozenset())))
    return _changed(center, agent, center.set_ready(agent.id, name == READY, asked.id))


_STRINGS = frozenset({"place", "loginCode", "queue", "devicePath"})


def _start(center: "ContactCenter", agent: "Agent", body: JsonObject) -> Reply:
    """Begin to work on some channels: those that are not named become NotReady, the others stay as they are.

    Each channel is begun or fails by itself: some of them is partial success; if all fail, one failure is the answer.
    """
    names = body.get("channels")
    if names is None:
        return _failed(1, "body.channels: is missing")
    if not isinstance(names, list | tuple) or not names or not all(map(is_name, names)):
        return _failed(10, f"body.channels: expected a list of names, found {brief(names)}")
    for key in _STRINGS:
        if body.get(key) is not None and not is_name(body[key]):
            return _failed(10, f"body.{key}: expected a string of 1 to 512 characters, found {brief(body[key])}")
    parts = {name: _begun(center, name) for name in names}
    begun = [name for name, part in parts.items() if part["statusCode"] == 0]
    if not begun:
        code, why = next((part["statusCode"], part["statusMessage"]) for part in parts.values())
        return Reply(SERVICE_UNAVAILABLE if code == 4 else HTTP_STATUS[code], failure(CODE, code, why))
    place = agent.place if body.get("place") is None else body["place"]
    ready = frozenset(name for name in begun if agent.is_ready_for(name))
    done = _changed(center, agent, center.set_agent(changed(agent, ready=ready, place=place)))
    if len(begun) == len(parts):
        return done
    why = "; ".join(f"{name}: {part['statusMessage']}" for name, part in parts.items() if part["statusCode"])
    shown = [{"channel": name, **part} for name, part in parts.items()]
    return changed(done, body={**failure(CODE, PARTIAL_SUCCESS, why), "channels": shown})


def _begun(center: "ContactCenter", channel: str) -> dict[str, Json]:
    if channel == VOICE:
        return failure(CODE, 4, NO_VOICE)
    if channel not in center.definition.media or not center.is_on:
        known = ", ".join(center.definition.media) if center.is_on else "none"
        return failure(CODE, 10, f"there is no channel {brief(channel)}; there are {known}")
    return {"statusCode": 0}


def _changed(center: "ContactCenter", agent: "Agent", outcome: "Outcome") -> Reply:
    """Done; the agent is told how all their channels are now."""
    shown = channels(center, center.agents[agent.id])
    told = Notification(
        agent.id, CHANNELS_TOPIC, lambda: {"channels": shown, "messageType": "ChannelStateChangeMessageV2"}
    )
    return Reply(200, {"statusCode": 0}, (told,), outcome)
