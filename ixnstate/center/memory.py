"""What a contact centre knows: made by events, and changed by nothing else.

Deciding what is legal is not done here. `Memory.take_in` copies what an event says into the records and keeps what is
derived from them in step: the content of each instance of a workbin, the queues, who has what, and the deadlines.
"""

from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

from ixnstate.center.events import Advanced, AgentChanged, Answered, CenterEvent, Forgotten, SubscriptionChanged
from ixnstate.center.hands import FOREVER, SLACK, Hands
from ixnstate.center.members import Agent
from ixnstate.events import (
    ConsultRequested,
    ContentChanged,
    Created,
    Event,
    MessageSent,
    ParticipantsChanged,
    StateChanged,
    TransferFailed,
    UserDataChanged,
)
from ixnstate.evolving import CHANGES, born
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.vocabulary import State

_QUEUED, _INVITED = State.QUEUED, State.INVITED
_changed_state, _changed_participants = CHANGES[StateChanged], CHANGES[ParticipantsChanged]

Arrival: TypeAlias = tuple[str, int, float]
"""When an interaction came into its queue: the queue, a number that orders arrivals, the time."""

InstanceKey: TypeAlias = tuple[str, str | None]
"""A workbin's id, and the name of the owner of the instance: an agent, a place or a group."""

HANDLING_TIMEOUT_KEY = "handling-timeout"
"""The user-data key that overrides the handling timeout, in minutes from 1 to 1,440 (IxnLimits, 8.5.3)."""


def key_of(place: WorkbinPlace) -> InstanceKey:
    """Under which key an instance is kept."""
    return place.id, place.agent_group or place.place_group or place.owner


class Instance:
    """One instance of a workbin: what lies in it, in the order of arrival."""

    __slots__ = ("content", "place")

    def __init__(self, place: WorkbinPlace) -> None:
        self.place = place
        self.content: dict[str, float] = {}
        """Interactions, with the time at which each came."""


class QueueHeap:
    """The interactions of one medium that wait in one queue: a heap by arrival, with entries that may be stale."""

    __slots__ = ("heap", "waiting")

    def __init__(self) -> None:
        self.heap: list[tuple[int, str]] = []
        self.waiting = 0
        """How many entries are not stale."""

    def come(self, number: int, interaction: str) -> bool:
        """An interaction comes, with the number of its arrival. Says whether there are too many stale entries now."""
        self.waiting += 1
        heappush(self.heap, (number, interaction))
        return len(self.heap) > 3 * self.waiting + SLACK

    def tidy(self, is_there: Callable[[int, str], bool]) -> None:
        """Drop the stale entries."""
        self.heap = [entry for entry in {*self.heap} if is_there(*entry)]
        heapify(self.heap)

    def first(self, is_there: Callable[[int, str], bool]) -> tuple[int, str] | None:
        """The entry that has waited longest."""
        while self.heap and not is_there(*self.heap[0]):
            heappop(self.heap)
        return self.heap[0] if self.heap else None


class Memory:
    """The state of a contact centre. Two are equal if they know the same."""

    __slots__ = (
        "agents", "arrivals", "delivering_timeout", "handling_timeout", "hands", "instances", "lines", "now", "numbers",
        "offered", "records", "references", "subscribers",
    )  # fmt: skip

    def __init__(self, agents: Mapping[str, Agent], delivering_timeout: float, handling_timeout: float) -> None:
        self.agents = dict(agents)
        self.delivering_timeout = delivering_timeout
        self.handling_timeout = handling_timeout
        self.now = 0.0
        self.references = 0
        """The reference id that was given last."""
        self.numbers = 0
        """The last number that was given to an arrival, an offer or a deadline."""
        self.records: dict[str, Interaction] = {}
        self.arrivals: dict[str, Arrival] = {}
        self.lines: dict[tuple[str | None, str], QueueHeap] = {}
        self.instances: dict[InstanceKey, Instance] = {}
        self.subscribers: dict[InstanceKey, tuple[str, ...]] = {}
        """Who is told of changes of an instance, in the order in which they subscribed, if anybody is."""
        self.hands = Hands()
        """Who has what, and until when."""
        self.offered: dict[str, int] = {}
        """The number of the latest offer, by agent."""

    # --- reading ----------------------------------------------------------------------------------------------------

    def instance(self, place: WorkbinPlace) -> Instance:
        """The instance of that place, empty if nothing has come into it yet."""
        key = key_of(place)
        found = self.instances.get(key)
        if found is None:
            found = self.instances[key] = Instance(place)
        return found

    def is_waiting(self, number: int, interaction: str) -> bool:
        """Whether the interaction still waits in the queue into which it came with that number."""
        arrival = self.arrivals.get(interaction)
        return arrival is not None and arrival[1] == number and self.records[interaction].state is _QUEUED

    def in_queue(self, queue: str) -> list[Interaction]:
        """What waits in a queue, of every medium, the oldest first."""
        entries = {entry for (name, _), line in self.lines.items() if name == queue for entry in line.heap}
        return [self.records[id] for number, id in sorted(entries) if self.is_waiting(number, id)]

    def subscriptions(self, agent: str) -> list[WorkbinPlace]:
        """The instances of which an agent is told, by name."""
        return [self.instances[key].place for key in sorted(self.subscribers) if agent in self.subscribers[key]]

    # --- taking in --------------------------------------------------------------------------------------------------

    def take_in(self, event: CenterEvent) -> Interaction | None:
        """Know what the event says. Gives back the record that it made, if it made one."""
        return TAKE_IN[event.__class__](self, event)

    def take_in_all(self, events: Iterable[CenterEvent]) -> None:
        """Know what the events say, one after the other."""
        for event in events:
            TAKE_IN[event.__class__](self, event)

    def _created(self, event: Created) -> Interaction:
        record = self.records[event.interaction] = born(event)
        if record.state is _QUEUED:
            self._queue(record, None)
        for agent in record.holders:
            self.expect(record, agent)
        return record

    def _changed(self, event: Event) -> Interaction:
        records = self.records
        after = records[event.interaction] = CHANGES[event.__class__](records[event.interaction], event)
        return after

    def move(self, event: StateChanged) -> Interaction:
        """Its state, or who has it, changed: so it leaves a queue or a workbin, or comes into one."""
        id = event.interaction
        records = self.records
        before = records[id]
        after = records[id] = _changed_state(before, event)
        if before.state is _QUEUED:
            self.lines[before.queue, before.media].waiting -= 1
        elif before.workbin is not None:
            del self.instances[key_of(before.workbin)].content[id]
        if after.state is _QUEUED:
            self._queue(after, self.arrivals.get(id) if event.operation in _RETURNS else None)
        elif after.workbin is not None:
            self.arrivals.pop(id, None)
            self.instance(after.workbin).content[id] = self.now
        elif after.invited:
            if event.operation == "Offer":
                self.numbers += 1
                self.offered[after.invited[0]] = self.numbers
        elif not after.holders:
            self.arrivals.pop(id, None)
        self._pass_on(before, after, event.by)
        return after

    def _participated(self, event: ParticipantsChanged) -> Interaction:
        before = self.records[event.interaction]
        after = self.records[event.interaction] = _changed_participants(before, event)
        self._pass_on(before, after, event.by)
        return after

    def _queue(self, record: Interaction, arrival: Arrival | None) -> None:
        """It comes into its queue: to its old place if ``arrival`` was there, or else to the end."""
        if arrival is None or arrival[0] != record.queue:
            self.numbers += 1
            arrival = self.arrivals[record.id] = record.queue or "", self.numbers, self.now
        line = self.lines.get((record.queue, record.media))
        if line is None:
            line = self.lines[record.queue, record.media] = QueueHeap()
        if line.come(arrival[1], record.id):
            line.tidy(self.is_waiting)

    def _pass_on(self, before: Interaction, after: Interaction, by: str | None) -> None:
        """Record who has it now, and until when: a new holder gets a deadline, one who let go loses theirs.

        The acting agent's is set by the answer, which is the last event of their request.
        """
        had, has = before.holders, after.holders
        if before.invited or after.invited:
            had, has = had + before.invited, has + after.invited
        for agent in had:
            if agent not in has:
                self.hands.let_go(agent, before.id)
        for agent in has:
            if agent != by and (agent not in had or (before.state is _INVITED) is not (after.state is _INVITED)):
                self.expect(after, agent)

    def expect(self, record: Interaction, agent: str) -> None:
        """An agent has it, and has time until their deadline. The giver of an open transfer need not do anything."""
        self.numbers = number = self.numbers + 1
        if agent in record.invited:
            self.hands.invite(agent, record, self.now + self.delivering_timeout, number)
            return
        seconds = self.handling_timeout
        if record.state is _INVITED:
            seconds = FOREVER
        elif (data := record.user_data) and HANDLING_TIMEOUT_KEY in data:
            seconds = _minutes(data[HANDLING_TIMEOUT_KEY], seconds)
        self.hands.hold(agent, record, self.now + seconds, number)

    def answer(self, event: Answered, record: Interaction | None) -> None:
        """A request was answered. If the agent who made it has the interaction, their deadline is set anew."""
        self.references = event.reference_id
        if record is not None and event.by in record.holders:
            self.expect(record, event.by)

    def _answered(self, event: Answered) -> None:
        self.answer(event, self.records.get(event.interaction))  # type: ignore[arg-type]

    def _advanced(self, event: Advanced) -> None:
        self.now = event.to

    def _subscribed(self, event: SubscriptionChanged) -> None:
        key = key_of(self.instance(event.workbin).place)
        others = tuple(agent for agent in self.subscribers.pop(key, ()) if agent != event.agent)
        if told := (*others, event.agent) if event.subscribed else others:
            self.subscribers[key] = told

    def _agent_changed(self, event: AgentChanged) -> None:
        self.agents[event.agent.id] = event.agent

    def _forgotten(self, event: Forgotten) -> None:
        del self.records[event.interaction]

    # --- comparing --------------------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return self._known() == other._known() if isinstance(other, Memory) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _known(self) -> tuple[object, ...]:
        instances = {
            key: (each.place, list(each.content.items())) for key, each in self.instances.items() if each.content
        }
        return (
            self.agents, self.delivering_timeout, self.handling_timeout, self.now, self.references, self.numbers,
            self.records, self.arrivals, instances, self.subscribers, self.offered, sorted(self.hands.all()),
        )  # fmt: skip


_RETURNS = ("Revoke", "Reject")
"""After these an interaction goes back to where it was in its queue: MovedToQueueAt is "unchanged on a return to the
same queue" (SysProps, eServices 8.1.4)."""


def _minutes(value: object, default: float) -> float:
    """The seconds of a handling timeout given as user data; ``default`` for what is no such number of minutes."""
    text = value if isinstance(value, str | int) and not isinstance(value, bool) else ""
    minutes = int(text) if str(text).isascii() and str(text).isdecimal() and len(str(text)) < 5 else 0
    return minutes * 60.0 if 1 <= minutes <= 1440 else default


TAKE_IN: dict[type, Callable[[Memory, Any], Interaction | None]] = {
    Created: Memory._created,
    StateChanged: Memory.move,
    ParticipantsChanged: Memory._participated,
    UserDataChanged: Memory._changed,
    ContentChanged: Memory._changed,
    MessageSent: Memory._changed,
    ConsultRequested: Memory._changed,
    TransferFailed: Memory._changed,
    Answered: Memory._answered,
    Advanced: Memory._advanced,
    SubscriptionChanged: Memory._subscribed,
    AgentChanged: Memory._agent_changed,
    Forgotten: Memory._forgotten,
}
