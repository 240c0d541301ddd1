"""Rules over time, followed through a recording. What a rule is, is data: see `trace.rules`.

Every line that the judge takes makes a `Moment` of its interaction: the state it is in then, the operation if the line
is a request. A `Rule` speaks of moments: of all (`always`, `never`), or of those after one that fits ``after``: that
one which fits ``then`` comes (`eventually`), or that all fit ``then`` up to one that fits ``end`` (`until`).
"""

from collections.abc import Iterable, Iterator
from math import inf
from typing import Any, NamedTuple

from ixnstate.model import Interaction
from ixnstate.recording.times import seconds
from ixnstate.trace.findings import RuleOutcome
from ixnstate.trace.rules import Breach, Modality, Moment, Rule, begins_with, ends_with, in_time, is_one_of, is_over

TEXT_KEPT = 200
"""How many characters of the line of a moment are kept."""


class Since:
    """The line since which rules wait: the moment is made of it only when something else than usual comes of it."""

    __slots__ = ("begins", "line", "media", "operation", "shown", "state")

    def __init__(
        self, begins: tuple[int, ...], line: Any, record: Interaction, shown: str | None, operation: str | None
    ) -> None:
        self.begins = begins
        self.line = line
        self.media = record.media
        self.state = record.state
        self.shown = shown
        self.operation = operation

    @property
    def agent(self) -> str | None:
        """Who asked, or was told."""
        agent: str | None = self.line.agent
        return agent

    @property
    def time(self) -> Any:
        """When, as it is written."""
        return self.line.time

    def moment(self, interaction: str) -> Moment:
        """The moment after the line."""
        recorded = self.line.source.recorded
        return Moment(
            interaction, self.media, self.state, self.shown, self.operation, self.line.agent, recorded.time,
            recorded.line.place, recorded.line.text[:TEXT_KEPT], recorded.seq,
        )  # fmt: skip


class Touch(NamedTuple):
    """What a kind of moment is to the rules, by their numbers."""

    holds: tuple[int, ...]
    """Those of one moment (always, never) that hold in it."""
    breaks: tuple[int, ...]
    """Those that do not."""
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    """Those whose waiting it ends well."""
    stops: tuple[int, ...]
    """Those (until) whose waiting it ends badly."""

    @property
    def is_idle(self) -> bool:
        """Whether it concerns only rules that wait already."""
        return not (self.holds or self.breaks or self.begins)


class Rules:
    """Follows rules through the moments of many interactions; what is under way is all that it keeps."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.pending: dict[str, Any] = {}
        """By interaction, the moments from which rules wait, or what makes them (see `waiting`)."""
        self._counts = [[0, 0, 0] for _ in rules]
        self._touches: dict[object, Touch] = {}
        self.names_agents = any(where.agents for rule in rules for where in (rule.then, rule.after, rule.end))
        self.latest: Any = None
        """The time of the last line that has one, as it is written there."""

    def touch(self, media: str, state: str, shown: str | None, operation: str | None, agent: str | None) -> Touch:
        """What such a moment is to the rules."""
        about = (media, state, shown, operation, agent if self.names_agents else None)
        touch = self._touches.get(about)
        if touch is None:
            if len(self._touches) >= MAX_TOUCHES:
                self._touches.clear()
            touch = self._touches[about] = self._touch(*about)
        return touch

    def _touch(self, *about: Any) -> Touch:
        instant: list[tuple[int, Rule]] = []
        lasting: list[tuple[int, Rule]] = []
        for number, rule in enumerate(self.rules):
            is_instant = rule.says in (Modality.ALWAYS, Modality.NEVER)
            (instant if is_instant else lasting).append((number, rule))
        judged = [
            (number, is_one_of(rule.then, *about) is (rule.says is Modality.ALWAYS))
            for number, rule in instant
            if is_one_of(rule.after, *about)
        ]
        ends = tuple(number for number, rule in lasting if ends_with(rule, *about))
        return Touch(
            tuple(number for number, holds in judged if holds),
            tuple(number for number, holds in judged if not holds),
            tuple(number for number, rule in lasting if begins_with(rule, *about)),
            ends,
            tuple(
                number
                for number, rule in lasting
                if rule.says is Modality.UNTIL and number not in ends and not is_one_of(rule.then, *about)
            ),
        )

    def meet(self, interaction: str, touch: Touch, agent: str | None, time: Any) -> bool:
        """Let the rules that wait meet a moment; whether nothing but the usual comes of it, which is counted then.

        Usual is that nothing changes, or that all rules that wait are satisfied in time.
        """
        since = self.pending.get(interaction)
        if since is None:
            return touch.is_idle
        if (
            since.__class__ is dict
            or touch.breaks
            or touch.holds
            or not in_time(self.within(since.begins), since.time, time)
        ):
            return False
        if touch.ends == since.begins and not touch.begins:
            self.count(since.begins, 1)
            del self.pending[interaction]
            return True
        return not touch.ends and not touch.stops and (not touch.begins or agent == since.agent)

    def take(self, touch: Touch, moment: Moment, *, is_possible: bool = True) -> Iterator[Breach]:
        """The rules that this moment breaks. One that cannot be is a finding already: no rule begins to wait in it."""
        for number in touch.holds:
            self._counts[number][0] += 1
        for number in touch.breaks:
            self._counts[number][1] += 1
            yield Breach(self.rules[number], moment, moment)
        for number, since in tuple(self.waiting(moment.interaction).items()):
            yield from self._follow(number, since, touch, moment, is_possible=is_possible)
        if is_possible and touch.begins:
            waiting = self.waiting(moment.interaction)
            self.pending[moment.interaction] = waiting
            for number in touch.begins:
                waiting.setdefault(number, moment)

    def waiting(self, interaction: str) -> dict[int, Moment]:
        """The moments of an interaction from which rules wait."""
        waiting = self.pending.get(interaction, {})
        if not isinstance(waiting, dict):
            waiting = self.pending[interaction] = dict.fromkeys(waiting.begins, waiting.moment(interaction))
        return waiting

    def go_to(self, time: Any) -> None:
        """A line of that time has come; None for one without a time."""
        if time is not None:
            self.latest = time

    def forget(self, interaction: str) -> None:
        """Nothing waits for the interaction any more: it is inconclusive."""
        for number in getattr(waiting := self.pending.pop(interaction, ()), "begins", waiting):
            self._counts[number][2] += 1

    def settle(self) -> None:
        """Make the moments of what waits, while the lines can still be read."""
        for interaction in self.pending:
            self.waiting(interaction)

    def within(self, numbers: Iterable[int]) -> float:
        """For how many seconds all of these wait."""
        return min(
            [inf if (within := self.rules[number].within) is None else within for number in numbers], default=inf
        )

    def _follow(
        self, number: int, since: Moment, touch: Touch, moment: Moment, *, is_possible: bool
    ) -> Iterator[Breach]:
        rule = self.rules[number]
        if is_over(rule, since, moment.time) or number in touch.stops:
            self._counts[number][1] += 1
            yield Breach(rule, since, moment)
        elif number in touch.ends or (
            rule.is_shown and is_possible and number in touch.begins and moment.agent != since.agent
        ):
            self._counts[number][0] += 1
        else:
            return
        waiting = self.waiting(moment.interaction)
        del waiting[number]
        if not waiting:
            del self.pending[moment.interaction]

    def count(self, numbers: Iterable[int], times: int) -> None:
        """These were satisfied so often."""
        for number in numbers:
            self._counts[number][0] += times

    def overdue(self, now: float) -> Iterator[Breach]:
        """The rules that wait longer than they may at that time: what they wait for comes too late, if it comes."""
        for interaction in [name for name in self.pending if self._limit(name) <= now]:
            waiting = self.waiting(interaction)
            for number, since in tuple(waiting.items()):
                if is_over(self.rules[number], since, now):
                    self._counts[number][1] += 1
                    del waiting[number]
                    yield Breach(self.rules[number], since, None)
            if not waiting:
                del self.pending[interaction]

    @property
    def limit(self) -> float:
        """The time after which the first of the rules that wait is overdue; infinite where none waits for a time."""
        return min(map(self._limit, self.pending), default=inf)

    def _limit(self, interaction: str) -> float:
        since = self.pending[interaction]
        if not isinstance(since, dict):
            time = seconds(since.time)
            return inf if time is None else time + self.within(since.begins)
        return min(
            [inf if each.time is None else each.time + self.within((number,)) for number, each in since.items()],
            default=inf,
        )

    def finish(self) -> Iterator[Breach]:
        """The rules whose time was over before the recording ended; what is still under way is inconclusive."""
        latest = seconds(self.latest)
        if latest is not None:
            yield from self.overdue(latest)
        for interaction in tuple(self.pending):
            self.forget(interaction)

    @property
    def outcomes(self) -> tuple[RuleOutcome, ...]:
        """How each rule has come out so far."""
        return tuple(RuleOutcome(rule.name, *counts) for rule, counts in zip(self.rules, self._counts, strict=True))


MAX_TOUCHES = 10_000
