"""Cases and actions as JSON data, for implementers in other languages, and actions back from it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations

import attrs

from ixnstate import gws
from ixnstate.center.hands import FOREVER
from ixnstate.commands import Command, Custom, command, parameters_of
from ixnstate.export.portable import camel
from ixnstate.testing.differing import Script
from ixnstate.testing.explorer import NAME
from ixnstate.testing.forms import Scope
from ixnstate.testing.model import Action, AtOnce, Model, Wait, played
from ixnstate.testing.suites import Case
from ixnstate.values import Json, JsonObject, brief, each_of, expect


def as_json(cases: Iterable[Case], scope: Scope) -> dict[str, Json]:
    """The cases for implementers in other languages: each action, with the reply, the views and the messages."""
    expect("scope", scope, Scope)
    cases = tuple(each_of("cases", cases, Case))
    world = scope.world
    return {
        "world": {
            "agents": [
                {"id": each.id, "roles": sorted(each.roles), "agentGroups": sorted(each.agent_groups)}
                for each in world.agents
            ],
            "workbins": [{"id": each.id, "type": each.type} for each in world.workbins],
            "queues": list(world.queues),
        },
        "cases": [
            {"id": case.id, "kind": case.kind, "media": case.media, "steps": list(_steps(case, scope))}
            for case in cases
            if case.why_not is None
        ],
    }


def _steps(case: Case, scope: Scope) -> Iterator[dict[str, object]]:
    model = Model(scope)
    for action in case.script:
        expected = model.act(action)
        step: dict[str, object] = {"do": action_to_json(action)}
        request = _request(action, scope)
        if request is not None:
            step["request"] = request
        if isinstance(action, AtOnce):
            yield {**step, "outcomes": list(_outcomes(action, case.script[: case.script.index(action)], scope))}
            continue
        refused = {} if expected.refusal is None else {"why": str(expected.refusal)}
        step["reply"] = {"ok": expected.reply.ok, "statusCode": expected.reply.status_code, **refused}
        step["views"] = {agent.id: _view(model, agent.id) for agent in scope.world.agents}
        step["told"] = [_plain(each) for each in expected.told]
        step["source"] = expected.source
        yield step


def _outcomes(action: AtOnce, way: Script, scope: Scope) -> Iterator[dict[str, object]]:
    """For each order of the lanes: which operations are done, and what agents are shown after them."""
    for order in permutations(range(len(action.lanes))):
        model = played(way, scope)
        done = [model.act(each, telling=False).reply.ok for lane in order for each in action.lanes[lane]]
        views = {agent.id: _view(model, agent.id) for agent in scope.world.agents}
        yield {"order": list(order), "ok": done, "views": views}


def _view(model: Model, agent: str) -> dict[str, object] | None:
    sight = model.sight(NAME)
    seen = None if sight is None else sight.shown.get(agent)
    return None if seen is None else _plain(seen)


def _plain(value: Json) -> dict[str, object]:
    """The fields of a value that say something, as JSON data."""
    fields = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    return {camel(name): _json(each) for name, each in fields.items() if each is not None}


def _json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value


def snake(name: str) -> str:
    """A field as Python spells it, whichever way it is given."""
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


def _request(action: Action, scope: Scope) -> dict[str, object] | None:
    """The documented request, where there is one."""
    if isinstance(action, Wait | AtOnce):
        return None
    try:
        written = gws.request(action, definition=scope.definition, strict=not isinstance(action, Custom))
    except (gws.MessageError, ValueError):
        return None
    return {"method": written.method, "path": written.path, "body": written.body, "user": written.user}


def action_to_json(action: Action) -> dict[str, Json]:
    """An action as JSON data: the operation and its arguments."""
    if isinstance(action, Wait):
        return {"operation": "Wait", "seconds": action.seconds}
    if isinstance(action, AtOnce):
        return {"operation": "AtOnce", "lanes": [[action_to_json(each) for each in lane] for lane in action.lanes]}
    fields = [*(each.name for each in parameters_of(type(action))), "interaction", "media", "media_type"]
    values = {name: getattr(action, name) for name in dict.fromkeys(fields) if name != "operation"}
    plain = {camel(name): _json(value) for name, value in values.items() if value is not None}
    said = {name: value for name, value in plain.items() if (name, value) != ("arguments", {})}
    return {"operation": action.operation, **said}


def action_from_json(said: JsonObject) -> Action:
    """What `action_to_json` gave. Raises ValueError for anything else."""
    arguments = {snake(name): value for name, value in said.items()}
    operation = arguments.pop("operation", None)
    if operation == "Wait":
        seconds = float(arguments["seconds"])
        if not 0 <= seconds < FOREVER:
            raise ValueError(f"seconds that pass are 0 or more, not {seconds:g}")
        return Wait(seconds)
    if operation == "AtOnce":
        lanes = [[action_from_json(each) for each in lane] for lane in said["lanes"]]
        return AtOnce(tuple(tuple(each for each in lane if isinstance(each, Command)) for lane in lanes))
    if not isinstance(operation, str):
        raise ValueError(f"an action has an operation, not {brief(operation)}")
    return Custom(operation=operation, **arguments) if "arguments" in arguments else command(operation, **arguments)
