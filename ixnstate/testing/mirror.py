"""Testing the mirror that a client keeps: messages go in, and what it would show its agent comes out.

The server is the reference. Every agent has a mirror; it is given each message that the agent is sent, and after every
action it must show what the agent is shown by the server. With ``losing`` connections are lost besides, and mirrors ask
anew; the answers to their GETs are older or newer than the messages that come meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from ixnstate import gws
from ixnstate.center import Outcome
from ixnstate.definition import Definition
from ixnstate.model import View
from ixnstate.table import GWS
from ixnstate.testing.drivers import WORLD, DriverError, Seen, Told, World
from ixnstate.testing.inprocess import InProcessDriver
from ixnstate.values import EMPTY, FrozenDict, Json, brief, changed, expect
from ixnstate.vocabulary import State

INTERACTIONS = "/api/v2/me/interactions?fields=*"
"""What a mirror asks for that has missed something."""

Get: TypeAlias = Callable[[str], object]
"""The body of the answer to a GET, by its path. Messages may be taken before it gives back."""


class Mirror(Protocol):
    """What a client believes its agent to see. Write an adapter of this shape for yours.

    For ``losing`` it has a third method, ``reconnect(get)``: the connection was lost and is there again, and whatever
    was missed must be asked for. While ``get`` works, messages are taken.
    """

    def take(self, frame: dict[str, object], /) -> Any:
        """A message as CometD brings it: an object with ``channel`` and ``data``."""

    def view(self, interaction: str, /) -> Any:
        """What is shown now: None if nothing; a `Seen`, a View, or a mapping with state, capabilities, userData."""


class MirrorDriver(InProcessDriver):
    """The reference as the server, and a mirror for each agent, made by ``new_mirror(agent)``.

    Views are the mirrors'. User data are compared if the last message about them told what they are. With ``twice``
    every message is delivered a second time, which must change nothing. With ``losing`` every so many times that agents
    are told something their connections break: one time the first message is lost, and the answer to the GET is newer
    than the others, which come meanwhile; the other time it is older than all of them.
    """

    def __init__(
        self,
        new_mirror: Callable[[str], Mirror],
        world: World = WORLD,
        *,
        definition: Definition = GWS,
        twice: bool = False,
        losing: int | None = None,
    ) -> None:
        expect("new_mirror", new_mirror, Callable)
        self.new_mirror = new_mirror
        self.twice = twice
        self.losing = losing
        self._times = 0
        """How many times agents were told something."""
        super().__init__(world, definition=definition)

    def reset(self) -> None:
        """New mirrors, and a contact centre with nothing in it."""
        super().reset()
        self.mirrors = {agent.id: self.new_mirror(agent.id) for agent in self.world.agents}
        self._told_data: dict[tuple[str, str], FrozenDict] = {}
        self._told: dict[tuple[str, str], Told] = {}
        self._shown: dict[str, object] = {}
        """What a GET would have shown each agent before that."""

    def told(self, outcome: Outcome) -> None:
        """Keep what agents are sent, and give it to their mirrors."""
        before = len(self.sent)
        super().told(outcome)
        for each in self.sent[before:]:
            if each.interaction is not None and each.state is not None:
                self._told[each.agent, each.interaction] = each
            if each.interaction is not None and each.user_data is not None:
                self._told_data[each.agent, each.interaction] = FrozenDict(each.user_data)
        frames: dict[str, list[dict[str, object]]] = {}
        for sent in gws.notifications(outcome, definition=self.definition):
            frames.setdefault(sent.agent, []).append(sent.frame())
        self._times += bool(frames)
        is_losing = self.losing is not None and frames and self._times % self.losing == 0
        for agent, coming in frames.items():
            if is_losing:
                older = self._shown.get(agent)
                self._reconnect(agent, coming[1:] if older is None else coming, older)
            else:
                self._deliver(agent, coming)
        is_next = self.losing is not None and (self._times + 1) % (2 * self.losing) == 0
        self._shown = {agent: self._get(agent, INTERACTIONS) for agent in self.mirrors} if is_next else {}

    def _deliver(self, agent: str, frames: Iterable[dict[str, object]]) -> None:
        for frame in frames:
            for _ in range(1 + self.twice):
                self.mirrors[agent].take(frame)

    def _reconnect(self, agent: str, meanwhile: list[dict[str, object]], older: object) -> None:
        """``older`` is what the first GET of all interactions is answered, if not what is shown now."""
        reconnect = getattr(self.mirrors[agent], "reconnect", None)
        if reconnect is None:
            raise DriverError("a mirror that is to lose connections must have a method reconnect(get)")
        answers = [] if older is None else [older]

        def get(path: str) -> Json:
            coming, meanwhile[:] = [*meanwhile], []
            self._deliver(agent, coming)
            return answers.pop() if answers and path == INTERACTIONS else self._get(agent, path)

        reconnect(get)
        self._deliver(agent, meanwhile)

    def _get(self, agent: str, path: str) -> object:
        return gws.handle(self.center, gws.Request("GET", path, user=agent)).body

    def view(self, interaction: str, agent: str, /) -> Seen | None:
        """What the agent's mirror shows."""
        if not isinstance(agent, str) or agent not in self.mirrors:
            return None
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

    def _seen(self, shown: object) -> Seen | None:
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
