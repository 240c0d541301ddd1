"""Whether events follow from what a contact centre knows: asked before they are replayed, so that all are or none is.

Not whether they were legal: a log is trusted in that. But each must be sound, speak of interactions, agents and
workbins that there are by then, and leave an interaction that fits.
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ixnstate.center.events import Advanced, AgentChanged, Answered, CenterEvent, Forgotten, SubscriptionChanged
from ixnstate.center.hands import FOREVER
from ixnstate.center.members import Agent
from ixnstate.center.memory import TAKE_IN
from ixnstate.center.scopes import instance_of
from ixnstate.events import EVENTS, Created, Event, unfit
from ixnstate.evolving import CHANGES, born
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.refusals import misfit
from ixnstate.values import brief
from ixnstate.vocabulary import State

if TYPE_CHECKING:
    from ixnstate.center.contact import ContactCenter

_IN_WORKBIN, _QUEUED = State.IN_WORKBIN, State.QUEUED


def checked_events(center: "ContactCenter", events: Any) -> list[CenterEvent]:
    """The events, if all follow. Raises ValueError that names the first that does not, and why."""
    if not isinstance(events, Iterable) or isinstance(events, str | bytes | range | Mapping):
        raise ValueError(f"replay takes events, not {brief(events)}")
    course, sound = _Course(center), list[CenterEvent]()
    for index, event in enumerate(events):
        why = course.take(event)
        if why is not None:
            raise ValueError(f"{brief(event)} does not follow from the events before it ({index} of them): {why}")
        sound.append(event)
    return sound


class _Course:
    """What a centre would know after some events, as far as the next ones depend on it."""

    def __init__(self, center: "ContactCenter") -> None:
        memory = center.memory
        self._center = center
        self._changed: dict[str, Interaction | None] = {}
        self._agents: ChainMap[str, Agent] = ChainMap({}, memory.agents)
        self._now, self._reference = memory.now, memory.references

    def take(self, event: Any) -> str | None:
        """Why an event does not follow; None if it does, and then it has happened."""
        if event.__class__ not in TAKE_IN:
            return "it is not an event"
        if (name := unfit(event)) is not None:
            return f"its {name} cannot be {brief(getattr(event, name))}"
        if isinstance(event, EVENTS):
            return self._take_step(event)
        match event:
            case Advanced():
                if not self._now <= event.to < FOREVER:
                    return f"the time is {self._now:g} s"
                self._now = event.to
            case Answered():
                if event.by not in self._agents:
                    return f"there is no agent {brief(event.by)}"
                if not self._reference < event.reference_id < 2**63:
                    return f"the last reference id was {self._reference}"
                self._reference = event.reference_id
            case SubscriptionChanged():
                known = event.agent in self._agents
                return self._misplaced(event.workbin) if known else f"there is no agent {brief(event.agent)}"
            case AgentChanged():
                self._agents[event.agent.id] = event.agent
            case Forgotten():
                record = self._record(event.interaction)
                if record is None or not record.state.is_final:
                    return f"{brief(event.interaction)} has not ended"
                self._changed[event.interaction] = None
        return None

    def _record(self, id: str) -> Interaction | None:
        return self._changed[id] if id in self._changed else self._center.memory.records.get(id)

    def _take_step(self, event: Event) -> str | None:
        """What happens to an interaction."""
        before = self._record(event.interaction)
        if isinstance(event, Created):
            if before is not None:
                return "there is such an interaction already"
            after = born(event)
        elif before is None:
            return f"there is no interaction {brief(event.interaction)}"
        else:
            after = CHANGES[event.__class__](before, event)
        why = self._misfit(after)
        if why is None:
            self._changed[event.interaction] = after
        return why

    def _misfit(self, record: Interaction) -> str | None:
        if (name := misfit(record, self._center.definition)) is not None:
            return f"the field {name} of {brief(record.id)} does not fit then"
        if (record.state is _IN_WORKBIN) is not (record.workbin is not None):
            return f"the state and the workbin of {brief(record.id)} do not fit together then"
        if record.state is _QUEUED and record.queue is None:
            return f"{brief(record.id)} is in no queue then"
        for agent in (*record.holders, *record.invited):
            if agent not in self._agents:
                return f"there is no agent {brief(agent)}"
        return None if record.workbin is None else self._misplaced(record.workbin)

    def _misplaced(self, place: WorkbinPlace) -> str | None:
        """Why there is no such instance of a workbin."""
        workbin = self._center.workbins.get(place.id) if isinstance(place.id, str) else None
        if workbin is None:
            return f"there is no workbin {brief(place.id)}"
        try:
            return None if instance_of(workbin, place, {}) == place else f"{brief(place)} is not an instance of it"
        except ValueError as error:
            return str(error)
