"""Testing the mirror that a client keeps: messages go in, and what it would show its agent comes out.

The server is the reference. Every agent has a mirror; it is given each message that the agent is sent, and after every
action it must show what the agent is shown by the server.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ixnstate import gws
from ixnstate.center import Outcome
from ixnstate.definition import Definition
from ixnstate.model import View
from ixnstate.table import GWS
from ixnstate.testing.drivers import WORLD, DriverError, Seen, Told, World
from ixnstate.testing.inprocess import InProcessDriver
from ixnstate.values import EMPTY, FrozenDict, brief, changed
from ixnstate.vocabulary import State


class Mirror(Protocol):
    """What a client believes its agent to see. Write an adapter of this shape for yours."""

    def take(self, frame: dict[str, Any], /) -> Any:
        """A message as CometD brings it: an object with ``channel`` and ``data``."""

    def view(self, interaction: str, /) -> Any:
        """What is shown now: None if nothing; a `Seen`, a View, or a mapping with state, capabilities, userData."""


class MirrorDriver(InProcessDriver):
    """The reference as the server, and a mirror for each agent, made by ``new_mirror(agent)``.

    Views are the mirrors'. User data are compared if the last message about them told what they are. With ``twice``
    every message is delivered a second time, which must change nothing.
    """

    def __init__(
        self,
        new_mirror: Callable[[str], Mirror],
        world: World = WORLD,
        *,
        definition: Definition = GWS,
        twice: bool = False,
    ) -> None:
        self.new_mirror = new_mirror
        self.twice = twice
        super().__init__(world, definition=definition)

    def reset(self) -> None:
        """New mirrors, and a contact centre with nothing in it."""
        super().reset()
        self.mirrors = {agent.id: self.new_mirror(agent.id) for agent in self.world.agents}
        self._told_data: dict[tuple[str, str], FrozenDict] = {}
        self._told: dict[tuple[str, str], Told] = {}

    def told(self, outcome: Outcome) -> None:
        """Keep what agents are sent, and give it to their mirrors."""
        before = len(self.sent)
        super().told(outcome)
        for each in self.sent[before:]:
            if each.interaction is not None and each.state is not None:
                self._told[each.agent, each.interaction] = each
            if each.interaction is not None and each.user_data is not None:
                self._told_data[each.agent, each.interaction] = FrozenDict(each.user_data)
        for sent in gws.notifications(outcome, definition=self.definition):
            for _ in range(1 + self.twice):
                self.mirrors[sent.agent].take(sent.frame())

    def view(self, interaction: str, agent: str, /) -> Seen | None:
        """What the agent's mirror shows."""
        seen = self._seen(self.mirrors[agent].view(interaction))
        record = self.center.interaction(interaction)
        if record is not None and agent not in record.holders and self._looks_held(interaction, agent):
            return None
        is_known = record is not None and self._told_data.get((agent, interaction), EMPTY) == record.user_data
        return seen if seen is None or is_known else changed(seen, user_data=None)

    def _looks_held(self, interaction: str, agent: str) -> bool:
        """Whether no message told that a draft was given away: not every page shows to whom it is assigned."""
        last = self._told.get((agent, interaction))
        return last is not None and last.state == State.COMPOSING and "assignedTo" not in (last.details or {})

    def _seen(self, shown: Any) -> Seen | None:
        match shown:
            case None | Seen():
                return shown
            case View():
                return Seen(str(shown.state), shown.capabilities)
            case Mapping() if isinstance(shown.get("state"), str):
                names = shown.get("capabilities")
                return Seen(shown["state"], None if names is None else tuple(names), shown.get("userData"))
        raise DriverError(
            f"view of a mirror gave {brief(shown)}; it must give None, a Seen, a View, or a mapping with a state"
        )
