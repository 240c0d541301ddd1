"""A driver over its own contact centre, in this process: the reference, and the example."""

from collections.abc import Collection
from threading import RLock

from ixnstate.center import ContactCenter, Outcome
from ixnstate.commands import Command, Submit
from ixnstate.definition import Definition
from ixnstate.model import WorkbinPlace
from ixnstate.table import GWS
from ixnstate.testing.drivers import CROWDED, Ability, Driver, Reply, Seen, Told, World
from ixnstate.testing.forms import as_read
from ixnstate.testing.observing import Sights, told_by
from ixnstate.values import expect


class InProcessDriver(Driver):
    """Asks an `ixnstate.ContactCenter`. Override a method to see what the kit says of a wrong implementation."""

    lacks: Collection[Ability | str] = ()

    def __init__(self, world: World = CROWDED, *, definition: Definition = GWS) -> None:
        expect("world", world, World)
        self.world = world
        self.definition = definition
        self.lock = RLock()
        """A contact centre is not for several threads at once."""
        self._sights = Sights()
        self.reset()

    def reset(self) -> None:
        """A new centre."""
        self.center = self.new_center()
        self.sent: list[Told] = []

    def new_center(self) -> ContactCenter:
        """The centre: agents, workbins and queues of the world."""
        world = self.world
        return ContactCenter(world.agents, world.workbins, world.queues, definition=self.definition)

    def create(self, new: Submit, /) -> str:
        """Submit it under the id that it has."""
        expect("new", new, Submit)
        with self.lock:
            self.told(self.center.apply(new))
        return str(new.new_id)

    def offer(self, interaction: str, agent: str, /) -> None:
        """Offer it."""
        with self.lock:
            self.told(self.center.offer(interaction, agent))

    def perform(self, command: Command, /) -> Reply:
        """Apply the command."""
        with self.lock:
            outcome = self.center.apply(as_read(command))
            self.told(outcome)
        if outcome.refusal is not None:
            return Reply(False, outcome.status_code, why=str(outcome.refusal))
        created = None if outcome.created is None else outcome.created.id
        return Reply(True, outcome.status_code, outcome.reference_id, created)

    def told(self, outcome: Outcome) -> None:
        """Keep what agents are sent."""
        self.sent += told_by(outcome, self.definition)

    def view(self, interaction: str, agent: str, /) -> Seen | None:
        """Read it off the record."""
        record = self.center.interaction(interaction)
        if record is None or not isinstance(agent, str):
            return None
        return self._sights.of(record, self.definition).shown.get(agent)

    def content(self, place: WorkbinPlace, agent: str | None = None, /) -> tuple[str, ...]:
        """Ask the centre: it is the same for all who may ask."""
        return tuple(each.id for each in self.center.content(place))

    def interactions(self, agent: str, /) -> tuple[str, ...]:
        """Ask the centre."""
        return self.center.memory.hands.of(agent) if isinstance(agent, str) else ()

    def notifications(self) -> tuple[Told, ...]:
        """What was kept."""
        found, self.sent = tuple(self.sent), []
        return found

    def advance(self, seconds: float, /) -> None:
        """Advance the centre."""
        self.told(self.center.advance(seconds))
