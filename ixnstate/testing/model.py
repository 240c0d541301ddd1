"""The model: a contact centre of the definition, in the driver's world. It says what must come of each action.

An action is a command that names its interaction, a `Wait`, or several commands that overlap (`AtOnce`). Interactions
have short names here, such as ``x1``; the bench knows which ids they have in the implementation.
"""

from collections.abc import Iterable
from typing import TypeAlias

import attrs

from ixnstate.center import ContactCenter, Outcome
from ixnstate.center.supposing import supposing
from ixnstate.commands import Command, Create, Offer, Reply, Revoke, Stop, Submit
from ixnstate.definition import Edge
from ixnstate.events import EVENTS, Event, StateChanged
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import Refusal
from ixnstate.stepping import applicable
from ixnstate.testing import drivers
from ixnstate.testing.drivers import Told
from ixnstate.testing.forms import Scope, as_read
from ixnstate.testing.observing import Sight, Sights, told_by
from ixnstate.values import changed, each_of, expect, frozen, short
from ixnstate.vocabulary import State


@frozen
class Wait:
    """Time passes: an action, as commands are."""

    seconds: float


@frozen
class AtOnce:
    """Operations on one interaction that overlap. Each lane is one party's: its operations follow each other."""

    lanes: tuple[tuple[Command, ...], ...]

    @property
    def commands(self) -> tuple[Command, ...]:
        """Lane after lane."""
        return tuple(command for lane in self.lanes for command in lane)

    @property
    def interaction(self) -> str:
        """What all of them act on."""
        return str(self.commands[0].interaction)


Action: TypeAlias = Command | Wait | AtOnce


@frozen
class Expected:
    """What must come of an action: the reply, what agents are told, and the rule behind it."""

    action: Action
    reply: drivers.Reply
    told: tuple[Told, ...]
    before: Interaction | None = None
    after: Interaction | None = None
    edge: Edge | None = None
    refusal: Refusal | None = attrs.field(default=None, eq=False)

    @property
    def source(self) -> str:
        """Who says so: the page behind the edge, or why it is refused."""
        if self.edge is not None:
            return f"{self.edge.page}: {self.edge.evidence.value}"
        if self.refusal is not None:
            return f"{self.refusal}"
        if isinstance(self.action, Wait):
            return "IxnLimits (8.5.3): documented"
        if isinstance(self.action, AtOnce):
            return (
                "whatever overlaps has an order, in which each operation is done or refused: inferred "
                "(a driver that cannot be asked for two things at once lacks 'concurrency')"
            )
        return "the lifecycle: an interaction begins so"

    @property
    def rule(self) -> str:
        """The rule's name: ``workitem: Invited -Reject-> Queued``."""
        if isinstance(self.action, Wait):
            return f"time: {self.action.seconds:g} s pass"
        if isinstance(self.action, AtOnce):
            assert self.before is not None
            return f"{self.before.media}: {self.before.state.value}: {self._named()} at once"
        name = self.action.operation
        if self.before is None:
            media = getattr(self.action, "media", None) or "workbin"
            return f"{media}: {name}"
        start = f"{self.before.media}: {self.before.state.value} -{name}->"
        if self.refusal is not None or self.after is None:
            return f"{start} refused"
        condition = "" if self.edge is None or self.edge.when.name == "ALWAYS" else f" ({self.edge.when.value})"
        return f"{start} {self.after.state.value}{condition}"

    def _named(self) -> str:
        """The operations that overlap, with their agents."""
        assert isinstance(self.action, AtOnce)
        lanes = [", then ".join(each.operation for each in lane) for lane in self.action.lanes]
        agents = [getattr(lane[0], "by", None) for lane in self.action.lanes]
        return " and ".join(f"{lane} by {by}" if by else lane for lane, by in zip(lanes, agents, strict=True))


def checked_script(script: Iterable[Action]) -> tuple[Action, ...]:
    """The actions. Raises ValueError for what is not one."""
    return tuple(each_of("script", script, Command, Wait, AtOnce))


class Model:
    """A contact centre, asked through actions. ``places`` are the workbins into which something has come."""

    def __init__(self, scope: Scope) -> None:
        expect("scope", scope, Scope)
        self.scope = scope
        self.definition = scope.definition
        self.center = ContactCenter(
            scope.world.agents, scope.world.workbins, scope.world.queues, definition=scope.definition
        )
        self.places: dict[WorkbinPlace, None] = {}
        self._sights = Sights()

    def act(self, action: Action, *, telling: bool = True) -> Expected:
        """Do it, and say what must come of it. Raises ValueError for what is not an action.

        What agents are told costs more than all the rest: without ``telling`` it is left out.
        """
        expect("action", action, Command, Wait, AtOnce)
        if isinstance(action, Wait):
            return Expected(action, drivers.DONE, self._told(self.center.advance(action.seconds), telling))
        before = self.center.interaction(action.interaction or "")
        if isinstance(action, AtOnce):
            parts = [self.act(each, telling=telling) for each in action.commands]  # one of their orders
            told = tuple(each for part in parts for each in part.told)
            return Expected(action, drivers.DONE, told, before, parts[-1].after)
        edge = None if before is None else applicable_edge(before, action, self.scope)
        outcome = self.center.apply(as_read(action))
        if outcome.refusal is not None:
            return Expected(action, _reply(outcome), (), before, before, None, outcome.refusal)
        if outcome.interaction is not None and outcome.interaction.workbin is not None:
            self.places[outcome.interaction.workbin] = None
        return Expected(action, _reply(outcome), self._told(outcome, telling), before, outcome.interaction, edge)

    def _told(self, outcome: Outcome, telling: bool) -> tuple[Told, ...]:
        return told_by(outcome, self.definition) if telling else ()

    def record(self, name: str) -> Interaction:
        """How an interaction stands. Raises ValueError for one that there is not."""
        record = self.center.interaction(name)
        if record is None:
            raise ValueError(f"there is no interaction {short(name)}")
        return record

    def decide(self, record: Interaction, command: Command) -> tuple[Event, ...] | Refusal:
        """What would happen to the interaction of a command if it stood so; or the refusal. Nothing is changed."""
        expect("record", record, Interaction)
        events = supposing(self.center, record).decide(command)
        return events if isinstance(events, Refusal) else tuple(each for each in events if isinstance(each, EVENTS))

    def adopt(self, record: Interaction) -> None:
        """Replace the record of an interaction. Nobody is told. Raises ValueError for one that there is not."""
        expect("record", record, Interaction)
        memory = self.center.memory
        before = self.record(record.id)
        if (before.state, before.holders, before.invited, before.workbin) != (
            record.state, record.holders, record.invited, record.workbin,
        ):  # fmt: skip
            memory.take_in(StateChanged(
                record.id, "", None, record.state, record.holders, record.invited, record.queue, record.workbin,
                record.resume, None,
            ))  # fmt: skip
        memory.records[record.id] = changed(record, revision=memory.records[record.id].revision + 1)
        if record.workbin is not None:
            self.places[record.workbin] = None

    def forget(self, interaction: str) -> None:
        """There is no such interaction any more: nobody can tell how it stands."""
        record = self.center.interaction(interaction)
        if record is not None:
            self.adopt(changed(record, state=State.COMPLETED, holders=(), invited=(), workbin=None, consulted=()))
            del self.center.memory.records[interaction]

    def sight(self, interaction: str) -> Sight | None:
        """How agents must see an interaction; None if there is none."""
        record = self.center.interaction(interaction)
        return None if record is None else self._sights.of(record, self.definition)

    def has(self, agent: str) -> tuple[str, ...]:
        """What an agent holds or is invited to."""
        return self.center.memory.hands.of(agent) if isinstance(agent, str) else ()

    def content(self, place: WorkbinPlace) -> tuple[str, ...]:
        """What must lie in an instance of a workbin."""
        return tuple(each.id for each in self.center.content(place))


def played(script: Iterable[Action], scope: Scope) -> Model:
    """A model in which these have been done."""
    model = Model(scope)
    for action in script:
        model.act(action, telling=False)
    return model


def last_of(script: tuple[Action, ...], scope: Scope) -> Expected:
    """What must come of the last action, but for what agents are told."""
    return played(script[:-1], scope).act(script[-1], telling=False)


def applicable_edge(record: Interaction, command: Command, scope: Scope) -> Edge | None:
    """The edge that the command takes from the record; None if it takes none."""
    try:
        return applicable(record, command, definition=scope.definition)
    except (AttributeError, TypeError):  # arguments that are not in order
        return None


def _reply(outcome: Outcome) -> drivers.Reply:
    created = None if outcome.created is None else outcome.created.id
    return drivers.Reply(outcome.refusal is None, outcome.status_code, outcome.reference_id, created)


def is_signal(action: Action) -> bool:
    """Whether it is the platform's: nobody is answered."""
    return isinstance(action, Submit | Offer | Revoke | Stop | Wait)


def names_new(action: Action) -> str | None:
    """The name of what the action brings into being, if it does."""
    return action.new_id if isinstance(action, Submit | Create | Reply) else None
