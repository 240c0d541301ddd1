"""`ContactCenter`: many interactions, workbins, queues and agents, kept consistent.

A request is decided (`rules`), its events are taken in (`memory`), and what became of it is an `Outcome`. The same
events, taken in by another centre of the same configuration, make an equal one.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self, cast

from ixnstate.center import snapshots
from ixnstate.center.events import Advanced, AgentChanged, Answered, CenterEvent, Forgotten, SubscriptionChanged
from ixnstate.center.following import checked_events
from ixnstate.center.hands import FOREVER, finite_seconds
from ixnstate.center.members import Agent, Workbin, by_id, names_of
from ixnstate.center.memory import TAKE_IN, Memory, key_of
from ixnstate.center.outcomes import AnyNotice, Move, Outcome
from ixnstate.center.routing import Routing
from ixnstate.center.rules import (
    EACH,
    RULES,
    SIGNALS,
    UNKNOWN_INTERACTION,
    Decision,
    Each,
    custom,
    place_named,
    refuse,
)
from ixnstate.center.scopes import barred, instance_of
from ixnstate.commands import Command, Custom, Offer, Revoke, Submit, Subscribe, fault_of, is_name
from ixnstate.definition import Definition, checked
from ixnstate.events import Created, StateChanged
from ixnstate.model import Interaction, SubscriptionNotice, View, WorkbinPlace
from ixnstate.refusals import Refusal
from ixnstate.stepping import decide
from ixnstate.table import GWS
from ixnstate.values import EMPTY, Json, JsonObject, ReadOnlyDict, brief, changed, mistyped, opened, twin
from ixnstate.views import view
from ixnstate.vocabulary import FINAL_STATES, RefusalCode, SubscriptionState

_OpenOutcome = twin(Outcome)
_Answered = opened(Answered)
_Revoke: Any = opened(Revoke)
_NO_ID = ""
"""The id that no interaction has: it stands for whatever is not a name."""

FEATURES = frozenset({"api-multimedia"})
"""The feature that all resources here require (8.5.2); where it is off, the API acts as if they did not exist."""


class ContactCenter:
    """Interactions, workbins, queues and agents, with what time does to them. No clock, no randomness, no I/O.

    Without ``queues`` every name is a queue. Times are in seconds: an invitation that is not answered within
    ``delivering_timeout``, and an interaction whose agent makes no request for it within ``handling_timeout``, goes
    back to its queue (IxnLimits, 8.5.3). Two centres are equal if their state is. Not for several threads at once.

    Raises ValueError that names what does not fit.
    """

    __slots__ = ("agents", "definition", "features", "is_on", "memory", "queues", "workbins")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        agents: Iterable[Agent] = (),
        workbins: Iterable[Workbin] = (),
        queues: Iterable[str] | None = None,
        *,
        definition: Definition = GWS,
        features: Iterable[str] = FEATURES,
        delivering_timeout: float = 30.0,
        handling_timeout: float = 180 * 60.0,
    ) -> None:
        self.definition = checked(definition)
        self.workbins: Mapping[str, Workbin] = ReadOnlyDict(by_id(Workbin, workbins))
        """The workbins by id."""
        self.queues = None if queues is None else names_of("queues", queues)
        """The names of the queues, or None if every name is one."""
        self.features = names_of("features", features)
        self.is_on = self.features >= FEATURES
        """Whether the API has the feature that all resources here require."""
        self.memory = Memory(
            by_id(Agent, agents),
            finite_seconds("delivering_timeout", delivering_timeout),
            finite_seconds("handling_timeout", handling_timeout),
        )
        self.agents: Mapping[str, Agent] = MappingProxyType(self.memory.agents)
        """The agents by id, as they are now."""

    # --- requests and signals ---------------------------------------------------------------------------------------

    def apply(self, command: Command, interaction: str | None = None, revision: int | None = None) -> Outcome:
        """Carry out a command, on ``interaction`` or on the one that it names; or refuse it, and change nothing.

        With ``revision`` it is refused as stale unless the interaction still has that revision. Nothing is raised.
        """
        decided = self._decide(command, interaction, revision)
        if decided.__class__ is tuple:
            return self._carry_out(command, decided)
        if decided is EACH:
            return self._apply_to_each(cast(Subscribe, command))
        return Outcome(refusal=cast(Refusal, decided), definition=self.definition)

    def decide(
        self, command: Command, interaction: str | None = None, revision: int | None = None
    ) -> tuple[CenterEvent, ...] | Refusal:
        """What `apply` would do: the events but for the answer's, or the refusal. Nothing is changed or raised."""
        decided = self._decide(command, interaction, revision)
        if decided is EACH:
            decisions = [self._decide(each) for each in _one_by_one(cast(Subscribe, command)).values()]
            done = [each for each in decisions if isinstance(each, tuple)]
            return tuple(event for each in done for event in each[1]) if done else cast(Refusal, decisions[0])
        return decided[1] if isinstance(decided, tuple) else decided

    def submit(
        self,
        *,
        media: str,
        queue: str,
        id: str,
        user_data: JsonObject | None = None,
        content: JsonObject | None = None,
        media_type: str | None = None,
        parent_id: str | None = None,
    ) -> Outcome:
        """A new interaction, as a media server submits it: the last in its queue."""
        return self.apply(
            Submit(
                new_id=id, media=media, queue=queue, user_data=user_data, content=content, media_type=media_type,
                parent_id=parent_id,
            )
        )  # fmt: skip

    def offer(self, interaction: str, agent: str) -> Outcome:
        """Offer a queued interaction to an agent, ready or not, with or without room."""
        return self.apply(Offer(agent=agent), interaction)

    def _decide(
        self, command: Command, interaction: str | None = None, revision: int | None = None
    ) -> Decision | Refusal | Each:
        rule = RULES.get(type(command))
        if rule is None:
            return self._decide_other(command, interaction, revision)
        id = command.interaction if interaction is None else interaction
        return rule(self, command, id if id is None or isinstance(id, str) else _NO_ID, revision)

    def _decide_other(self, command: object, interaction: str | None, revision: int | None) -> Decision | Refusal:
        """A custom operation, a class of commands that is not ours, or something that is not a command."""
        if not isinstance(command, Command):
            unknown = Custom(operation=command if isinstance(command, str) else type(command).__name__)
            return Refusal(RefusalCode.UNKNOWN_OPERATION, None, unknown, None, self.definition)
        id = command.interaction if interaction is None else interaction
        if fault_of(command) is not None or not is_name(id):
            return refuse(self, command, id, UNKNOWN_INTERACTION)
        if isinstance(command, Custom):
            return custom(self, command, id, revision)
        return Refusal(RefusalCode.UNKNOWN_OPERATION, None, command, None, self.definition)

    def _carry_out(self, command: Any, decision: Decision) -> Outcome:
        """Take in the events of a decision, and the one that says that the agent's request was answered."""
        before, events, answer = decision
        memory = self.memory
        after, created, number = before, None, None
        happened: tuple[CenterEvent, ...] = events
        moves: tuple[Move, ...] = ()
        for event in events:
            kind = type(event)
            if kind is StateChanged:
                after = memory.move(event)  # type: ignore[arg-type]
            elif kind is Created:
                created = memory.take_in(event)
            else:
                after = TAKE_IN[kind](memory, event) or after
        if before is None:
            after = created
        elif memory.subscribers and after.workbin is not before.workbin:  # type: ignore[union-attr]
            moves = self._moves(before, after)  # type: ignore[arg-type]
        if type(command) not in SIGNALS and (by := command.by) is not None:
            number = memory.references + 1
            answered = _Answered(None if after is None else after.id, command.operation, by, number)
            memory.answer(answered, after)
            happened = (*events, answered)
        # Filled here, as `ixnstate.step` fills its Step: a call with eleven arguments would cost more.
        done = _OpenOutcome()
        done.events = happened
        done.refusal = None
        done.before = before
        done.interaction = after
        done.created = created
        done.reference_id = number
        done.results = EMPTY
        done.parts = ()
        done.answers = () if answer is None else (answer(number),)
        done.moves = moves
        done.definition = self.definition
        done.fits = True
        done.__class__ = Outcome
        return done  # type: ignore[no-any-return]

    def _moves(self, before: Interaction, after: Interaction) -> tuple[Move, ...]:
        """Out of which instance it went, into which it came, and who is subscribed to them."""
        subscribers = self.memory.subscribers
        moves: tuple[Move, ...] = ()
        if (left := before.workbin) is not None and (told := subscribers.get(key_of(left))):
            moves = ((left, False, told),)
        if (entered := after.workbin) is not None and (told := subscribers.get(key_of(entered))):
            moves = (*moves, (entered, True, told))
        return moves

    def _apply_to_each(self, command: Subscribe) -> Outcome:
        """One request for several workbins, each done or refused as a whole."""
        results: dict[str, Outcome] = {}
        for name, single in _one_by_one(command).items():
            results[name] = self.apply(single)
        done = [each for each in results.values() if each.refusal is None]
        if not done:
            return Outcome(refusal=next(iter(results.values())).refusal, definition=self.definition)
        for name, each in results.items():
            if each.refusal is not None:
                place = place_named(self, cast(Subscribe, each.refusal.command))
                failed = SubscriptionNotice(str(command.by), place, SubscriptionState.REQUEST_FAILED)
                results[name] = changed(each, answers=(failed,))
        return Outcome(
            events=tuple(event for each in done for event in each.events),
            results=ReadOnlyDict(results),
            definition=self.definition,
        )

    # --- the router and the clock -----------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The time, in seconds since the centre began."""
        return self.memory.now

    @property
    def deadline(self) -> float | None:
        """Before this time `advance` revokes nothing; None if there is nothing to revoke. It may be too early."""
        soonest = self.memory.hands.soonest
        return None if soonest is None or soonest >= FOREVER else soonest

    def advance(self, seconds: float | None = None, *, to: float | None = None) -> Outcome:
        """Let time pass: so many seconds, or until ``to``. Whatever is over by then is revoked, the earliest first.

        Of two deadlines at the same time the one that was set first is the first. Raises ValueError for what is no
        time, and for one that has passed.
        """
        until = self._until(seconds, to)
        memory = self.memory
        events: list[CenterEvent] = []
        parts: list[Outcome] = []
        while (deadline := memory.hands.first(until)) is not None:
            time, _, id, agent, *_ = deadline
            if time > memory.now:
                events.append(self._let_pass(time))
            revoke = _Revoke(None, None, None, agent)
            record = memory.records[id]
            revoked = decide(record, revoke, None, self.definition)
            if isinstance(revoked, Refusal):  # a custom definition, without a way back
                memory.hands.let_go(agent, id)
                continue
            events += revoked
            parts.append(self._carry_out(revoke, (record, revoked, None)))
        if until > memory.now:
            events.append(self._let_pass(until))
        return Outcome(events=tuple(events), parts=tuple(parts), definition=self.definition)

    def _until(self, seconds: float | None, to: float | None) -> float:
        given = [each for each in (seconds, to) if each is not None]
        if len(given) != 1 or isinstance(given[0], bool) or not isinstance(given[0], int | float):
            raise ValueError(f"advance takes a number of seconds, or the time to advance to, not {brief(given)}")
        if not -FOREVER < given[0] < FOREVER:  # so that it is finite, and a whole number can be added to the time
            raise ValueError(f"it is {self.now:g} s now; the time cannot become {brief(given[0])} s")
        until = self.now + given[0] if seconds is not None else float(given[0])
        if not self.now <= until < FOREVER:
            raise ValueError(f"it is {self.now:g} s now; the time cannot become {until:g} s")
        return until

    def _let_pass(self, time: float) -> Advanced:
        passed = Advanced(time)
        self.memory.take_in(passed)
        return passed

    def route(self, queue: str | None = None) -> Outcome:
        """Offer what waits, in every queue or in one, the oldest first, until no ready agent has room for any of it.

        Of several agents the one who has gone longest without an offer gets the next.
        """
        routing = Routing(self.memory, queue)
        parts: list[Outcome] = []
        while (found := routing.next()) is not None:
            offer, record = Offer(agent=found[1]), self.memory.records[found[0]]
            events = decide(record, offer, None, self.definition)
            if isinstance(events, Refusal):  # a custom definition, without an offer
                break
            parts.append(self._carry_out(offer, (record, events, None)))
        events_of_all = tuple(event for part in parts for event in part.events)
        return Outcome(events=events_of_all, parts=tuple(parts), definition=self.definition)

    # --- agents -----------------------------------------------------------------------------------------------------

    def set_agent(self, agent: Agent) -> Outcome:
        """Add or replace an agent. Subscriptions that the new roles do not allow are cancelled.

        Interactions stay with the agent. Raises ValueError unless ``agent`` is an `Agent`.
        """
        if not isinstance(agent, Agent):
            raise ValueError(f"expected an Agent, got {brief(agent)}")
        lost = [
            place
            for place in self.memory.subscriptions(agent.id)
            if barred(self.workbins[place.id], key_of(place)[1], agent)
        ]
        events: tuple[CenterEvent, ...] = (
            AgentChanged(agent),
            *(SubscriptionChanged(agent.id, place, False) for place in lost),
        )
        self.memory.take_in_all(events)
        told = tuple(SubscriptionNotice(agent.id, place, SubscriptionState.UNSUBSCRIBED) for place in lost)
        return Outcome(events=events, answers=told, definition=self.definition)

    def set_ready(self, agent: str, ready: bool, media: str | None = None) -> Outcome:
        """The agent wants to be offered interactions of that medium, or of every medium; or no longer.

        Raises ValueError for an unknown agent or medium, and for a ``ready`` that is neither True nor False.
        """
        known = self.agents.get(agent) if isinstance(agent, str) else None
        if known is None:
            raise ValueError(f"there is no agent {brief(agent)}")
        if not isinstance(ready, bool):
            raise ValueError(f"ready must be True or False, not {brief(ready)}")
        if media is None:
            return self.set_agent(changed(known, ready=ready))
        self.definition.medium(media)
        wanted = {name for name in self.definition.media if known.is_ready_for(name)} - {media}
        return self.set_agent(changed(known, ready=wanted | {media} if ready else wanted))

    # --- reading ----------------------------------------------------------------------------------------------------

    def interaction(self, id: str) -> Interaction | None:
        """The record; None if there is no such interaction."""
        return self.memory.records.get(id) if isinstance(id, str) else None

    def view(self, id: str, agent: str) -> View | None:
        """What an agent sees of an interaction: None if there is none, or if they neither hold it nor are invited."""
        record = self.interaction(id)
        return None if record is None else view(record, agent, definition=self.definition)

    def interactions(
        self, agent: str | None = None, *, media: str | None = None, state: str | None = None, queue: str | None = None
    ) -> tuple[Interaction, ...]:
        """The records: all in the order in which they came, or those that an agent holds or is invited to.

        ``media``, ``state`` and ``queue`` select among them.
        """
        records = self.memory.records
        if agent is not None and not isinstance(agent, str):
            return ()
        found = records.values() if agent is None else [records[id] for id in self.memory.hands.of(agent)]
        return tuple(
            each
            for each in found
            if (media is None or each.media == media)
            and (state is None or each.state == state)
            and (queue is None or each.queue == queue)
        )

    def waiting(self, queue: str) -> tuple[Interaction, ...]:
        """What waits in a queue, the oldest first."""
        return tuple(self.memory.in_queue(queue))

    def content(
        self,
        workbin: str | WorkbinPlace,
        *,
        agent_group: str | None = None,
        place_group: str | None = None,
        owner: str | None = None,
    ) -> tuple[Interaction, ...]:
        """What lies in an instance of a workbin, in the order of arrival. ``owner`` is an agent, or a place's name.

        Raises ValueError for an unknown workbin, and if it does not have such instances.
        """
        instance = self.memory.instances.get(key_of(self._place(workbin, agent_group, place_group, owner)))
        return () if instance is None else tuple([self.memory.records[id] for id in instance.content])

    def subscribers(
        self,
        workbin: str | WorkbinPlace,
        *,
        agent_group: str | None = None,
        place_group: str | None = None,
        owner: str | None = None,
    ) -> tuple[str, ...]:
        """Who is told what comes into an instance of a workbin and leaves it, in the order of subscription.

        Raises ValueError as `content` does.
        """
        return self.memory.subscribers.get(key_of(self._place(workbin, agent_group, place_group, owner)), ())

    def ask(self, command: Command) -> AnyNotice | Refusal | None:
        """The answer to a read, or its refusal, without a request: no reference id is given, and nobody is told.

        For GetWorkbinContent, RequestStats and RequestAgentStats; None for a command that has no answer.
        """
        decided = self._decide(command)
        if isinstance(decided, Refusal):
            return decided
        return decided[2](None) if isinstance(decided, tuple) and decided[2] is not None else None

    def _place(
        self, workbin: str | WorkbinPlace, agent_group: str | None, place_group: str | None, owner: str | None
    ) -> WorkbinPlace:
        if isinstance(workbin, WorkbinPlace):
            if (name := mistyped(workbin)) is not None:
                raise ValueError(f"a workbin's {name} cannot be {brief(getattr(workbin, name))}")
            return workbin
        place = WorkbinPlace(workbin, agent_group, place_group, owner)
        known = self.workbins.get(place.id) if isinstance(place.id, str) else None
        if known is None:
            raise ValueError(f"there is no workbin {brief(place.id)}; there are {', '.join(self.workbins) or 'none'}")
        return instance_of(known, place, self.agents)

    # --- keeping ----------------------------------------------------------------------------------------------------

    def forget(self, *ids: str) -> Outcome:
        """Keep these no longer, or whatever has ended: an ended interaction is kept until then, to be looked at.

        Raises ValueError for one that has not ended, or does not exist.
        """
        records = self.memory.records
        for id in ids:
            record = self.interaction(id)
            if record is None or not record.state.is_final:
                raise ValueError(f"there is no {brief(id)}" if record is None else f"{brief(id)} has not ended")
        ended = ids or tuple(id for id, record in records.items() if record.state in FINAL_STATES)
        events = tuple(Forgotten(id) for id in dict.fromkeys(ended))
        self.memory.take_in_all(events)
        return Outcome(events=events, definition=self.definition)

    def replay(self, events: Iterable[CenterEvent]) -> Self:
        """Take in the events of outcomes, in their order, without asking whether they were legal. Returns the centre.

        On a centre that is configured as theirs was, this makes an equal one. Raises ValueError for what is not an
        event, or does not follow from those before it; then none is taken in.
        """
        self.memory.take_in_all(checked_events(self, events))
        return self

    def snapshot(self) -> dict[str, Json]:
        """The centre as plain JSON data, for `restore`."""
        return snapshots.save(self)

    @classmethod
    def restore(cls, saved: JsonObject, *, definition: Definition = GWS) -> Self:
        """The centre that was saved. Raises ValueError for what is not a snapshot, or one of another definition."""
        return snapshots.load(cls, saved, definition)

    def __eq__(self, other: object) -> bool:
        return self._all() == other._all() if isinstance(other, ContactCenter) else NotImplemented

    def _all(self) -> tuple[object, ...]:
        return self.definition, self.workbins, self.queues, self.features, self.memory

    def __repr__(self) -> str:
        known = self.memory
        return (
            f"<ContactCenter: {len(known.records)} interactions, {len(self.workbins)} workbins, "
            f"{len(self.agents)} agents, at {self.now:g} s>"
        )


def _one_by_one(command: Subscribe) -> dict[str, Subscribe]:
    """A request for several workbins as one for each."""
    return {name: changed(command, workbin=name, workbins=None) for name in command.workbins or ()}
