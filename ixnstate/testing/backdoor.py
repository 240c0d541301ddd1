"""The back door of ``ixnstate serve``, found and used: what no documented request can do."""

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, build_opener

from ixnstate.commands import Offer, Revoke, Stop, Submit
from ixnstate.definition import Definition
from ixnstate.profile import Profile
from ixnstate.testing.drivers import World
from ixnstate.testing.model import Action, Wait
from ixnstate.values import FrozenDict, Json, JsonObject, fields_of

Send: TypeAlias = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, bytes]]
"""Method, address, headers and body of a request; the status and the body of its reply."""

SECONDS = 10.0
REFUSED = 409
NAME, VERSION = "back door", 1


class BackDoorError(RuntimeError):
    """The server does not do what was asked for: the sentence that it gives."""


def find_back_door(
    base: str,
    world: World,
    definition: Definition,
    headers: Callable[[str], Mapping[str, str]],
    send: Send | None = None,
) -> "BackDoor | None":
    """The back door of the server whose API is at ``base``; None if it has none, or does not answer."""
    url = urlsplit(base)
    root = f"{url.scheme}://{url.netloc}/backdoor"
    try:
        own = {} if send is None else headers(world.agents[0].id)  # a transport may need to know who asks
        status, body = (send or _send)("GET", root, {**own, "Accept": "application/json"}, None)
        said = json.loads(body) if status == 200 else None
    except (OSError, RecursionError, ValueError):
        return None
    is_ours = isinstance(said, dict) and said.get("ixnstate") == NAME and said.get("version") == VERSION
    return BackDoor(root, world, definition, own, send or _send) if is_ours else None


def _send(method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
    asked = Request(address, data=body, headers=dict(headers), method=method)  # noqa: S310 (the user's)
    try:
        with build_opener().open(asked, timeout=SECONDS) as answered:
            return answered.status, answered.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


class BackDoor:
    """A platform for `HttpDriver`: submit, offer, revoke, stop, time, and a centre that is the driver's world.

    Nothing happens there by itself: the clock stands still, and nothing is routed.
    """

    def __init__(self, root: str, world: World, definition: Definition, headers: Mapping[str, str], send: Send) -> None:
        self.root, self.world, self.definition = root, world, definition
        self.headers, self.send = headers, send

    def __call__(self, action: Action | None) -> object:
        """Do it. Raises `BackDoorError` for what the server refuses."""
        match action:
            case None:
                self.post("clock", {"frozen": True})
                self.post("reset", {"config": self.config()})
            case Submit():
                said = {"media": action.media, "queue": action.queue}  # the server gives the id
                more = {"userData": action.user_data, "content": action.content, "mediaType": action.media_type}
                answer = self.post("submit", said | {key: value for key, value in more.items() if value})
                if "id" not in answer:
                    raise BackDoorError("submit: the answer does not say the id of the new interaction")
                return answer["id"]
            case Offer():
                self.signal("offer", {"interaction": action.interaction, "agent": action.agent})
            case Revoke():
                agent = {} if action.agent is None else {"agent": action.agent}
                self.signal("revoke", {"interaction": action.interaction, **agent})
            case Stop():
                self.signal("stop", {"interaction": action.interaction})
            case Wait():
                self.post("clock", {"advance": action.seconds})
            case _:
                raise BackDoorError(f"the back door does not do {action!r}")
        return None

    def signal(self, verb: str, body: Mapping[str, object]) -> None:
        """A signal. That it is refused is seen from what becomes of the interaction, as with any platform."""
        self._post(verb, body, (200, REFUSED))

    def post(self, verb: str, body: Mapping[str, object]) -> JsonObject:
        """The answer to a verb. Raises `BackDoorError`."""
        return self._post(verb, body, (200,))

    def _post(self, verb: str, body: Mapping[str, object], expected: tuple[int, ...]) -> JsonObject:
        headers = {**self.headers, "Content-Type": "application/json", "Accept": "application/json"}
        status, answer = self.send("POST", f"{self.root}/{verb}", headers, json.dumps(body).encode())
        try:
            read = json.loads(answer)
        except (RecursionError, ValueError):
            read = None
        said = read if isinstance(read, dict) else {}
        if status not in expected:
            raise BackDoorError(said.get("error") or f"{verb}: HTTP status {status}")
        return said

    def config(self) -> dict[str, Json]:
        """The world, as the configuration of the server."""
        given, default = self.definition.profile, Profile()
        chosen = {field.name: getattr(given, field.name) for field in fields_of(Profile)}
        return {
            "center": {
                "queues": list(self.world.queues),
                "automatic_routing": False,
                "profile": {name: value for name, value in chosen.items() if value != getattr(default, name)},
            },
            "agents": [_described(agent) for agent in self.world.agents],
            "workbins": [_described(workbin) for workbin in self.world.workbins],
        }


def _described(member: object) -> dict[str, object]:
    said = {field.name: getattr(member, field.name) for field in fields_of(type(member))}
    return {name: _plain(value) for name, value in said.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return dict(value) if isinstance(value, FrozenDict) else value
