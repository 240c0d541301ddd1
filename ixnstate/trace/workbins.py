"""What agents are told of the content of workbins, and whether it fits together.

Whoever is subscribed to a workbin is told of each item that comes or goes: for them, an item comes and goes in turns.
Others are told nothing, so each agent's messages are held against each other only, from the first one about an item
on; and nothing is known any more once their subscription has changed. A message without an agent may be a copy of
another agent's, and shows nothing.
"""

from collections.abc import Iterable, Mapping

from ixnstate.trace import wording
from ixnstate.trace.facts import Instance, Placed
from ixnstate.trace.findings import Finding
from ixnstate.trace.wording import Misplaced

MAX_ITEMS = 10_000
"""How many items of a workbin are remembered for an agent; the one that was told first is forgotten."""


MAX_PLACES = 100_000
"""Of how many workbins is remembered what each agent was told of them; beyond that the first is forgotten."""


class Workbins:
    """What each agent knows to be in each workbin, or to have left it. Unless it ``is_judged``, nothing is known."""

    def __init__(self, *, is_judged: bool = True) -> None:
        self._is_judged = is_judged
        self._told: dict[tuple[str, Instance], dict[str, bool]] = {}
        self._places: dict[tuple[str, str], Instance] = {}

    def take(self, line: Placed) -> list[Finding]:
        """What is wrong with what a message says of a workbin."""
        fault = self.change(line)
        return [] if fault is None else [wording.misplaced(line.source.recorded, str(line.interaction), *fault)]

    def fits(self, line: Placed) -> bool:
        """Whether nothing would be wrong with it."""
        if line.agent is None or line.interaction is None or not self._is_judged:
            return True
        was_in = self._told.get((line.agent, line.workbin), {}).get(line.interaction)
        if not line.comes:
            return was_in is not False
        return not was_in and self._places.get((line.agent, line.interaction)) in (None, line.workbin)

    def change(self, line: Placed) -> tuple[Misplaced, str] | None:
        """Remember what a message says of a workbin. What is wrong with it, and of which workbin."""
        agent, about, interaction, comes = line.agent, line.workbin, line.interaction, line.comes
        if agent is None or not self._is_judged:
            return None
        if interaction is None:
            self._forget(agent, about)
            return None
        if (agent, about) not in self._told and len(self._told) >= MAX_PLACES:
            self._forget(*next(iter(self._told)))
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
            return ("removed already", str(about)) if was_in is False else None
        if was_in:
            return "added already", str(about)
        if place is not None and place != about:
            for each in (place, about):
                self._told[agent, each].pop(interaction, None)
            del self._places[agent, interaction]
            return "added elsewhere", str(place)
        return None

    def _forget(self, agent: str, about: Instance) -> None:
        for interaction in self._told.pop((agent, about), ()):
            if self._places.get((agent, interaction)) == about:
                del self._places[agent, interaction]

    # --- from one run to the next -----------------------------------------------------------------------------------

    def save(self) -> list[tuple[str, list[str | None], dict[str, bool]]]:
        """What is known, as plain JSON."""
        return [(agent, list(about), items) for (agent, about), items in self._told.items() if items]

    def resume(self, told: Iterable[tuple[str, Instance, Mapping[str, bool]]]) -> None:
        """Go on with what another one knew."""
        for agent, about, items in told:
            self._told[agent, about] = dict(items)
            self._places.update({(agent, item): about for item, is_in in items.items() if is_in})
