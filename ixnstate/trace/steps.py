"""Steps of one candidate: those that a request takes, and those that no line shows.

A step that no line shows is taken only as far as a line asks for it: the closure under such steps is never computed.

What such a step attaches to an interaction nobody will ever know, and nothing depends on it; so it attaches nothing,
and of a workbin into which it puts an interaction only that there is one is kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from math import inf
from operator import itemgetter
from typing import NamedTuple

import attrs

from ixnstate.commands import Command, Revoke
from ixnstate.definition import AS_BEFORE, Definition, Edge
from ixnstate.model import Interaction, Step
from ixnstate.noticing import notice_fields
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.stepping import applicable, step
from ixnstate.trace.caches import with_room
from ixnstate.trace.candidate import (
    ADDED,
    REMOVED,
    SOMEBODY,
    SUBSCRIBERS,
    UNCOUNTED,
    UNKNOWN,
    UNNAMED,
    Candidate,
    Effect,
    Pending,
    Views,
    bare,
    by_agent,
    has_others,
    in_workbin,
    is_one_of_others,
    joined,
    only_by,
    recognitions,
    renamed_effect,
    sent,
)
from ixnstate.trace.unobserved import (
    MAX_APART,
    Actors,
    Company,
    Example,
    Kind,
    Query,
    Unobserved,
    actors_of,
    canonical,
    casting_of,
    company_of,
    kinds_of,
    may_show,
    recast,
)
from ixnstate.values import changed
from ixnstate.views import view_among, views_by_role
from ixnstate.vocabulary import State, Who

MAX_TRIED = 256
"""How many steps that no line shows are tried for what a line may mean: one new line in thousands needs more, of real
recordings that begin in the middle. So many take 15 to 45 ms. It bites at what fits nothing, where many may act unseen.
What was worked out for other lines counts like the rest, so that nothing depends on which lines came before."""

AGAIN = 1 / 8
"""As how many of them it counts to take from a step that was tried what another does: for an agent who is alike, or for
one more candidate."""

TOLD = 1 / 16
"""As how many it counts, besides, for each agent whom a step tells something."""

OUTBOX = 1 / 128
"""As how many it counts, besides, for each agent of that candidate who is still to be shown something."""

CARRIED = 4
"""As how many of them it counts to try whether a request in flight has taken effect: that costs as much."""

MAX_STEPS = 5_000
"""How many steps of requests are kept to be used again; one is some thousand bytes."""

_REVOKE = Revoke()


class TooDearError(Exception):
    """What a message may mean would take too much work: it stays undetermined."""


class Done(NamedTuple):
    """What the steps by an edge do, and as how many steps it counts to find that out."""

    effects: tuple[Effect, ...]
    tried: float


class Trial(NamedTuple):
    """What steps do that may show a state, each once, and the places of the edges by which they were tried."""

    effects: tuple[Effect, ...]
    edges: tuple[int, ...]


@attrs.define(eq=False)
class Question:
    """What is asked about steps that no line shows, and what has been worked out."""

    query: Query
    company: Company
    done: dict[int, Done] = attrs.field(factory=dict)
    """What is done by each edge, by its place."""
    trials: dict[tuple[str | None, bool], Trial] = attrs.field(factory=dict)
    """By the state that is to be shown, and whether edges are told apart."""


@attrs.define(eq=False)
class Naming:
    """A question about certain roles: the same question of numbered ones, and who these are."""

    question: Question
    names: Mapping[str, str]
    effects: dict[tuple[str | None, bool], tuple[Effect, ...]] = attrs.field(factory=dict)
    """As in the trials of the question."""


class Steps:
    """The steps that candidates may take under a definition."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._left: float = inf
        self._tried: set[object] = set()
        """What was tried since the limit was set."""
        self._views: dict[Interaction, Views] = {}
        self._resumed: dict[Interaction, list[Interaction]] = {}
        self._done: dict[tuple[Interaction, Command], tuple[Step, Effect] | None] = {}
        self._namings: dict[Query, Naming] = {}
        self._questions: dict[Query, Question] = {}
        self._kinds: dict[tuple[str, State], tuple[Kind, ...]] = {}
        """By medium and state: its edges."""

    @contextmanager
    def limited(self, most: int | None = None) -> Iterator[None]:
        """Within it `TooDearError` is raised when more unobserved steps are tried: than `MAX_TRIED`, if not given."""
        with_room(self._namings)
        with_room(self._questions)  # here, since nothing may count twice for a line
        before = self._left, self._tried
        self._left, self._tried = MAX_TRIED if most is None else most, set()
        try:
            yield
        finally:
            self._left, self._tried = before

    def _try(self, steps: float) -> None:
        """So many steps are tried."""
        self._left -= steps
        if self._left < 0:
            raise TooDearError

    def _try_once(self, what: object, steps: float) -> None:
        """So many are tried, if they have not been for this line before."""
        if self._left < inf and what not in self._tried:
            self._tried.add(what)
            self._try(steps)

    def views(self, record: Interaction) -> Views:
        """The state that each agent who has it sees."""
        known = self._views.get(record)
        if known is None:
            views = views_by_role(record, self.definition)
            having = dict.fromkeys((*record.holders, *record.invited))
            seen = [(agent, view_among(views, record, agent)) for agent in having if agent not in UNCOUNTED]
            known = [(agent, view.state.value) for agent, view in seen if view is not None]
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
        told = [
            (agent, seen.state.value)
            for agent, seen, _, event, _ in notice_fields(done, self.definition, states_only=True)
            if agent not in UNCOUNTED and (done.created is None or event.interaction == done.interaction.id)
        ]
        was_in, is_in = (each.state is State.IN_WORKBIN for each in (before, record))
        moves = [*([REMOVED] if was_in and done.events else []), *([ADDED] if is_in and done.events else [])]
        return Effect(record, edge, by_agent([*told, *((SUBSCRIBERS, move) for move in moves)]))

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
        alike = set()
        for name in [name for name in candidate.record.holders if name not in left][:MAX_APART]:
            self._try(CARRIED)
            timeout = self._timeout(candidate.record, name)
            if timeout is not None:
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

    def _timeout(self, record: Interaction, name: str) -> Effect | None:
        """What the platform does when an agent who holds an interaction lets their time pass; None if it cannot."""
        done = self._carried(record, changed(_REVOKE, agent=name))
        return done[1] if done is not None and (name, State.REVOKED.value) in done[1].told else None

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
        is_told: bool = False,
    ) -> Iterator[Candidate]:
        """Where one step leads that no line shows; with ``state``, a step that may show it. ``agent`` may join.

        Steps that do the same are one step, unless they are told apart ``by_edge``. If the agent ``is_told`` of it,
        steps are left out of which an agent who has it already is told nothing.
        """
        for request in pending:
            if request.number not in candidate.done:
                yield from (after for after, _ in self.carry(candidate, request, is_late=True))
        record = candidate.record
        having = (*record.holders, *record.invited)
        newcomer = agent if agent not in having else None
        aim = agent if len(having) > MAX_APART else None
        to = agent if is_told and state not in (ADDED, REMOVED) and _is_known(candidate, agent) else None
        query = Query(record, newcomer, aim, unrecorded, is_any=state is None, to=to)
        effects = self._effects_of(query, state, by_edge=by_edge)
        self._try(len(effects) * (AGAIN + OUTBOX * len(candidate.outboxes)))
        for effect in effects:
            yield self.after(candidate, effect)

    def _effects_of(self, query: Query, state: str | None, *, by_edge: bool) -> tuple[Effect, ...]:
        """What the steps do that may show ``state``, or all of them, each once. They are tried, as `_try` counts."""
        naming = self._naming(query)
        question, names = naming.question, naming.names
        trial = question.trials.get((state, by_edge))
        if trial is None:
            trial = question.trials[state, by_edge] = self._trial(question, state, by_edge=by_edge)
        else:
            for at in trial.edges:
                self._try_once((question, at), question.done[at].tried)
        effects = naming.effects.get((state, by_edge))
        if effects is None:
            effects = naming.effects[state, by_edge] = tuple(
                [renamed_effect(effect, names) for effect in trial.effects]
            )
        return effects

    def _naming(self, query: Query) -> Naming:
        naming = self._namings.get(query)
        if naming is None:
            asked, names = canonical(query)
            question = self._questions.get(asked)
            if question is None:
                question = self._questions[asked] = Question(asked, company_of(asked))
            naming = self._namings[query] = Naming(question, names)
        return naming

    def _trial(self, question: Question, state: str | None, *, by_edge: bool) -> Trial:
        query = question.query
        record, unrecorded, to = query.record, query.unrecorded, query.to
        active = self.definition.media[record.media].active
        kinds = self._kinds_of(record)
        alike: dict[object, tuple[int, Effect]] = {}
        edges: list[int] = []
        for at, (example, _) in enumerate(kinds):
            edge = example[0]
            if state is not None and not may_show(edge, record, state, unrecorded, active):
                continue
            edges.append(at)
            kind = at if by_edge else edge.who is Who.ANYONE
            for effect in self._done_by(question, at, example):
                if to is None or to in dict(effect.told):
                    alike.setdefault((effect.record, effect.told, kind), (at, effect))
        if by_edge:
            each = [(place, edge, effect) for at, effect in alike.values() for place, edge in kinds[at].alike]
            each.sort(key=itemgetter(0))
            return Trial(tuple([effect._replace(edge=edge) for _, edge, effect in each]), tuple(edges))
        return Trial(tuple([effect for _, effect in alike.values()]), tuple(edges))

    def _done_by(self, question: Question, at: int, example: Example) -> tuple[Effect, ...]:
        """What the steps by an edge do, whoever takes them: of those who are alike, one tries for all."""
        done = question.done.get(at)
        if done is None:
            record = question.query.record
            first: dict[object, tuple[Actors, Effect | None]] = {}
            effects, tried = dict[Effect, None](), 0.0
            for actors in actors_of(question.company, example):
                casting = casting_of(actors, question.company)
                if casting not in first:
                    effect = self._effect_of(record, example, actors)
                    first[casting] = actors, effect
                    tried += 1 + TOLD * len(effect.told if effect is not None else ())
                else:
                    played, effect = first[casting]
                    effect = effect and renamed_effect(effect, recast(played, actors))
                    tried += AGAIN
                if effect is not None:
                    effects[effect] = None
            done = question.done[at] = Done(tuple(effects), tried)
        self._try_once((question, at), done.tried)
        return done.effects

    def _kinds_of(self, record: Interaction) -> tuple[Kind, ...]:
        key = record.media, record.state
        if key not in self._kinds:
            self._kinds[key] = kinds_of(self.definition, record.media, record.state)
        return self._kinds[key]

    def _effect_of(self, record: Interaction, example: Example, actors: Actors) -> Effect | None:
        """What a step does; the workbin is unknown. None if it is refused."""
        edge, command = example
        done = self.perform(record, changed(command, **actors) if actors else command)
        if not isinstance(done, Step):
            return None
        effect = self.effect(record, done, edge)
        return effect._replace(record=in_workbin(effect.record, None))


def _is_known(candidate: Candidate, agent: str | None) -> bool:
    """Whether an agent has an interaction and is nobody else: then only what they are told shows them a state."""
    record = candidate.record
    queue = dict(candidate.outboxes).get(agent or "", (None,))
    return agent in {*record.holders, *record.invited} - {*UNNAMED, *UNCOUNTED} and queue[0] != ""


def _is_supposed(pending: Pending, effect: Effect) -> bool:
    """Whether a request may take that edge."""
    return pending.only is None or (effect.edge is not None and only_by(effect.edge) == pending.only)
