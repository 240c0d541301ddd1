"""Steps of one candidate: those that a request takes, and those that no line shows.

Between two lines the platform may act (it offers, revokes, stops), a pending request may take effect, and agents of
whom no requests are recorded may do whatever the lifecycle allows. `Unobserved` says who they are. A step that no line
shows is taken only as far as a line asks for it: the closure under such steps is never computed.

What such a step attaches to an interaction nobody will ever know, and nothing depends on it; so it attaches nothing,
and of a workbin into which it puts an interaction only that there is one is kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from math import inf
from typing import NamedTuple, TypeVar

from ixnstate.commands import Command
from ixnstate.definition import AS_BEFORE, Definition, Edge
from ixnstate.model import Interaction, Step
from ixnstate.noticing import notices
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.space import exemplary
from ixnstate.stepping import applicable, step
from ixnstate.trace.candidate import (
    ADDED,
    OTHERS,
    REMOVED,
    SOMEBODY,
    SUBSCRIBERS,
    UNCOUNTED,
    UNKNOWN,
    UNNAMED,
    UNRECORDED,
    Candidate,
    Effect,
    Pending,
    Views,
    bare,
    has_others,
    in_workbin,
    is_one_of_others,
    is_role,
    joined,
    only_by,
    recognitions,
    sent,
)
from ixnstate.values import changed
from ixnstate.views import view
from ixnstate.vocabulary import Does, NoticeKind, State, Who

MAX_TRIED = 4_096
"""How many steps that no line shows are tried for what a line may mean: one new line in thousands needs more, of real
recordings that begin in the middle. So many take some 50 ms. It bites at what fits nothing, where many may act unseen.
What was worked out before counts like the rest, so that nothing depends on which lines came before."""

CARRIED = 4
"""As how many of them it counts to try whether a request in flight has taken effect: that costs as much."""

K = TypeVar("K")
V = TypeVar("V")

MAX_APART = 8
"""Up to how many agents it is told apart which of them an unobserved step is about; of more, most are alike."""

MAX_STEPS = 5_000
"""How many steps of requests are kept to be used again; one is some thousand bytes."""

MAX_KEPT = 50_000
"""How many results of each kind are kept to be used again; an entry is some hundred bytes."""


class Unobserved(NamedTuple):
    """Who may have acted without a line of their own."""

    askers: frozenset[str] = frozenset()
    """The roles whose requests are recorded: they have not."""
    others: bool = True
    """Whether anybody else may have; if not, only the platform acts unseen."""
    several: bool = False
    """Whether several agents' requests are recorded."""
    begun: bool = False
    """Whether the recording has requests at all."""

    def may(self, agent: str | None) -> bool:
        """Whether this agent may."""
        return self.others and agent not in self.askers


ANYONE = Unobserved()
"""Nobody's requests are recorded."""
NOBODY = Unobserved(others=False)
"""Every operation is recorded, that of the platform, too: the short forms."""
PLATFORM = Unobserved(others=False, several=True, begun=True)
"""Everything is recorded that agents do."""


class TooDearError(Exception):
    """What a message may mean would take too much work: it stays undetermined."""


class _Asked(NamedTuple):
    """Of whom it is asked what a step does that no line shows."""

    record: Interaction
    newcomer: str | None
    """The agent who may join by it."""
    aim: str | None
    """In a crowd, the agent who is told apart from the others."""
    unrecorded: Unobserved
    is_any: bool
    """Whether any step is asked for, and not one that shows a state."""


class Steps:
    """The steps that candidates may take under a definition."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._left: float = inf
        self._views: dict[Interaction, Views] = {}
        self._resumed: dict[Interaction, list[Interaction]] = {}
        self._done: dict[tuple[Interaction, Command], tuple[Step, Effect] | None] = {}
        self._timed_out: dict[Interaction, tuple[tuple[str, Effect], ...]] = {}
        self._effects: dict[object, dict[int, tuple[Effect, ...]]] = {}
        """By record, newcomer, who is told apart and who may have acted: what each edge does, by its place."""
        self._showing: dict[object, tuple[tuple[Effect, ...], int]] = {}
        """By the same and a state: what the edges do that may show it."""

    @contextmanager
    def limited(self, most: int | None = None) -> Iterator[None]:
        """Within it `TooDearError` is raised when more unobserved steps are tried: than `MAX_TRIED`, if not given."""
        before, self._left = self._left, MAX_TRIED if most is None else most
        try:
            yield
        finally:
            self._left = before

    def _try(self, steps: int) -> None:
        """So many steps are tried."""
        self._left -= steps
        if self._left < 0:
            raise TooDearError

    def views(self, record: Interaction) -> Views:
        """The state that each agent who has it sees."""
        known = self._views.get(record)
        if known is None:
            having = [agent for agent in (*record.holders, *record.invited) if agent not in UNCOUNTED]
            views = [(agent, view(record, agent, definition=self.definition)) for agent in having]
            known = [(agent, seen.state.value) for agent, seen in views if seen is not None]
            with_room(self._views)[record] = known
        return known

    def resuming(self, record: Interaction) -> list[Interaction]:
        """The record with each state that it may resume."""
        known = self._resumed.get(record)
        if known is None:
            states: dict[State | None, None] = {None: None}
            if record.state in (State.IN_WORKBIN, State.INVITED, State.QUEUED):
                states |= {
                    edge.resumes: None for edge in self.definition.edges(record.media) if edge.resumes != AS_BEFORE
                }
            known = [changed(record, resume=state) for state in states]
            with_room(self._resumed)[record] = known
        return known

    # --- what a step does -------------------------------------------------------------------------------------------

    def perform(self, record: Interaction, command: Command) -> Step | Refusal:
        """The step that a command takes, or why it is refused."""
        try:
            return step(record, command, definition=self.definition)
        except RefusedError as error:
            return error.refusal

    def effect(self, before: Interaction, done: Step, edge: Edge | None) -> Effect:
        """What a step does to a candidate."""
        record = bare(done.interaction)
        shown = dict(self.views(before))
        told: list[tuple[str, str]] = []
        for notice in notices(done, definition=self.definition):
            is_of_child = done.created is not None and notice.event.interaction != done.interaction.id
            if is_of_child or notice.agent in UNCOUNTED:
                continue
            state = notice.view.state.value
            if notice.kind is NoticeKind.STATUS_CHANGE or shown.get(notice.agent) != state:
                told.append((notice.agent, state))
            shown[notice.agent] = state
        was_in, is_in = (each.state is State.IN_WORKBIN for each in (before, record))
        moves = [*([REMOVED] if was_in and done.events else []), *([ADDED] if is_in and done.events else [])]
        return Effect(record, edge, (*told, *((SUBSCRIBERS, move) for move in moves)))

    def after(self, candidate: Candidate, effect: Effect) -> Candidate:
        """The candidate after a step."""
        outboxes = sent(candidate.outboxes, self.views(candidate.record), effect.told, self.views(effect.record))
        is_same = candidate.edge is not None and effect.record == candidate.record
        return Candidate(effect.record, outboxes, candidate.edge if is_same else effect.edge, candidate.done)

    # --- requests ---------------------------------------------------------------------------------------------------

    def carry(self, candidate: Candidate, pending: Pending, *, is_late: bool) -> Iterator[tuple[Candidate, Step]]:
        """Where a request leads; several ways only if it is not known who has the interaction.

        A request that takes effect late was made by an agent who had been shown what they have; so they had, if it was
        legal when it was made.
        """
        is_late = is_late and (pending.number is None or pending.is_illegal)
        done = candidate.done if pending.number is None else candidate.done | {pending.number}
        unnamed = UNNAMED if pending.number is None else (SOMEBODY,)
        for recognized in recognitions(candidate, pending.agent, unnamed):
            self._try(CARRIED)
            known = recognized if recognized is candidate else self._untold(recognized, pending.agent)
            if not is_late or self.is_aware(known, pending.agent):
                known, carried = self._aimed_at(known, pending.command)
                if carried is not None:
                    step, effect = carried
                    if not _is_supposed(pending, effect):
                        continue
                    yield self.after(known, effect)._replace(done=done), step
                    if pending.number is None and (recognized is candidate or not has_others(candidate.record)):
                        return
                    if pending.number is not None:
                        late = self._carry_after_timeouts(known, pending, carried)
                        yield from ((after._replace(done=done), step) for after, step in late)

    def _carry_after_timeouts(
        self, candidate: Candidate, pending: Pending, direct: tuple[Step, Effect]
    ) -> Iterator[tuple[Candidate, Step]]:
        """Where a request leads that takes the interaction from others, if these have let their time pass just before.

        The request shows nothing of that, and they are told late. Where the record is the same either way, one
        candidate has both still to be told, since any of it may be missing. In a crowd it is looked at for some.
        """
        step, effect = direct
        left = {*effect.record.holders, *effect.record.invited, *UNCOUNTED, pending.agent}
        losing = [name for name in candidate.record.holders if name not in left][:MAX_APART]
        alike = set()
        for name, timeout in self._timeouts(candidate.record) if losing else ():
            if name in losing:
                known, carried = self._aimed_at(self.after(candidate, timeout), pending.command)
                if carried is None or not _is_supposed(pending, carried[1]):
                    continue
                if carried[1].record == effect.record:
                    alike.add(name)
                else:
                    yield self.after(known, carried[1]), carried[0]
        if alike:
            revoked = State.REVOKED.value
            told = [((name, revoked), (name, state))[name not in alike :] for name, state in effect.told]
            yield self.after(candidate, effect._replace(told=tuple(chain.from_iterable(told)))), step

    def _timeouts(self, record: Interaction) -> tuple[tuple[str, Effect], ...]:
        """Each agent who has an interaction, with what the platform does when they let their time pass."""
        if record not in self._timed_out:
            asked = _Asked(record, None, None, PLATFORM, is_any=True)
            revoked = [
                effect
                for edge in self.definition.edges(record.media)
                if edge.source is record.state and edge.who is Who.PLATFORM and edge.operation == "Revoke"
                for effect in self._unobserved(asked, edge)
            ]
            with_room(self._timed_out)[record] = tuple(
                (name, effect) for effect in revoked for name, state in effect.told if state == State.REVOKED
            )
        return self._timed_out[record]

    def _aimed_at(self, candidate: Candidate, command: Command) -> tuple[Candidate, tuple[Step, Effect] | None]:
        """The candidate, and what a request does in it; its target may be one of those of whom nobody knows."""
        carried = self._carried(candidate.record, command)
        target = getattr(command, "target_agent", None)
        if carried is None and target is not None and is_one_of_others(candidate, target):
            for known in joined(candidate, target):
                carried = self._carried(known.record, command)
                if carried is not None:
                    return known, carried
        return candidate, carried

    def _carried(self, record: Interaction, command: Command) -> tuple[Step, Effect] | None:
        """The step that a request takes and what it does; None if it is refused. Each is worked out once."""
        key = record, command
        if key not in self._done:
            taken, done = self.perform(record, command), None
            if isinstance(taken, Step):
                edge = applicable(record, command, definition=self.definition)
                done = taken, self.effect(record, taken, edge)
            with_room(self._done, MAX_STEPS)[key] = done
        return self._done[key]

    def is_aware(self, candidate: Candidate, agent: str | None) -> bool:
        """Whether an agent has been shown what they have: nobody acts on a message that is still to come."""
        shown = dict(candidate.outboxes).get(agent or "")
        having = dict(self.views(candidate.record)).get(agent or "")
        return shown is None or having is None or shown[0] in (UNKNOWN, having)

    def _untold(self, candidate: Candidate, agent: str | None) -> Candidate:
        """The candidate, whose agent comes up by what they ask for: a message may still tell them what they have."""
        having, queues = dict(self.views(candidate.record)), dict(candidate.outboxes)
        if agent not in having or agent in queues:
            return candidate
        return candidate._replace(outboxes=tuple(sorted({**queues, agent: (UNKNOWN, having[agent])}.items())))

    # --- steps that no line shows -----------------------------------------------------------------------------------

    def unobserved(
        self,
        candidate: Candidate,
        agent: str | None,
        unrecorded: Unobserved,
        pending: Iterable[Pending],
        state: str | None = None,
        *,
        by_edge: bool = False,
    ) -> Iterator[Candidate]:
        """Where one step leads that no line shows; with ``state``, a step that may show it. ``agent`` may join.

        Steps that do the same are one step, unless they are told apart ``by_edge``.
        """
        for request in pending:
            if request.number not in candidate.done:
                yield from (after for after, _ in self.carry(candidate, request, is_late=True))
        record = candidate.record
        having = (*record.holders, *record.invited)
        newcomer = agent if agent not in having else None
        aim = agent if len(having) > MAX_APART else None
        effects, tried = self._effects_of(record, newcomer, aim, unrecorded, state, by_edge=by_edge)
        self._try(tried)
        for effect in effects:
            yield self.after(candidate, effect)

    def _effects_of(
        self,
        record: Interaction,
        newcomer: str | None,
        aim: str | None,
        unrecorded: Unobserved,
        state: str | None,
        *,
        by_edge: bool,
    ) -> tuple[tuple[Effect, ...], int]:
        """What the steps do that may show ``state``, or all of them, each once; and how many steps those are."""
        key = _Asked(record, newcomer, aim, unrecorded, is_any=state is None)
        showing = self._showing.get((key, state, by_edge))
        if showing is None:
            effects = with_room(self._effects).setdefault(key, {})
            edges = [
                (at, edge)
                for at, edge in enumerate(self.definition.edges(record.media))
                if edge.source is record.state and (state is None or self._may_show(edge, record, state, unrecorded))
            ]
            for at, edge in edges:
                if at not in effects:
                    effects[at] = tuple(self._unobserved(key, edge))
            alike: dict[object, Effect] = {}
            for at, edge in edges:
                for effect in effects[at]:
                    kind = edge if by_edge else edge.who is Who.ANYONE
                    alike.setdefault((effect.record, effect.told, kind), effect)
            showing = tuple(alike.values()), sum(len(effects[at]) for at, _ in edges)
            with_room(self._showing)[key, state, by_edge] = showing
        return showing

    def _unobserved(self, asked: _Asked, edge: Edge) -> Iterator[Effect]:
        """The effects of an unobserved edge. The workbin is unknown."""
        if edge.does in (Does.ATTACH, Does.DETACH):
            return
        for command in self._commands(asked, edge):
            done = self.perform(asked.record, command)
            if isinstance(done, Step):
                effect = self.effect(asked.record, done, edge)
                yield effect._replace(record=in_workbin(effect.record, None))

    def _may_show(self, edge: Edge, record: Interaction, state: str, unrecorded: Unobserved) -> bool:
        leads = edge.target or record.resume or self.definition.media[record.media].active
        asks = edge.does in (Does.ASK, Does.CONSULT, Does.PASS_ON)
        seen = {leads.value, edge.told, State.REVOKED if record.invited else None, State.INVITED if asks else None}
        if edge.source is State.IN_WORKBIN and unrecorded != NOBODY:
            seen.add(REMOVED)
        if leads is State.IN_WORKBIN:
            seen.add(ADDED)
        return state in seen

    def _commands(self, asked: _Asked, edge: Edge) -> Iterator[Command]:
        """The commands that take an edge, of everybody who may have given them; in a crowd, of ``aim`` and one more.

        They are aimed at the newcomer or a stranger; where it is asked what may show the newcomer a state, at the
        newcomer: a stranger whom the message names is they.
        """
        record, newcomer, aim, unrecorded, is_any = asked
        stranger = next(
            (name for name in UNRECORDED if name not in record.holders and name not in record.invited), OTHERS
        )
        newcomers = [stranger] if newcomer is None else [newcomer, stranger]
        holders, invited = _apart(record.holders, aim), _apart(record.invited, aim)
        acting: Mapping[Who, Iterable[str | None]] = {
            Who.PLATFORM: (None,), Who.HOLDER: holders, Who.INVITEE: invited, Who.ANYONE: (*newcomers, *invited),
        }  # fmt: skip
        command = exemplary(record, edge, definition=self.definition)
        for by in acting[edge.who]:
            if edge.who is Who.PLATFORM or unrecorded.may(by):
                given = command if by is None else changed(command, by=by)
                yield from _aimed(given, holders, invited, edge, newcomers if is_any else newcomers[:1])


def _is_supposed(pending: Pending, effect: Effect) -> bool:
    """Whether a request may take that edge."""
    return pending.only is None or (effect.edge is not None and only_by(effect.edge) == pending.only)


def _apart(agents: tuple[str, ...], aim: str | None) -> tuple[str, ...]:
    """Those who are told apart: all, or in a crowd ``aim``, whoever is unnamed, and one for all the others.

    What one of the others does shows nothing to ``aim`` that it does not show if another of them does it.
    """
    if aim is None or len(agents) <= MAX_APART:
        return agents
    others = [name for name in agents if name != aim and is_role(name)]
    return tuple([name for name in agents if name == aim or not is_role(name) or name == others[0]])


def _aimed(
    command: Command, holders: tuple[str, ...], invited: tuple[str, ...], edge: Edge, newcomers: list[str]
) -> Iterator[Command]:
    """The command with each agent at whom it may be aimed."""
    is_revoke = edge.who is Who.PLATFORM and edge.operation == "Revoke"
    if edge.does is Does.OFFER:
        yield from (changed(command, agent=agent) for agent in newcomers)
    elif is_revoke and edge.does in (Does.DECLINE, Does.DROP_OUT, Does.RELEASE):
        having = invited if edge.does is Does.DECLINE else holders
        yield from (changed(command, agent=agent) for agent in having)
    elif edge.does is Does.REMOVE:
        targets = (*holders, *invited)
        yield from (changed(command, target_agent=agent) for agent in targets if agent != getattr(command, "by", None))
    elif getattr(command, "target_agent", None) is not None:
        yield from (changed(command, target_agent=agent) for agent in newcomers)
    else:
        yield command


def with_room(kept: dict[K, V], most: int | None = None) -> dict[K, V]:
    """A cache, emptied where it is full: where it has `MAX_KEPT` entries, unless another limit is given."""
    if len(kept) >= (MAX_KEPT if most is None else most):
        kept.clear()
    return kept
