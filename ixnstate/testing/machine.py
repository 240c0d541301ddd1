"""A hypothesis state machine over an implementation: several interactions, agents, workbins, and time.

A rule draws a *goal*, an edge of some medium, and goes the shortest way to it from wherever the interaction stands; so
rare states are reached on purpose, and what is done is legal by construction. A share of it is illegal: a cell of the
table, a stranger, an argument that is missing; the model says with which refusal. The bench compares after each.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ixnstate.commands import (
    AttachUserData,
    Command,
    Create,
    Custom,
    PullInteraction,
    Reply,
    Submit,
    Subscribe,
    Unsubscribe,
)
from ixnstate.definition import Edge
from ixnstate.graph import illegal_cells
from ixnstate.model import Interaction
from ixnstate.refusals import Refusal
from ixnstate.testing.bench import Bench, play
from ixnstate.testing.contents import VALUES
from ixnstate.testing.coverage import cell_name, names_of
from ixnstate.testing.differing import Difference, Known, NonconformanceError, Script
from ixnstate.testing.drivers import Ability
from ixnstate.testing.explaining import shortest
from ixnstate.testing.explorer import Place, Situation, explore, situation, ways
from ixnstate.testing.forms import (
    Scope,
    at_whoever_has_it,
    births,
    by_others,
    illegal,
    out_of_another,
    probe,
    taking,
    without,
)
from ixnstate.testing.judging import Deviation
from ixnstate.testing.misnamed import misspelt_keys, unknown_names
from ixnstate.testing.model import Wait, applicable_edge
from ixnstate.values import Json, JsonObject, changed
from ixnstate.vocabulary import Evidence, State

T = TypeVar("T")

MAX_INTERACTIONS = 4
WAITS = (5.0, 31.0, 10_000.0, 10_801.0)
"""Less and more than an invitation lasts, and than an interaction may be left alone (IxnLimits, 8.5.3)."""

MOST = 15
"""How many different failures are looked for."""

ILLEGAL = 0.2
"""The share of what is done that must be refused."""

TURNS = 3
"""How many things are done in one step of the machine."""

AT_ONCE = 5
"""How many steps are one to hypothesis: to choose a rule takes it longer than a step takes."""

BESIDES = 0.35
"""The share of turns in which time passes, user data are attached and so on; in the others there is a goal."""

MISTAKES = 4
"""How many illegal things are tried at a time: a refusal changes nothing, so the run goes on where it was."""

DATA: tuple[JsonObject, ...] = (
    {"key": "new"}, {"more": 1}, {"deep": {"list": [1, None]}}, {"key": ""}, {"KEY": "other", "key": None},
    *VALUES.values(),
)  # fmt: skip


class Plan:
    """The ways of a scope: to each goal from each situation. Worked out once, and shared by all runs.

    ``known`` are rules along which it does not go, ``faults`` are causes that are looked past. ``illegal`` is the share
    of what agents do that must be refused.
    """

    def __init__(
        self, scope: Scope, known: Iterable[Deviation] = (), faults: Known | None = None, *, illegal: float = ILLEGAL
    ) -> None:
        if not 0 <= illegal < 1:
            raise ValueError(f"the share of illegal operations is 0 or more, and less than 1, not {illegal}")
        self.scope = scope
        self.illegal = illegal
        self.known = tuple(known)
        self.faults = Known() if faults is None else faults
        self.places: dict[str, dict[Situation, Place]] = {media: explore(media, scope) for media in scope.media}
        self._settle()

    def leave_out(self, found: Difference) -> None:
        """Go on without what has been found: look past its cause, and go along that rule no more."""
        self.faults.add(found.cause)
        if found.blocks:
            self.known = (*self.known, Deviation(found.rule, "found before"))
            self._settle()

    def _settle(self) -> None:
        self._asked: dict[int, bool] = {}
        """By the edge's identity: edges are the definition's, which the scope keeps."""
        self._ways: dict[tuple[str, Situation], dict[Situation, tuple[Edge, ...]]] = {}
        starts: dict[tuple[str, Edge], list[Situation]] = {}
        for media, places in self.places.items():
            for here, place in places.items():
                for arc in place.arcs:
                    if self.is_asked(media, arc.edge):
                        starts.setdefault((media, arc.edge), []).append(here)
        self.goals = tuple((media, edge, tuple(found)) for (media, edge), found in starts.items())
        """Each edge, with the situations in which it can be taken."""
        self.wrong: dict[tuple[str, State], list[str]] = {}
        """By medium and state, the operations that are not legal there."""
        for media, places in self.places.items():
            reached = {place.record.state for place in places.values()}
            for state, operation in illegal_cells(media, definition=self.scope.definition):
                if state in reached and not self.excuses(cell_name(media, state.value, operation)):
                    self.wrong.setdefault((media, state), []).append(operation)
        self.cells = tuple(where for where, operations in self.wrong.items() for _ in operations)
        """Where each of them is not legal."""

    def is_asked(self, media: str, edge: Edge) -> bool:
        """What no page says, and what is known to deviate, is left to the generated cases."""
        if id(edge) not in self._asked:
            self._asked[id(edge)] = self._is_asked(media, edge)
        return self._asked[id(edge)]

    def _is_asked(self, media: str, edge: Edge) -> bool:
        if edge.evidence is Evidence.SILENT:
            return False
        return not any(map(self.excuses, names_of(media, edge, self.scope.definition)))

    def excuses(self, name: str) -> bool:
        """Whether a known deviation covers it."""
        return any(each.covers(name) for each in self.known)

    def ways(self, media: str, start: Situation) -> Mapping[Situation, tuple[Edge, ...]]:
        """The fewest edges from a situation to every other that can be reached, the nearest first."""
        key = media, start
        if key not in self._ways:
            self._ways[key] = ways(self.places[media], start, lambda edge: self.is_asked(media, edge))
        return self._ways[key]

    def way_to(self, media: str, start: Situation, state: State) -> tuple[Edge, ...] | None:
        """The fewest edges from a situation to a state; None if there is no way."""
        return next((way for here, way in self.ways(media, start).items() if here[0] is state), None)


class Lifecycles(RuleBasedStateMachine):
    """The machine; `machine` makes a subclass for an implementation."""

    plan: Plan
    steps: int
    new_bench: Callable[[], Bench]
    failures: list[NonconformanceError]

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        """A fresh implementation."""
        self.dice = Random(seed)  # noqa: S311 (nothing is kept secret with it)
        try:
            self.bench = type(self).new_bench()
        except NonconformanceError as failure:
            self.failures.append(failure)
            raise
        self.is_over = False
        self.left = self.steps
        self.bench.coverage.begin()
        self.names = self.count = self.mistakes = 0

    # --- turns ------------------------------------------------------------------------------------------------------

    @rule()
    def turns(self) -> None:
        """Perform random actions of a few steps. One rule for all: hypothesis would rather draw what it drew before."""
        besides = self._probe, self._wait, self._attach, self._subscribe
        steps = min(AT_ONCE, self.left)
        self.left -= steps
        for _ in range(steps * TURNS):
            if self.dice.random() < BESIDES:
                self._one_of(besides)()
            elif self.mistakes < self.plan.illegal * self.count:
                self._one_of((self._stray, self._err))()
            else:
                self._go()

    def _probe(self) -> None:
        """Offer what no agent sees: it is waiting, or it has ended."""
        probes = [each for record in self._records() if (each := probe(record, self.plan.scope)) is not None]
        if probes:
            self._do(self._one_of(probes))

    def _wait(self) -> None:
        """Time passes."""
        if self.bench.can(Ability.TIME):
            self._do(Wait(self._one_of(WAITS)))

    def _attach(self) -> None:
        """User data of one interaction; the others keep theirs."""
        workers = self.plan.scope.world.workers
        held = [each for each in self._records() if each.holders and not each.invited and each.holders[0] in workers]
        if held:
            record = self._one_of(held)
            by, about = record.holders[0], {"interaction": record.id, "media": record.media}
            data = self._one_of(DATA)
            self._do(AttachUserData(by=by, user_data=data, media_type=record.media_type, **about))

    def _subscribe(self) -> None:
        """An agent wants to be told what comes into a workbin, or no longer."""
        places = self._subscribable()
        if places and self.bench.can(Ability.NOTIFICATIONS):
            kind = self._one_of((Subscribe, Unsubscribe))
            place = self._one_of(places)
            self._do(kind(**place))
            if place.get("agent_group") is not None and self.mistakes < self.plan.illegal * self.count:
                self._mistake(kind(**{**place, "by": by}) for by in self.plan.scope.world.outsiders[:1])

    def _go(self) -> None:
        """The shortest way to an edge, and along it; what no agent sees then is offered now and then."""
        record, edge = self._before()
        if record is not None and self._follow(record, (edge,)) is not None and self.dice.random() < 0.5:
            asked = probe(self._now(record), self.plan.scope)
            if asked is not None:
                self._do(asked)

    def _stray(self) -> None:
        """The way to an edge; then by somebody else, or without an argument; at last as it should be."""
        record, edge = self._before()
        right = None if record is None else self._form(record, edge)
        if record is not None and right is not None:
            world = self.plan.scope.world
            scope = self.plan.scope
            strange = *by_others(record, right, world), *at_whoever_has_it(record, right)
            wrong = [each for _, each in (*strange, *without(right), *misspelt_keys(right, scope))]
            if isinstance(right, PullInteraction) and (other := out_of_another(right, world)):
                wrong.append(other)
            if (former := self._former(record)) is not None and getattr(right, "by", None) is not None:
                wrong.append(changed(right, by=former))
            unknown = [each for _, each in unknown_names(right)]
            self._mistake([self._one_of(each) for each in (wrong, unknown) if each])
            self._do(right)

    def _former(self, record: Interaction) -> str | None:
        """The agent out of whose hands it went last."""
        for expected in reversed(self.bench.history):
            before = expected.before
            if before is not None and before.id == record.id:
                gone = [agent for agent in before.holders if agent not in (*record.holders, *record.invited)]
                if gone:
                    return gone[0]
        return None

    def _err(self) -> None:
        """The shortest way to a state, and there a few things that are not legal in it."""
        if not self.plan.cells:
            return
        media, state = self._one_of(self.plan.cells)
        record = self._choose(media, lambda here: self.plan.way_to(media, here, state))
        way = None if record is None else self.plan.way_to(media, situation(record), state)
        record = self._follow(record, way or ()) if record is not None else None
        if record is not None and record.state is state:
            here = self.plan.wrong[media, state]
            names = self.dice.sample(here, min(MISTAKES, len(here)))
            wrong = [illegal(record, operation, self.plan.scope) for operation in names]
            by = (*record.holders, *record.invited, self.plan.scope.world.workers[0])[0]
            unknown = Custom(operation="Juggle", by=by, interaction=record.id, media=media)
            self._mistake([unknown, *(each for each in wrong if each is not None)])

    def _before(self) -> tuple[Interaction | None, Edge]:
        """An interaction that has gone the way to an edge, to any situation in which it can be taken; and the edge."""
        media, edge, starts = self._one_of(self.plan.goals)
        goal = self._one_of(starts)
        record = self._choose(media, lambda here: self.plan.ways(media, here).get(goal))
        way = None if record is None else self.plan.ways(media, situation(record)).get(goal)
        return (None if record is None or way is None else self._follow(record, way)), edge

    def _one_of(self, choices: Sequence[T]) -> T:
        """Hypothesis likes to draw a value again, and drawing takes time: so all is cast by dice that it seeds."""
        return self.dice.choice(choices)

    # --- doing ------------------------------------------------------------------------------------------------------

    def _do(self, action: Command | Wait) -> None:
        if self.is_over or self._is_excused(action):
            return
        try:
            self.bench.do(action)
        except NonconformanceError as failure:
            if self.plan.excuses(failure.difference.rule):
                self.is_over = True  # known, and nothing can be compared any more
                return
            self.failures.append(failure)
            raise
        self.count += 1
        if any(each.blocks for each in self.bench.met):
            self.is_over = True  # what came after it might be no fault of its own

    def _is_excused(self, action: Command | Wait) -> bool:
        """Whether the rule behind an action is known not to hold, as far as that can be told without doing it."""
        if not self.plan.known:
            return False
        if isinstance(action, Wait):
            return self.plan.excuses(f"time: {action.seconds:g} s pass")
        record = self.bench.model.center.interaction(action.interaction or "")
        if record is None or not self._is_refused(action):
            return False
        return self.plan.excuses(cell_name(record.media, record.state.value, action.operation))

    def _records(self) -> list[Interaction]:
        return [each for name in self.bench.ids if (each := self.bench.model.center.interaction(name)) is not None]

    def _now(self, record: Interaction) -> Interaction:
        return self.bench.model.record(record.id)

    def _choose(self, media: str, way: Callable[[Situation], object]) -> Interaction | None:
        """One from which there is a way, or a new one."""
        there = [each for each in self._records() if each.media == media]
        fitting = [each for each in there if way(situation(each)) is not None]
        is_full = len(self.bench.ids) >= MAX_INTERACTIONS
        if fitting and (is_full or self.dice.random() < 0.75):
            return self._one_of(fitting)
        if len(self.bench.ids) >= MAX_INTERACTIONS * 2:
            return None
        born = [each for each in births(media, self._name(), self.plan.scope) if self._leads(each, way)]
        if not born:
            return None
        birth = self._one_of(born)
        self._do(birth)
        return self.bench.model.center.interaction(str(birth.new_id))

    def _leads(self, birth: Submit | Create, way: Callable[[Situation], object]) -> bool:
        """Whether there is a way from where this creation leads."""
        places = self.plan.places[str(birth.media)].items()
        starts = [here for here, place in places if len(place.way) == 1 and type(place.way[0]) is type(birth)]
        return any(way(here) is not None for here in starts)

    def _name(self) -> str:
        self.names += 1
        return f"x{self.names}"

    def _follow(self, record: Interaction, way: Iterable[Edge]) -> Interaction | None:
        """Take these edges; the record after them, None if the agents do not fit after all."""
        for edge in way:
            command = self._form(record, edge)
            if command is None:
                return None
            self._do(command)
            record = self._now(record)
        return record

    def _form(self, record: Interaction, edge: Edge) -> Command | None:
        """One of the commands that take an edge."""
        forms = list(taking(record, edge, self.plan.scope))
        self.dice.shuffle(forms)
        for command in forms:
            if applicable_edge(record, command, self.plan.scope) is edge and not self._is_refused(command):
                return changed(command, new_id=self._name()) if isinstance(command, Reply) else command
        return None

    def _is_refused(self, command: Command) -> bool:
        return isinstance(self.bench.model.center.decide(command), Refusal)

    def _mistake(self, wrong: Iterable[Command]) -> None:
        for command in wrong:
            if self._is_refused(command):
                self._do(command)
                self.mistakes += 1

    def _subscribable(self) -> list[dict[str, Json]]:
        scope = self.plan.scope
        found: list[dict[str, Json]] = []
        for agent in scope.world.workers:
            if "agent-workbin" in scope.supports:
                found += [{"by": agent, "workbin": each} for each in scope.world.of_type("Agent")]
            group = scope.world.group_of(agent)
            if "group-workbin" in scope.supports and group is not None:
                teams = scope.world.of_type("AgentGroup")
                found += [{"by": agent, "workbin": each, "agent_group": group} for each in teams]
        return found


def machine(new_bench: Callable[[], Bench], plan: Plan, steps: int) -> type[Lifecycles]:
    """The machine for one implementation. ``new_bench`` makes a bench over a fresh one."""
    fields = {"plan": plan, "steps": steps, "new_bench": staticmethod(new_bench), "failures": []}
    return type("Lifecycles", (Lifecycles,), fields)


def search(
    new_bench: Callable[[], Bench],
    plan: Plan,
    *,
    examples: int = 100,
    steps: int = 20,
    seed: int | None = None,
) -> tuple[Script, Difference] | None:
    """Run the machine; the shortest script that shows the first difference that it found, or None.

    Without a ``seed`` hypothesis draws anew each time; with one, every run is the same.
    """

    def bench() -> Bench:
        made = new_bench()
        made.faults = plan.faults
        return made

    subject = machine(bench, plan, steps)
    if seed is not None:
        subject = seeded(seed)(subject)
    with suppress(NonconformanceError, Flaky):  # what failed is in ``failures``
        run_state_machine_as_test(subject, settings=_settings(examples, -(-steps // AT_ONCE)))
    if not subject.failures:
        return None
    failure = min(subject.failures, key=lambda each: len(each.script))
    return shortest(failure.script, failure.difference, lambda script: _played(bench, script))


def _played(new_bench: Callable[[], Bench], script: Script) -> Difference | None:
    """The first difference of a script on a fresh implementation, if that can be had."""
    try:
        return play(new_bench(), script)
    except NonconformanceError as error:
        return error.difference


def search_on(
    new_bench: Callable[[], Bench], plan: Plan, *, examples: int = 100, steps: int = 20, seed: int | None = None
) -> Iterator[tuple[Script, Difference]]:
    """Run the machine again and again, each time without what it has found, until it finds nothing; `MOST` times."""
    for _ in range(MOST):
        found = search(new_bench, plan, examples=examples, steps=steps, seed=seed) if plan.goals else None
        if found is None:
            return
        yield found
        plan.leave_out(found[1])


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, verbosity=Verbosity.quiet,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck), print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip
