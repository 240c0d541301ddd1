"""The back door: what no documented request can do. Submit, offer, revoke, stop, time, reset, seed, faults, journal.

It stands at ``/backdoor``, apart from the API. A POST takes JSON and nothing else, so that no page of another origin
can send one unasked.
"""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ixnstate import gws
from ixnstate.center.contact import ContactCenter
from ixnstate.center.outcomes import Outcome
from ixnstate.center.snapshots import thaw
from ixnstate.commands import Command, Offer, Revoke, Stop, command, is_name, parameters_of
from ixnstate.gws.replies import Reply
from ixnstate.server import looking
from ixnstate.server.api import Api
from ixnstate.server.config import ConfigError, Seed, parse_config
from ixnstate.server.engine import Engine
from ixnstate.server.faults import FaultError, read_rule
from ixnstate.server.samples import sample
from ixnstate.values import Json, JsonObject, brief

ROOT = "/backdoor"
VERSION = 1
JSON_LINES = "application/jsonl"
Body: TypeAlias = JsonObject


class VerbError(Exception):
    """Raised for what cannot be done: an HTTP status and a sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class BackDoorVerbs:
    """The verbs: each takes the JSON of a request and gives back JSON. Raises `VerbError`."""

    def __init__(self, api: Api, restart: Callable[[], None]) -> None:
        self.api = api
        self._restart = restart
        self.verbs: Mapping[str, Callable[[Body], Json]] = {
            "submit": self.submit, "arrive": self.arrive, "offer": self.offer, "revoke": self.revoke,
            "stop": self.stop, "act": self.act, "clock": self.clock, "routing": self.routing, "reset": self.reset,
            "seed": self.seed, "faults": self.add_fault,
        }  # fmt: skip

    @property
    def engine(self) -> Engine:
        """The running centre."""
        return self.api.engine

    def describe(self) -> dict[str, Json]:
        """What this is: how programs know that they have found it."""
        return {
            "ixnstate": "back door", "version": VERSION, "api": "/api/v2", "cometd": "/api/v2/notifications",
            "verbs": sorted(self.verbs), "documentation": "/docs",
        }  # fmt: skip

    # --- interactions -----------------------------------------------------------------------------------------------

    def submit(self, body: Body) -> Json:
        """A new interaction in a queue: ``media``, ``queue``; its id."""
        takes = ("media", "queue", "id", "userData", "content", "mediaType", "agent")
        _only(body, takes)
        seed = _seed(body)
        id = self._seeded(seed)
        self.api.recorder.note("submit", interaction=id)
        return {"id": id}

    def _seeded(self, seed: Seed) -> str:
        if seed.media not in self.engine.center.definition.media:
            known = ", ".join(self.engine.center.definition.media)
            raise VerbError(400, f"media: unknown {brief(seed.media)}; known are {known}")
        try:
            return self.engine.seed([seed])[0]
        except ValueError as error:
            raise VerbError(409, str(error)) from None

    def arrive(self, body: Body) -> Json:
        """A sample interaction of a medium, with a customer's data; its id."""
        _only(body, ("media", "queue"))
        media = _name(body, "media")
        known = self.engine.center.definition.media
        if media not in known:
            raise VerbError(400, f"media: unknown {brief(media)}; known are {', '.join(known)}")
        there = looking.queues(self.engine.center)
        queue = body.get("queue") or next(iter(there), "Inbound")
        return self.submit({**sample(media), "media": media, "queue": queue})

    def offer(self, body: Body) -> Json:
        """Offer a queued interaction to an agent, ready or not."""
        _only(body, ("interaction", "agent"))
        return self._signal(Offer(agent=_name(body, "agent")), _name(body, "interaction"))

    def revoke(self, body: Body) -> Json:
        """Take an invitation back, or an interaction from its agent."""
        _only(body, ("interaction", "agent"))
        agent = None if body.get("agent") is None else _name(body, "agent")
        return self._signal(Revoke(agent=agent), _name(body, "interaction"))

    def stop(self, body: Body) -> Json:
        """End an interaction, as the customer or a media server does."""
        _only(body, ("interaction",))
        return self._signal(Stop(), _name(body, "interaction"))

    def _signal(self, signal: Command, interaction: str) -> Json:
        outcome = self._perform(lambda center: center.apply(signal, interaction))
        if outcome.refusal is not None:
            status = 404 if outcome.refusal.status_code == 6 else 409
            raise VerbError(status, str(outcome.refusal))
        self.api.recorder.note(type(signal).__name__.lower(), interaction=interaction)
        return {"interaction": interaction, "state": str(outcome.interaction.state) if outcome.interaction else None}

    def _perform(self, change: Callable[[ContactCenter], Outcome]) -> Outcome:
        try:
            return self.engine.perform(change)
        except sqlite3.Error as error:
            raise VerbError(500, f"the state could not be stored: {error}") from error

    def act(self, body: Body) -> Json:
        """Act as an ``agent``: an ``operation`` with ``arguments`` on an ``interaction``; or method, path, body."""
        agent = _name(body, "agent")
        if "operation" in body:
            _only(body, ("agent", "operation", "interaction", "arguments"))
            request = self._request(agent, body)
        else:
            _only(body, ("agent", "method", "path", "body"))
            request = gws.Request(str(body.get("method", "POST")), _name(body, "path"), body.get("body"), agent)
        if agent not in self.engine.center.agents:
            raise VerbError(404, f"there is no agent {brief(agent)}")
        reply = self._act(request)
        return {"request": {"method": request.method, "path": request.path, "body": thaw(request.body)},
                "status": reply.http_status, "body": reply.body}  # fmt: skip

    def _request(self, agent: str, body: Body) -> gws.Request:
        record = self.engine.center.interaction(_name(body, "interaction"))
        if record is None:
            raise VerbError(404, f"there is no interaction {brief(body['interaction'])}")
        arguments = body.get("arguments") or {}
        if not isinstance(arguments, Mapping):
            raise VerbError(400, f"arguments: expected an object, found {brief(arguments)}")
        about = {"interaction": record.id, "media": record.media, "media_type": record.media_type, "by": agent}
        name = _name(body, "operation")
        made = command(name, **{**about, **arguments})
        if "new_id" in {each.name for each in parameters_of(type(made))}:
            made = command(name, **{**about, **arguments, "new_id": "new"})
        try:
            return gws.request(made, definition=self.engine.center.definition, strict=False)
        except (gws.MessageError, TypeError) as error:
            raise VerbError(400, str(error)) from None

    def _act(self, request: gws.Request) -> Reply:
        from ixnstate.server.engine import new_id

        asked = gws.Request(request.method, request.path, request.body, request.user, new_id())
        number = self.api.recorder.request(str(asked.user), asked.method, asked.path, thaw(asked.body))
        return self.api.act(asked, number)

    # --- time -------------------------------------------------------------------------------------------------------

    def clock(self, body: Body) -> Json:
        """Let time pass (``advance``, in seconds), or let it stand still or go on (``frozen``)."""
        _only(body, ("advance", "frozen"))
        frozen, seconds = body.get("frozen"), body.get("advance")
        if frozen is not None and not isinstance(frozen, bool):
            raise VerbError(400, f"frozen: expected true or false, found {brief(frozen)}")
        if seconds is not None:
            is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
            if not is_number or not 0 <= seconds <= 1e9:
                raise VerbError(400, f"advance: expected a number of seconds from 0 to 1e9, found {brief(seconds)}")
        if frozen is not None:
            if frozen:
                self.engine.clock.freeze()
            else:
                self.engine.clock.go_on()
        if seconds is not None:
            try:
                self.engine.advance(seconds)
            except sqlite3.Error as error:
                raise VerbError(500, f"the state could not be stored: {error}") from error
            self.api.recorder.note("clock", advance=seconds)
        return looking.clock(self.engine)

    def routing(self, body: Body) -> Json:
        """Whether what waits is offered by itself (``automatic``)."""
        _only(body, ("automatic",))
        automatic = body.get("automatic")
        if not isinstance(automatic, bool):
            raise VerbError(400, f"automatic: expected true or false, found {brief(automatic)}")
        self.engine.automatic = automatic
        if automatic:
            self._perform(lambda center: center.route())
        return {"automatic": automatic}

    # --- the whole --------------------------------------------------------------------------------------------------

    def reset(self, body: Body) -> Json:
        """Begin anew, with the configuration that there was, or with another one (``config``, as in the TOML file)."""
        _only(body, ("config",))
        config = None
        if body.get("config") is not None:
            try:
                fresh = parse_config(body["config"], "config") if isinstance(body["config"], Mapping) else None
            except ConfigError as error:
                raise VerbError(400, str(error)) from None
            if fresh is None:
                raise VerbError(400, f"config: expected an object, found {brief(body['config'])}")
            config = _like(fresh, self.engine)
        try:
            self.engine.reset(config)
        except (ValueError, sqlite3.Error) as error:
            raise VerbError(409, str(error)) from None
        self.api.recorder.clear()
        self.api.faults.clear()
        self._restart()
        self.api.recorder.note("reset")
        return {}

    def seed(self, body: Body) -> Json:
        """Several interactions at once (``interactions``); their ids."""
        _only(body, ("interactions",))
        said = body.get("interactions")
        if not isinstance(said, list) or not all(isinstance(each, Mapping) for each in said):
            raise VerbError(400, f"interactions: expected a list of objects, found {brief(said)}")
        return {"ids": [self.submit(each)["id"] for each in said]}

    def add_fault(self, body: Body) -> Json:
        """A fault for the next requests or messages that fit; what is in force now."""
        try:
            self.api.faults.add(read_rule(body))
        except FaultError as error:
            raise VerbError(400, str(error)) from None
        return self.faults()

    def faults(self) -> Json:
        """The faults that are in force."""
        return {"faults": [rule.describe() for rule in self.api.faults.rules]}

    def misses(self) -> Json:
        """What was refused: the sentence, what was allowed, the shortest legal way."""
        return {"nearMisses": list(self.api.recorder.misses)}

    def story(self, id: str) -> Json:
        """One interaction: as it is, and what the journal has of it."""
        shown = looking.interaction(self.engine, id)
        if shown is None:
            raise VerbError(404, f"there is no interaction {brief(id)}")
        return {**shown, "story": self.api.recorder.about(id)}


def _like(fresh: Any, engine: Engine) -> Any:
    """Another centre in the same server: what is said of sockets stays as it was."""
    import attrs

    from ixnstate.server.config import SERVER_SETTINGS

    return attrs.evolve(fresh, **{name: getattr(engine.config, name) for name in SERVER_SETTINGS})


def _only(body: Body, takes: tuple[str, ...]) -> None:
    for key in body:
        if key not in takes:
            raise VerbError(400, f"there is no {key}; there are {', '.join(takes)}")


def _name(body: Body, key: str) -> str:
    value = body.get(key)
    if not is_name(value):
        problem = "is missing" if value is None else f"expected a string of 1 to 512 characters, found {brief(value)}"
        raise VerbError(400, f"{key}: {problem}")
    return str(value)


def _seed(body: Body) -> Seed:
    optional = {"id": "id", "mediaType": "media_type", "agent": "agent"}
    for key in ("userData", "content"):
        if body.get(key) is not None and not isinstance(body[key], Mapping):
            raise VerbError(400, f"{key}: expected an object, found {brief(body[key])}")
    return Seed(
        media=_name(body, "media"), queue=_name(body, "queue"), user_data=body.get("userData") or {},
        content=body.get("content") or {},
        **{field: _name(body, key) for key, field in optional.items() if body.get(key) is not None},
    )  # fmt: skip
