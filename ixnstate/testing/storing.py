"""Scripts about workbins: who is told when something comes and goes, and who cannot take it out.

Where an interaction lies, and who has subscribed, decides no edge; so no way to a situation goes through these.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ixnstate.commands import AddInteraction, PullInteraction, Subscribe, Unsubscribe
from ixnstate.model import Interaction
from ixnstate.testing.differing import Script
from ixnstate.testing.drivers import Ability
from ixnstate.testing.explorer import NAME, Place, Situation
from ixnstate.testing.forms import Scope, by_others, out_of_another, taking
from ixnstate.testing.misnamed import UNKNOWN_WORKBIN
from ixnstate.testing.model import played
from ixnstate.values import Json, changed


def stored(media: str, places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """The scripts of a medium, each with what it is about besides its last action."""
    seen = set()
    for place in places.values():
        for command in _puts(place, scope):
            if command.agent_group not in seen:
                seen.add(command.agent_group)
                yield from _of_one(place.way, command, scope)


def _puts(place: Place, scope: Scope) -> Iterator[AddInteraction]:
    """The commands by which the only holder puts it into a workbin of their own, or of their group."""
    for arc in place.arcs if len(place.record.holders) == 1 else ():
        for command in taking(place.record, arc.edge, scope):
            if isinstance(command, AddInteraction) and command.owner is None:
                yield command


def _of_one(way: Script, put: AddInteraction, scope: Scope) -> Iterator[tuple[Script, str]]:
    whose = "of their own" if put.agent_group is None else "of a group"
    subscribed, unsubscribed = _subscriptions(put, scope)
    if subscribed:
        yield (*subscribed, *way, put), f"{whose}, with subscribers"
        yield (*subscribed, *subscribed, *way, put), f"{whose}, subscribed twice"
        yield (*subscribed, *unsubscribed, *way, put), f"{whose}, unsubscribed"
        yield (*subscribed, *subscribed, *unsubscribed, *way, put), f"{whose}, subscribed twice and unsubscribed once"
        yield from _of_several(subscribed, way, put, whose, scope)
        yield from _not_subscribed(way, put, whose, scope)
    before = (*subscribed, *way, put)
    record = played(before, scope).record(NAME)
    for edge in scope.definition.edges(record.media):
        if edge.source is record.state:
            for command in list(taking(record, edge, scope))[:1]:
                yield (*before, command), f"{whose}"
                yield from _wrong(before, record, command, whose, scope)


def _of_several(
    subscribed: Script, way: Script, put: AddInteraction, whose: str, scope: Scope
) -> Iterator[tuple[Script, str]]:
    """Whoever has subscribed to one workbin and another is told of both; and who ends one goes on being told of it."""
    type = "Agent" if put.agent_group is None else "AgentGroup"
    other = next((each for each in scope.world.of_type(type) if each != put.workbin), None)
    if other is None:
        return
    first = subscribed[0]
    assert isinstance(first, Subscribe)
    second = changed(first, workbin=other)
    ended = Unsubscribe(by=first.by, workbin=other, agent_group=first.agent_group)
    yield (*subscribed, second, *way, put), f"{whose}, with another subscription after it"
    yield (second, *subscribed, *way, put), f"{whose}, with another subscription before it"
    yield (*subscribed, second, ended, *way, put), f"{whose}, when another subscription has ended"
    yield (*subscribed, second, *way, changed(put, workbin=other)), f"{whose}, the other of two"
    both = changed(first, workbin=None, workbins=(other, put.workbin))
    yield (both, *way, put), f"{whose}, with a subscription to two at once"
    if len(subscribed) > 1:
        gone = Unsubscribe(by=first.by, workbin=put.workbin, agent_group=first.agent_group)
        yield (*subscribed, gone, *way, put), f"{whose}, when another agent has unsubscribed"


def _not_subscribed(way: Script, put: AddInteraction, whose: str, scope: Scope) -> Iterator[tuple[Script, str]]:
    """Who may not subscribe, and to what: it is refused, and they are told nothing."""
    world, group = scope.world, put.agent_group
    asked = Subscribe(by=put.by, workbin=put.workbin, agent_group=group)
    yield (changed(asked, workbin=UNKNOWN_WORKBIN), *way, put), f"{whose}, subscribed to another that is not there"
    if group is None:
        other = next(each for each in world.workers if each != put.by)
        yield (changed(asked, by=other), *way, put), f"{whose}, with a subscription of another agent to their own"
        return
    for by in world.outsiders[:1]:
        for name in (group, world.group_of(by)):
            which = "that group's" if name == group else "their own group's"
            yield (
                (changed(asked, by=by, agent_group=name), *way, put),
                f"{whose}, with a subscription of no member to {which}",
            )


def _subscriptions(put: AddInteraction, scope: Scope) -> tuple[Script, Script]:
    """Those who can see into the workbin subscribe, two at most; and the last of them no longer."""
    if Ability.NOTIFICATIONS in scope.lacks:
        return (), ()
    world = scope.world
    members = [each for each in world.workers if world.group_of(each) == put.agent_group][:2]
    about: dict[str, Json] = {"workbin": put.workbin, "agent_group": put.agent_group}
    watchers = [put.by] if put.agent_group is None else members
    return tuple(Subscribe(by=each, **about) for each in watchers), (Unsubscribe(by=watchers[-1], **about),)


def _wrong(before: Script, record: Interaction, command: Any, whose: str, scope: Scope) -> Iterator[tuple[Script, str]]:
    """Pulled by whoever cannot reach the workbin, and out of another one."""
    if isinstance(command, PullInteraction):
        if command.agent_group is None:
            for _, wrong in by_others(record, command, scope.world):
                yield (*before, wrong), f"{whose}, by another agent"
        else:
            for by in (*((scope.world.supervisor,) if scope.world.supervisor else ()), *scope.world.outsiders[:1]):
                yield (*before, changed(command, by=by)), f"{whose}, by no member"
            for by in scope.world.outsiders[:1]:
                own = scope.world.group_of(by)
                yield (*before, changed(command, by=by, agent_group=own)), f"{whose}, out of another group's"
        other = out_of_another(command, scope.world)
        if other is not None:
            yield (*before, other), f"{whose}, out of another"
