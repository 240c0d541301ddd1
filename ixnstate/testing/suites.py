"""Generated cases, without randomness: every edge, every illegal cell, strangers, missing arguments, pairs of edges.

A case is a script, a way to a situation and one more action, with an id that can be read: ``workitem: Invited -Reject->
Queued``. What must come of each action is the model's to say (`expectations`), so the same cases serve pytest, the
command line, and as JSON whoever implements the lifecycle in another language.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import permutations
from typing import Any

import attrs

from ixnstate import gws
from ixnstate.center.hands import FOREVER
from ixnstate.commands import (
    AttachUserData,
    Command,
    Create,
    Custom,
    Offer,
    Reply,
    Submit,
    command,
    parameters_of,
)
from ixnstate.definition import Edge
from ixnstate.export.portable import camel
from ixnstate.graph import illegal_cells
from ixnstate.testing.contents import repeated, values
from ixnstate.testing.coverage import Universe, cell_name, edge_name
from ixnstate.testing.crowds import crowds
from ixnstate.testing.differing import Script
from ixnstate.testing.drivers import Ability
from ixnstate.testing.explorer import NAME, Place, Situation, explore, ways
from ixnstate.testing.forms import Scope, by_others, illegal, mistyped, probe, taking, without
from ixnstate.testing.misnamed import misaddressed, misnamed, misspelled
from ixnstate.testing.model import Action, AtOnce, Expected, Model, Wait, applicable_edge, played
from ixnstate.testing.racing import races
from ixnstate.testing.several import several
from ixnstate.testing.storing import stored
from ixnstate.testing.timing import timed
from ixnstate.values import brief, changed, frozen
from ixnstate.vocabulary import State, Who

USUAL = (
    "tour", "cells", "strangers", "arguments", "names", "spelling", "addresses", "time", "workbins", "forms", "several",
    "again", "values", "repeats", "crowds", "races",
)  # fmt: skip
"""What is tried unless you say otherwise: all but the pairs, of which there are some thousands."""

KINDS = (*USUAL, "pairs")
"""What there is: the tour takes every edge; ``forms`` are its other commands and situations."""

TRIES = 3
"""How often operations that overlap are tried."""


@frozen
class Case:
    """One thing to try: the actions, the last of which is what it is about. Its id is unique in a suite.

    Where an edge leads to what no agent sees, an offer comes after it: that shows whether it waits or has ended.
    """

    id: str
    kind: str
    media: str
    script: Script
    why_not: str | None = None
    """Why it does not apply, if it does not."""
    has_probe: bool = False
    tries: int = 1
    """How often it is tried: luck takes part in what overlaps."""

    @property
    def about(self) -> int:
        """Where in the script the action stands that the case is about; the rest is the way there, and the offer."""
        return len(self.script) - 1 - self.has_probe

    def __str__(self) -> str:
        return self.id


def suite(scope: Scope, kinds: Iterable[str] = USUAL) -> tuple[Case, ...]:
    """The cases of every supported medium, in a fixed order: the tour first."""
    wanted = [kind for kind in KINDS if kind in set(kinds)]
    places = {media: explore(media, scope) for media in scope.media}
    found: dict[str, Case] = {}
    for kind in wanted:
        for media in scope.media:
            for case in _GENERATORS[kind](media, places[media], scope):
                id, number = case.id, 1
                while id in found:
                    number += 1
                    id = f"{case.id} #{number}"
                found[id] = changed(case, id=id, why_not=case.why_not or _unable(case.script, scope))
    return tuple(found.values())


def _unable(script: Script, scope: Scope) -> str | None:
    """Why a script as a whole cannot be done, though each of its actions can; None if it can."""
    lacking = scope.lacks & {Ability.QUEUE, Ability.SECOND_OFFER}
    if not lacking:
        return None
    offers: dict[str | None, int] = {}
    waiting: set[str | None] = set()
    for action in script:
        if isinstance(action, Submit):
            waiting.add(action.new_id)
        elif isinstance(action, Offer):
            offers[action.interaction] = offers.get(action.interaction, 0) + 1
            if Ability.QUEUE in lacking and action.agent != scope.world.workers[0]:
                return f"the driver lacks {Ability.QUEUE.value!r}"
            waiting.discard(action.interaction)
        elif Ability.QUEUE in lacking and getattr(action, "interaction", None) in waiting:
            return f"the driver lacks {Ability.QUEUE.value!r}"
    if waiting and Ability.QUEUE in lacking:
        return f"the driver lacks {Ability.QUEUE.value!r}"
    return f"the driver lacks {Ability.SECOND_OFFER.value!r}" if max(offers.values(), default=0) > 1 else None


def expectations(script: Script, scope: Scope) -> tuple[Expected, ...]:
    """What must come of each action."""
    model = Model(scope)
    return tuple(model.act(action) for action in script)


def attainable(scope: Scope) -> Universe:
    """What can be covered at all: without what is not supported, or what the driver cannot do."""
    states: list[str] = []
    edges: list[str] = []
    cells: list[str] = []
    for media in scope.media:
        places = tuple(explore(media, scope).values())
        nearest = {place.record.state: place.record for place in reversed(places)}
        states += [f"{media}: {state.value}" for state in nearest]
        edges += dict.fromkeys(edge_name(media, arc.edge) for place in places for arc in place.arcs)
        cells += [
            cell_name(media, state.value, operation)
            for state, operation in illegal_cells(media, definition=scope.definition)
            if state in nearest and illegal(nearest[state], operation, scope) is not None and operation != "Create"
        ]
    return {"states": tuple(states), "edges": tuple(edges), "refused cells": tuple(cells)}


# === kinds of cases =================================================================================================


def _tour(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """Every edge once, from the nearest situation in which it can be taken; with those that cannot, and why."""
    taken = set()
    for place in places.values():
        for arc in place.arcs:
            if arc.edge not in taken:
                taken.add(arc.edge)
                yield _case("tour", (*place.way, arc.command), scope)
    for edge in scope.definition.edges(media):
        if edge not in taken:
            target = "as before" if edge.target is None else edge.target.value
            id = f"{media}: {edge.source.value} -{edge.operation}-> {target}"
            yield Case(id, "tour", media, (), "not supported, or the driver cannot do it")


def _forms(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """Every edge from every other situation, and in each other form of its command."""
    taken = set()
    for place in places.values():
        for arc in place.arcs:
            for form in taking(place.record, arc.edge, scope):
                is_first = arc.edge not in taken
                taken.add(arc.edge)
                if not is_first and applicable_edge(place.record, form, scope) is arc.edge:
                    yield _case("forms", (*place.way, form), scope)


def _cells(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """Every operation in every state in which it is not legal; and one that does not exist."""
    nearest: dict[State, Place] = {}
    for place in places.values():
        nearest.setdefault(place.record.state, place)
    for state, operation in illegal_cells(media, definition=scope.definition):
        place_there = nearest.get(state)
        if place_there is not None:
            wrong = illegal(place_there.record, operation, scope)
            if wrong is not None:
                yield _case("cells", (*place_there.way, wrong), scope)
    for place in nearest.values():
        by = (*place.record.holders, *place.record.invited, scope.world.workers[0])[0]
        unknown = Custom(operation="Juggle", by=by, interaction=NAME, media=media)
        yield _case("cells", (*place.way, unknown), scope)


def _strangers(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """Every edge of a holder or an invitee, tried by an agent who is neither, or who is the other."""
    taken = set()
    for place in places.values():
        for arc in place.arcs:
            if arc.edge not in taken and arc.edge.who in (Who.HOLDER, Who.INVITEE):
                taken.add(arc.edge)
                for who, wrong in by_others(place.record, arc.command, scope.world):
                    if not expectations((*place.way, wrong), scope)[-1].reply.ok:
                        yield _case("strangers", (*place.way, wrong), scope, f" by {who}")


def _arguments(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """Every edge, tried without one of the arguments that its operation must have, or with a number for an object."""
    taken = set()
    for place in places.values():
        for arc in place.arcs:
            if arc.edge not in taken:
                taken.add(arc.edge)
                for name, wrong in without(arc.command):
                    yield _case("arguments", (*place.way, wrong), scope, f" without {name}")
                for name, wrong in mistyped(arc.command):
                    yield _case("arguments", (*place.way, wrong), scope, f" with a number as {name}")


def _time(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """An invitation, and work that is left alone, a little before and a little after the time is over."""
    if Ability.TIME in scope.lacks:
        yield Case(f"{media}: time passes", "time", media, (), f"the driver lacks {Ability.TIME.value!r}")
        return
    for place in places.values():
        if place.record.invited or place.record.holders:
            limit = 30.0 if place.record.invited else 10_800.0
            for seconds in (limit - 5, limit + 5):
                script = (*place.way, Wait(seconds))
                after = played(script, scope).record(NAME)
                id = f"{media}: {place.record.state.value} -{seconds:g} s pass-> {after.state.value}"
                yield Case(id, "time", media, script)
            yield from _worked_on(media, place, Wait(limit - 5), scope)
    yield from _timed(media, places, scope)


def _timed(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    if Ability.TIME not in scope.lacks:
        for script, more in timed(media, places, scope):
            after = played(script, scope).center.interaction(NAME)
            state = "nothing" if after is None else after.state.value
            yield Case(f"{media}: time passes {more}-> {state}", "time", media, script)


def _worked_on(media: str, place: Place, wait: Wait, scope: Scope) -> Iterator[Case]:
    """The time of one who does something with it begins anew."""
    for arc in place.arcs if place.record.holders and not place.record.invited else ():
        if isinstance(arc.command, AttachUserData):
            id = f"{media}: {place.record.state.value} -{wait.seconds:g} s pass, twice, with work between-> as before"
            yield Case(id, "time", media, (*place.way, wait, arc.command, wait))


def _workbins(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """What comes into a workbin and goes is told to whoever has subscribed; and nobody else can take it out."""
    for script, more in stored(media, places, scope):
        yield _case("workbins", script, scope, f" {more}")


def _pairs(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """Every edge after every other, where it can be taken then. The second command is built for what the first left."""
    seen = set()
    for place in places.values():
        for arc in place.arcs:
            following = [each.edge for each in places[arc.target].arcs]
            if all((arc.edge, edge) in seen for edge in following):
                continue
            record = played((*place.way, arc.command), scope).record(NAME)
            for edge in following:
                second = next(iter(taking(record, edge, scope)), None)
                if second is not None and (arc.edge, edge) not in seen:
                    seen.add((arc.edge, edge))
                    case = _case("pairs", (*place.way, arc.command, second), scope)
                    first = f"{arc.edge.operation}, then "
                    yield changed(case, id=case.id.replace(": ", f": {first}", 1))


def _several(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """What is done to one interaction must not show in another."""
    for script, more in several(places, scope):
        yield _case("several", script, scope, f" {more}")


def _again(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """Every edge that can be taken again, three times: an implementation must not remember the first time."""
    taken = set()
    for here, place in places.items():
        for arc in place.arcs:
            back = ways(places, arc.target).get(here) if arc.edge not in taken else None
            if back is not None:
                taken.add(arc.edge)
                script = _taking(place.way, (arc.edge, *back, arc.edge, *back, arc.edge), scope)
                if script is not None:
                    yield _case("again", script, scope, " again")


def _taking(way: Script, edges: Iterable[Edge], scope: Scope) -> Script | None:
    """The way, and then these edges, each by a command that is built for what the one before has left."""
    model, script = played(way, scope), way
    for edge in edges:
        record = model.record(NAME)
        fitting = (each for each in taking(record, edge, scope) if applicable_edge(record, each, scope) is edge)
        asked = next(fitting, None)
        if isinstance(asked, Reply):
            asked = changed(asked, new_id=f"{NAME}+{len(script)}")
        if asked is None or not model.act(asked).reply.ok:
            return None
        script = (*script, asked)
    return script


def _generated(
    kind: str, generate: Callable[[str, Mapping[Situation, Place], Scope], Iterator[tuple[Script, str]]]
) -> Callable[[str, Mapping[Situation, Place], Scope], Iterator[Case]]:
    """The cases of scripts that a module of their own makes."""

    def cases(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
        for script, more in generate(media, places, scope):
            if all(isinstance(each, Wait | AtOnce) or scope.why_not(each) is None for each in script):
                yield changed(_case(kind, script, scope, more), media=media)

    return cases


def _races(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """Two commands at once, of which one takes the ground from under the other; and two changes of user data."""
    if Ability.CONCURRENCY in scope.lacks:
        yield Case(f"{media}: at once", "races", media, (), f"the driver lacks {Ability.CONCURRENCY.value!r}")
        return
    for script in races(places, scope):
        yield Case(expectations(script, scope)[-1].rule, "races", media, script, tries=TRIES)


_GENERATORS = {
    "tour": _tour, "forms": _forms, "cells": _cells, "strangers": _strangers, "arguments": _arguments, "time": _time,
    "workbins": _workbins, "several": _several, "again": _again, "races": _races, "pairs": _pairs,
    "values": _generated("values", values), "repeats": _generated("repeats", repeated),
    "crowds": _generated("crowds", crowds), "names": _generated("names", misnamed),
    "spelling": _generated("spelling", misspelled), "addresses": _generated("addresses", misaddressed),
}  # fmt: skip


def _case(kind: str, script: Script, scope: Scope, more: str = "") -> Case:
    last = expectations(script, scope)[-1]
    media = next(str(action.media) for action in script if isinstance(action, Submit | Create))
    after = last.after if last.edge is not None else None
    asked = None if after is None else probe(after, scope)
    id = f"{last.rule}{more}"
    return Case(id, kind, media, script if asked is None else (*script, asked), has_probe=asked is not None)


# === as JSON ========================================================================================================


def as_json(cases: Iterable[Case], scope: Scope) -> dict[str, Any]:
    """The cases for implementers in other languages: each action, with the reply, the views and the messages."""
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


def _steps(case: Case, scope: Scope) -> Iterator[dict[str, Any]]:
    model = Model(scope)
    for action in case.script:
        expected = model.act(action)
        step: dict[str, Any] = {"do": action_to_json(action)}
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


def _outcomes(action: AtOnce, way: Script, scope: Scope) -> Iterator[dict[str, Any]]:
    """For each order of the lanes: which operations are done, and what agents are shown after them."""
    for order in permutations(range(len(action.lanes))):
        model = played(way, scope)
        done = [model.act(each).reply.ok for lane in order for each in action.lanes[lane]]
        views = {agent.id: _view(model, agent.id) for agent in scope.world.agents}
        yield {"order": list(order), "ok": done, "views": views}


def _view(model: Model, agent: str) -> dict[str, Any] | None:
    sight = model.sight(NAME)
    seen = None if sight is None else sight.shown.get(agent)
    return None if seen is None else _plain(seen)


def _plain(value: Any) -> dict[str, Any]:
    """The fields of a value that say something, as JSON data."""
    fields = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    return {camel(name): _json(each) for name, each in fields.items() if each is not None}


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value


def snake(name: str) -> str:
    """A field as Python spells it, whichever way it is given."""
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


def _request(action: Action, scope: Scope) -> dict[str, Any] | None:
    """The documented request, where there is one."""
    if isinstance(action, Wait | AtOnce):
        return None
    try:
        written = gws.request(action, definition=scope.definition)
    except (gws.MessageError, ValueError):
        return None
    return {"method": written.method, "path": written.path, "body": written.body, "user": written.user}


def action_to_json(action: Action) -> dict[str, Any]:
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


def action_from_json(said: Mapping[str, Any]) -> Action:
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
