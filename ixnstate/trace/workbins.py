"""What agents are told of the content of workbins, and whether it fits together.

Whoever is subscribed to a workbin is told of each item that comes or goes: for them, an item comes and goes in turns.
Others are told nothing, so each agent's messages are held against each other only, from the first one about an item
on; and nothing is known any more once their subscription has changed. A message without an agent may be a copy of
another agent's, and shows nothing.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ixnstate.gws import Message
from ixnstate.gws.messages import WorkbinStateChange, WorkbinSubscription
from ixnstate.recording.records import Recorded
from ixnstate.trace import wording
from ixnstate.trace.findings import Finding

MAX_ITEMS = 10_000
"""How many items of a workbin are remembered for an agent; the one that was told first is forgotten."""


class Instance(NamedTuple):
    """A workbin that has items: one of a group, or an agent's or a place's, which messages do not tell apart."""

    workbin: str
    agent_group: str | None
    place_group: str | None

    def __str__(self) -> str:
        return " of ".join(filter(None, self))


def instance(message: Message) -> Instance | None:
    """The workbin that a message about its content or its subscription is about; None for any other message."""
    if isinstance(message, WorkbinStateChange | WorkbinSubscription) and message.workbin is not None:
        return Instance(message.workbin, message.agent_group, message.place_group)
    return None


class Workbins:
    """What each agent knows to be in each workbin, or to have left it."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, Instance], dict[str, bool]] = {}
        self._places: dict[tuple[str, str], Instance] = {}

    def take(self, recorded: Recorded, message: Message) -> Iterator[Finding]:
        """What is wrong with a message, if it is about a workbin."""
        about, agent, interaction = instance(message), recorded.agent, message.interaction_id
        if about is None or agent is None:
            return
        if isinstance(message, WorkbinSubscription):
            self._forget(agent, about)
        elif interaction is not None and message.action in ("ItemAdded", "ItemRemoved"):
            finding = self._change(recorded, agent, about, interaction, comes=message.action == "ItemAdded")
            if finding is not None:
                yield finding

    def _change(
        self, recorded: Recorded, agent: str, about: Instance, interaction: str, *, comes: bool
    ) -> Finding | None:
        """Remember a change. What is wrong with it."""
        items = self._told.setdefault((agent, about), {})
        was_in, place = items.pop(interaction, None), self._places.get((agent, interaction))
        if len(items) >= MAX_ITEMS:
            self._places.pop((agent, next(iter(items))), None)
            del items[next(iter(items))]
        items[interaction] = comes
        if comes:
            self._places[agent, interaction] = about
        elif place == about:
            del self._places[agent, interaction]
        if not comes:
            return wording.not_in_workbin(recorded, interaction, str(about)) if was_in is False else None
        if was_in:
            return wording.in_workbin_already(recorded, interaction, str(about))
        if place is not None and place != about:
            for each in (place, about):
                self._told[agent, each].pop(interaction, None)
            del self._places[agent, interaction]
            return wording.in_another_workbin(recorded, interaction, str(place))
        return None

    def _forget(self, agent: str, about: Instance) -> None:
        for interaction in self._told.pop((agent, about), ()):
            if self._places.get((agent, interaction)) == about:
                del self._places[agent, interaction]

    # --- from one run to the next -----------------------------------------------------------------------------------

    def save(self) -> list[Any]:
        """What is known, as plain JSON."""
        return [[agent, list(about), items] for (agent, about), items in self._told.items() if items]

    def resume(self, said: Any) -> None:
        """Go on with what another one knew."""
        for agent, about, items in said:
            self._told[agent, Instance(*about)] = dict(items)
            self._places.update({(agent, each): Instance(*about) for each, is_in in items.items() if is_in})
