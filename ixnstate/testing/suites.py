"""Generated cases, without randomness: every edge, every illegal cell, strangers, missing arguments, pairs of edges.

A case is a script, a way to a situation and one more action, with an id that can be read: ``workitem: Invited -Reject->
Queued``. What must come of each action is the model's to say (`expectations`), so the same cases serve pytest, the
command line, and as JSON whoever implements the lifecycle in another language.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from ixnstate.commands import (
    AttachUserData,
    Command,
    Create,
    Custom,
    Offer,
    Reply,
    Submit,
)
from ixnstate.definition import Edge
from ixnstate.graph import illegal_cells
from ixnstate.model import Interaction
from ixnstate.testing.contents import repeated, values
from ixnstate.testing.coverage import Universe, cell_name, edge_name
from ixnstate.testing.crowds import crowds
from ixnstate.testing.differing import Script
from ixnstate.testing.drivers import Ability
from ixnstate.testing.explorer import NAME, Place, Situation, explore, ways
from ixnstate.testing.forms import (
    Scope,
    at_whoever_has_it,
    by_others,
    illegal,
    mistyped,
    probe,
    taking,
    with_more,
    without,
)
from ixnstate.testing.misnamed import misaddressed, misnamed, misspelled
from ixnstate.testing.model import AtOnce, Expected, Model, Wait, applicable_edge, last_of, played
from ixnstate.testing.racing import races
from ixnstate.testing.several import several
from ixnstate.testing.storing import stored
from ixnstate.testing.timing import timed
from ixnstate.values import changed, each_of, expect, frozen
from ixnstate.vocabulary import State, Who

USUAL = (
    "tour", "cells", "strangers", "arguments", "names", "spelling", "addresses", "time", "workbins", "forms", "several",
    "again", "values", "repeats", "crowds", "races",
)  # fmt: skip
"""What is tried unless you say otherwise: all but the pairs, of which there are some thousands."""

KINDS = (*USUAL, "pairs")
"""What there is: the tour takes every edge; ``forms`` are its other commands and situations."""

_WITH_IT = Who.HOLDER, Who.INVITEE

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
    expect("scope", scope, Scope)
    chosen = {*each_of("kinds", kinds, str)}
    wanted = [kind for kind in KINDS if kind in chosen]
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
    """Every edge of a holder or an invitee, by an agent who is neither, or the other; and with one as its target."""
    taken = set()
    for place in places.values():
        for arc in place.arcs:
            if arc.edge not in taken and arc.edge.who in _WITH_IT:
                taken.add(arc.edge)
                for who, wrong in by_others(place.record, arc.command, scope.world):
                    if not last_of((*place.way, wrong), scope).reply.ok:
                        yield _case("strangers", (*place.way, wrong), scope, f" by {who}")
                for who, wrong in at_whoever_has_it(place.record, arc.command):
                    if not last_of((*place.way, wrong), scope).reply.ok:
                        yield _case("strangers", (*place.way, wrong), scope, f" to {who}")
    yield from _by_the_former(places, scope)


def _by_the_former(places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """What others may do with it now, by an agent out of whose hands it has gone."""
    taken = set()
    for place in places.values():
        for arc in place.arcs:
            if arc.edge in taken:
                continue
            after = played((*place.way, arc.command), scope).record(NAME)
            gone = [agent for agent in place.record.holders if agent not in (*after.holders, *after.invited)]
            if not gone or not (after.holders or after.invited):
                continue
            taken.add(arc.edge)
            for wrong in _one_of_each(after, [each.edge for each in places[arc.target].arcs], gone[0], scope):
                script = (*place.way, arc.command, wrong)
                if not last_of(script, scope).reply.ok:
                    yield _case("strangers", script, scope, f" by whoever had it before {arc.edge.operation}")


def _one_of_each(record: Interaction, edges: Iterable[Edge], by: str, scope: Scope) -> Iterator[Command]:
    """A command for each operation that these edges are for, by that agent."""
    commands = (next(iter(taking(record, edge, scope)), None) for edge in edges if edge.who in _WITH_IT)
    by_operation = {command.operation: command for command in commands if command is not None}
    return (changed(command, by=by) for command in by_operation.values())


def _arguments(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[Case]:
    """Every edge without an argument that it must have, with a number for an object, and with what it may have."""
    taken = set()
    for place in places.values():
        for arc in place.arcs:
            if arc.edge not in taken:
                taken.add(arc.edge)
                for name, wrong in without(arc.command):
                    yield _case("arguments", (*place.way, wrong), scope, f" without {name}")
                for name, wrong in mistyped(arc.command):
                    yield _case("arguments", (*place.way, wrong), scope, f" with a number as {name}")
                for name, more in with_more(arc.command, scope):
                    if scope.why_not(more) is None and last_of((*place.way, more), scope).reply.ok:
                        yield _case("arguments", (*place.way, more), scope, f", with {name}")


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
                asked = probe(after, scope)
                yield Case(
                    id, "time", media, script if asked is None else (*script, asked), has_probe=asked is not None
                )
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
        if asked is None or not model.act(asked, telling=False).reply.ok:
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
        yield Case(last_of(script, scope).rule, "races", media, script, tries=TRIES)


_GENERATORS = {
    "tour": _tour, "forms": _forms, "cells": _cells, "strangers": _strangers, "arguments": _arguments, "time": _time,
    "workbins": _workbins, "several": _several, "again": _again, "races": _races, "pairs": _pairs,
    "values": _generated("values", values), "repeats": _generated("repeats", repeated),
    "crowds": _generated("crowds", crowds), "names": _generated("names", misnamed),
    "spelling": _generated("spelling", misspelled), "addresses": _generated("addresses", misaddressed),
}  # fmt: skip


def _case(kind: str, script: Script, scope: Scope, more: str = "") -> Case:
    last = last_of(script, scope)
    media = next(str(action.media) for action in script if isinstance(action, Submit | Create))
    after = last.after if last.edge is not None else None
    asked = None if after is None else probe(after, scope)
    id = f"{last.rule}{more}"
    return Case(id, kind, media, script if asked is None else (*script, asked), has_probe=asked is not None)
