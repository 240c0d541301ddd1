"""Scripts about time: what begins an agent's time anew, and what does not."""

from collections.abc import Iterator, Mapping

from ixnstate.commands import (
    Accept,
    AddInteraction,
    AttachUserData,
    Command,
    Consult,
    Invite,
    Offer,
    Reject,
    SendMessage,
    Submit,
)
from ixnstate.testing.differing import Script
from ixnstate.testing.explorer import NAME, Place, Situation, situation
from ixnstate.testing.forms import Scope, births
from ixnstate.testing.model import Wait, played
from ixnstate.testing.several import named
from ixnstate.values import Json, changed
from ixnstate.vocabulary import State

INVITATION, HANDLING = 30.0, 10_800.0
"""Seconds that an invitation is open, and that an interaction may be left alone (IxnLimits, 8.5.3)."""

MARGIN = 5.0

_NEARLY = Wait(HANDLING - MARGIN)
_OVER = Wait(2 * MARGIN)


def timed(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """The scripts of a medium, each ends with a wait, with what happened meanwhile; or with what comes too late."""
    yield from _too_late(places)
    yield from _invited_again(places, scope)
    place = next((each for each in places.values() if len(each.record.holders) == 1 and not each.record.invited), None)
    if place is None:
        return
    by = place.record.holders[0]
    about: dict[str, Json] = {"interaction": NAME, "media": media, "media_type": place.record.media_type}
    attach = AttachUserData(by=by, user_data={"key": "new"}, **about)
    yield (*place.way, _NEARLY, _OVER), "after it was only looked at"
    refused = Reject(by=by, **about)
    yield (*place.way, _NEARLY, refused, _OVER), "after a refused request"
    yield (*place.way, _NEARLY, attach, _OVER, Wait(HANDLING - 4 * MARGIN), _OVER), "after work, and then none"
    for operation, command in _in_place(place, by).items():
        yield (*place.way, _NEARLY, command, _OVER), f"after {operation}"
    yield from _by_user_data(media, scope)
    for arc in place.arcs:
        if isinstance(arc.command, AddInteraction) and arc.command.owner is None and arc.command.agent_group is None:
            stored = named((*place.way, arc.command), "x2")
            yield (*stored, *place.way, _NEARLY, _OVER), "while a workbin was looked at"
            break
    if any(type(arc.command) is Invite for arc in place.arcs):
        yield from _of_sessions(place, by, about, scope)


def _too_late(places: Mapping[Situation, Place]) -> Iterator[tuple[Script, str]]:
    """What an agent asks for whose invitation has run out, or from whom an interaction was taken."""
    invited = next((each for each in places.values() if each.record.invited and not each.record.holders), None)
    held = next((each for each in places.values() if each.record.holders and not each.record.invited), None)
    for place, limit in ((invited, INVITATION), (held, HANDLING)):
        if place is not None:
            (agent, *_) = (*place.record.invited, *place.record.holders)
            mine = [arc.command for arc in place.arcs if getattr(arc.command, "by", None) == agent]
            for command in {each.operation: each for each in mine}.values():
                yield (*place.way, Wait(limit + MARGIN), command), f"and then {command.operation}"


def _invited_again(places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """A second invitation to what waits in its queue lasts as long as the first, whoever is invited."""
    place = next((each for each in places.values() if each.record.invited and each.record.state is State.INVITED), None)
    if place is None:
        return
    (agent, *_), about = place.record.invited, {"interaction": NAME, "media": place.record.media}
    other = next(each for each in scope.world.workers if each != agent)
    rejected: Script = (*place.way, Wait(20), Reject(by=agent, media_type=place.record.media_type, **about))
    expired: Script = (*place.way, Wait(INVITATION + MARGIN))
    for before, what in ((rejected, "was rejected"), (expired, "had expired")):
        for invited in (agent, other):
            again: Script = (*before, Offer(agent=invited, **about), Wait(INVITATION - MARGIN))
            whom = "the same agent" if invited == agent else "another agent"
            more = f"after {whom} was invited, since the first invitation {what}"
            yield from _if_legal(again, more, scope)
            yield from _if_legal((*again, Wait(2 * MARGIN)), more, scope)


def _in_place(place: Place, by: str) -> dict[str, Command]:
    """By operation, what an agent may do with what they have, after which they have it as before."""
    same = [arc.command for arc in place.arcs if arc.target == situation(place.record)]
    mine = [each for each in same if getattr(each, "by", None) == by and not getattr(each, "target_agent", None)]
    return {each.operation: each for each in reversed(mine) if not isinstance(each, AttachUserData)}


def _by_user_data(media: str, scope: Scope) -> Iterator[tuple[Script, str]]:
    """The user-data key that overrides the handling timeout, in minutes."""
    agent = scope.world.workers[0]
    for birth in births(media, NAME, scope):
        data = {**(birth.user_data or {}), "handling-timeout": "2"}
        born: Script = (changed(birth, user_data=data),)
        if isinstance(birth, Submit):
            about: dict[str, Json] = {"interaction": NAME, "media": media}
            accept = Accept(by=agent, media_type=birth.media_type, **about)
            born = (*born, Offer(agent=agent, **about), accept)
        yield (*born, Wait(120 - MARGIN)), "with a handling-timeout of 2 minutes"
        yield (*born, Wait(120 + MARGIN)), "with a handling-timeout of 2 minutes"


def _of_sessions(place: Place, by: str, about: dict[str, Json], scope: Scope) -> Iterator[tuple[Script, str]]:
    """Each agent of a session has a time of their own; so has each invitation."""
    second, third = [each for each in scope.world.workers if each != by][:2]
    both: Script = (*place.way, Invite(by=by, target_agent=second, **about), Accept(by=second, **about))
    attach = AttachUserData(by=by, user_data={"key": "new"}, **about)
    speak = SendMessage(by=by, text="text", **about)
    for what, done in {"the other agent worked": attach, "the other agent spoke": speak}.items():
        yield from _if_legal((*both, _NEARLY, done, _OVER), what, scope)
    for kind in (Invite, Consult):
        first = Invite(by=by, target_agent=second, **about)
        again = kind(by=by, target_agent=third, **about)
        yield from _if_legal((*place.way, first, Wait(20), again, Wait(15)), f"another {kind.__name__}", scope)
    invite = Invite(by=by, target_agent=third, **about)
    rejected: Script = (*both, Wait(HANDLING - 4 * MARGIN), invite, Reject(by=third, **about), Wait(5 * MARGIN))
    yield from _if_legal(rejected, "an invitation was rejected", scope)
    waited: Script = (*place.way, Wait(HANDLING - 4 * MARGIN), Invite(by=by, target_agent=second, **about), Wait(10))
    left = (*waited, Reject(by=second, **about), Wait(HANDLING - 2 * MARGIN), _OVER)
    yield from _if_legal(left, "an invitation was rejected later", scope)


def _if_legal(script: Script, what: str, scope: Scope) -> Iterator[tuple[Script, str]]:
    """The script, unless something in it must be refused."""
    model = played((), scope)
    if all(model.act(action, telling=False).reply.ok for action in script):
        yield script, what
