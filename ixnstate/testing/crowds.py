"""Scripts of many: a dozen interactions in a workbin, a dozen agents in a session, media side by side."""

from collections.abc import Iterator, Mapping

from ixnstate.commands import (
    Accept,
    AddInteraction,
    Invite,
    Leave,
    Offer,
    PullInteraction,
    SendMessage,
    Submit,
    UpdateUserData,
)
from ixnstate.testing.differing import Script
from ixnstate.testing.explorer import NAME, Place, Situation
from ixnstate.testing.forms import Scope, births, taking
from ixnstate.testing.several import named
from ixnstate.values import Json
from ixnstate.vocabulary import Family

DOZEN = 12


def crowds(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """The scripts of a medium, each with what it is about. What costs much is done for one medium of each family."""
    family = scope.definition.medium(media).family
    first = next(each for each in scope.media if scope.definition.medium(each).family is family)
    if media == first:
        yield from _in_workbins(places, scope)
        yield from _in_hands(media, places)
        if family is Family.SESSIONS and scope.world.crowd:
            yield from _in_session(media, places, scope)
    yield from _beside(media, places, scope)


def _in_workbins(places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """A dozen in a workbin; one from the middle is pulled, and the first."""
    seen: set[str | None] = set()
    for place in places.values():
        for arc in place.arcs if len(place.record.holders) == 1 else ():
            for put in taking(place.record, arc.edge, scope):
                if isinstance(put, AddInteraction) and put.owner is None and put.agent_group not in seen:
                    seen.add(put.agent_group)
                    names = [f"x{number}" for number in range(1, DOZEN + 1)]
                    stored = tuple(action for name in names for action in named((*place.way, put), name))
                    pulled = tuple(
                        PullInteraction(by=put.by, workbin=put.workbin, agent_group=put.agent_group, interaction=name)
                        for name in (names[DOZEN // 2], names[0])
                    )
                    whose = "one's own workbin" if put.agent_group is None else "a group's workbin"
                    yield (*stored, *pulled), f", a dozen in {whose}"


def _in_hands(media: str, places: Mapping[Situation, Place]) -> Iterator[tuple[Script, str]]:
    """A dozen that one agent holds; then they work on the first, and on the last."""
    place = _held(places)
    if place is None:
        return
    names = [f"x{number}" for number in range(1, DOZEN + 1)]
    script = tuple(action for name in names for action in named(place.way, name))
    about: dict[str, Json] = {"by": place.record.holders[0], "media": media, "media_type": place.record.media_type}
    for name in (names[0], names[-1]):
        yield (
            (*script, UpdateUserData(user_data={"key": "of a dozen"}, interaction=name, **about)),
            ", a dozen of an agent",
        )


def _in_session(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """As many agents as there are, one after the other; then one speaks, and one leaves."""
    place = next((each for each in places.values() if any(type(arc.command) is Invite for arc in each.arcs)), None)
    if place is None or not place.record.holders:
        return
    first, script = place.record.holders[0], place.way
    about: dict[str, Json] = {"interaction": NAME, "media": media}
    others = [each for each in (*scope.world.workers, *scope.world.crowd) if each != first][: DOZEN - 1]
    for agent in others:
        script = (*script, Invite(by=first, target_agent=agent, **about), Accept(by=agent, **about))
    yield (*script, SendMessage(by=first, text="text", **about)), ", a dozen agents"
    yield (*script, Leave(by=others[-1], **about)), ", a dozen agents"


def _beside(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """Another interaction of the same agent: what is done to one is not done to the other."""
    place = _held(places)
    if place is None:
        return
    other = next((each for each in scope.media if each != media and _can_begin(each, scope)), None)
    if other is None:
        return
    beside = next(iter(births(other, "x2", scope)))
    way: Script = (beside,)
    by = place.record.holders[0]
    if isinstance(beside, Submit):
        way = (beside, Offer(agent=by, interaction="x2", media=other), Accept(by=by, interaction="x2", media=other,
               media_type=beside.media_type))  # fmt: skip
    seen: set[str] = set()
    for arc in place.arcs:
        if getattr(arc.command, "by", None) == by and arc.edge.operation not in seen:
            seen.add(arc.edge.operation)
            yield (*way, *place.way, arc.command), f", beside {other}"
    about: dict[str, Json] = {"interaction": NAME, "media": media, "media_type": place.record.media_type}
    change = UpdateUserData(by=by, user_data={"key": "one of two"}, **about)
    yield (*way, *place.way, change), f", beside {other} of the same agent"


def _held(places: Mapping[Situation, Place]) -> Place | None:
    return next((each for each in places.values() if len(each.record.holders) == 1 and not each.record.invited), None)


def _can_begin(media: str, scope: Scope) -> bool:
    return any(True for _ in births(media, "x2", scope))
