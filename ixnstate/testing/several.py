"""Scripts of several interactions that go the same way: what is done to one must not show in another."""

from collections.abc import Iterator, Mapping

from ixnstate.commands import AddInteraction, Command, Create, PullInteraction, Submit
from ixnstate.definition import Edge
from ixnstate.testing.differing import Script
from ixnstate.testing.explorer import NAME, Place, Situation
from ixnstate.testing.forms import Scope, taking
from ixnstate.testing.model import Action
from ixnstate.values import changed

NAMES = (NAME, "x2", "x3")


def several(places: Mapping[Situation, Place], scope: Scope) -> Iterator[tuple[Script, str]]:
    """The scripts of a medium, each with what it is about besides its last action."""
    seen = set()
    for place in places.values():
        for command, edge in _own(place, scope):
            key = edge, command.agent_group if isinstance(command, AddInteraction) else None
            if key not in seen:
                seen.add(key)
                yield from (
                    _in_workbin(place, command) if isinstance(command, AddInteraction) else _beside(place, command)
                )


def _own(place: Place, scope: Scope) -> Iterator[tuple[Command, Edge]]:
    """What the only holder can do with it."""
    for arc in place.arcs if len(place.record.holders) == 1 else ():
        for command in taking(place.record, arc.edge, scope):
            if getattr(command, "owner", None) is None:
                yield command, arc.edge


def _beside(place: Place, command: Command) -> Iterator[tuple[Script, str]]:
    """Two stand alike, and something is done to the second."""
    yield (*named(place.way, NAMES[0]), *named((*place.way, command), NAMES[1])), "beside another"


def _in_workbin(place: Place, put: AddInteraction) -> Iterator[tuple[Script, str]]:
    """Three lie in the same workbin, and the second is taken out."""
    stored = tuple(action for name in NAMES for action in named((*place.way, put), name))
    pulled = PullInteraction(by=put.by, workbin=put.workbin, agent_group=put.agent_group, interaction=NAMES[1])
    whose = "of their own" if put.agent_group is None else "of a group"
    yield stored, f"{whose}, after two others"
    yield (*stored, pulled), f"{whose}, between two others"
    back = changed(put, interaction=NAMES[0])
    yield (*stored, changed(pulled, interaction=NAMES[0]), back), f"{whose}, put back after two others"


def named(script: Script, name: str) -> Script:
    """The same actions on an interaction of another name."""
    return tuple(_of(action, name) for action in script)


def _of(action: Action, name: str) -> Action:
    if isinstance(action, Submit | Create):
        return changed(action, new_id=name, user_data={**(action.user_data or {}), "number": name})
    if isinstance(action, Command) and action.interaction == NAME:
        return changed(action, interaction=name)
    return action
