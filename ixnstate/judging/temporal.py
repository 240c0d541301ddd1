"""Rules over time, as data: what must hold of an interaction from one moment to a later one.

Every line that the judge takes makes a `Moment` of its interaction: the state it is in then, the operation if the line
is a request. A `Rule` speaks of moments: of all (`always`, `never`), or of those after one that fits ``after``: that
one which fits ``then`` comes (`eventually`), or that all fit ``then`` up to one that fits ``end`` (`until`).
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from math import inf
from typing import Any, NamedTuple

import attrs

from ixnstate.model import Interaction
from ixnstate.recording.lines import Place
from ixnstate.recording.times import seconds
from ixnstate.trace.findings import RuleOutcome
from ixnstate.values import brief, fields_of, frozen, mistyped
from ixnstate.vocabulary import State


@frozen
class Where:
    """Which moments fit: those with one of the states, operations, media and agents named. () fits any."""

    states: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    negated: bool = False
    """Those that do not fit."""


class Modality(StrEnum):
    """What a rule says."""

    ALWAYS = "always"  # every moment fits `then`
    NEVER = "never"  # no moment fits `then`
    EVENTUALLY = "eventually"  # after each that fits `after`, one comes that fits `then`
    UNTIL = "until"  # after each that fits `after`, all fit `then` until one fits `end`, which comes


def _modality(value: Any) -> Modality:
    if not isinstance(value, str) or value not in tuple(Modality):
        raise ValueError(f"a rule says one of {', '.join(Modality)}, not {brief(value)}")
    return Modality(value)


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf


@frozen
class Rule:
    """A rule: its name, what it says, and of which moments. ``within`` is a number of seconds, None for any time.

    Raises ValueError for anything else.
    """

    name: str
    says: Modality = attrs.field(converter=_modality)
    then: Where
    after: Where = Where()
    end: Where = Where()
    within: float | None = None
    code: str = "IXN302"
    is_shown: bool = False
    """Whether it is about what agents are shown, of which the last counts: what another one is shown begins it anew."""

    def __attrs_post_init__(self) -> None:
        if (unfit := mistyped(self)) is not None:
            raise ValueError(f"a rule's {unfit} cannot be {brief(getattr(self, unfit))}")
        if self.within is not None and not _is_seconds(self.within):
            raise ValueError(f"within: a number of seconds, not {brief(self.within)}")


def invitation(seconds: float = 30, grace: float = 5) -> Rule:
    """Every invitation ends within its time: by an answer, or by a Revoke (AcceptTimeout, IxnLimits 8.5.3).

    ``grace`` is how much later the message about it may be recorded. Raises ValueError for what are no seconds.
    """
    for name, value in (("seconds", seconds), ("grace", grace)):
        if not _is_seconds(value):
            raise ValueError(f"{name} must be a number of seconds, not {brief(value)}")
    return Rule(
        "an invitation ends", Modality.EVENTUALLY, then=Where(states=("Invited",), negated=True),
        after=Where(states=("Invited",)), within=seconds + grace, code="IXN301",
        is_shown=True,
    )  # fmt: skip


def read_rule(value: Any) -> Rule:
    """A rule from plain JSON: ``{"name", "says", "then", "after", "end", "within"}``. Raises ValueError."""
    known = {field.name for field in fields_of(Rule)} - {"code", "is_shown"}
    if not isinstance(value, Mapping) or not {"name", "says", "then"} <= value.keys() <= known:
        raise ValueError(f"a rule has name, says and then, and may have after, end and within; this is {brief(value)}")
    if not isinstance(value["name"], str) or value["says"] not in tuple(Modality):
        raise ValueError(f"a rule's name is a string, and it says one of {', '.join(Modality)}; this is {brief(value)}")
    after, end = (_where(value.get(key, {})) for key in ("after", "end"))
    return Rule(value["name"], value["says"], _where(value["then"]), after, end, value.get("within"))


def _where(value: Any) -> Where:
    known = {field.name for field in fields_of(Where)}
    if not isinstance(value, Mapping) or not value.keys() <= known or not isinstance(value.get("negated", False), bool):
        raise ValueError(f"moments are told by {', '.join(sorted(known))}; this is {brief(value)}")
    named = {key: each for key, each in value.items() if key != "negated"}
    for key, names in named.items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"{key}: a list of names, not {brief(names)}")
    states = named.get("states", ())
    if unknown := set(states) - set(State):
        raise ValueError(f"states: no such state as {', '.join(sorted(unknown))}")
    return Where(**{key: tuple(names) for key, names in named.items()}, negated=value.get("negated", False))


@frozen
class Moment:
    """An interaction at one line: the state in which it is then, and the operation that the line requests."""

    interaction: str
    media: str
    state: str
    """The state of its record."""
    shown: str | None
    """The state that a notification shows: an agent who has let go is shown another one."""
    operation: str | None
    agent: str | None
    time: float | None
    place: Place
    text: str
    """The beginning of the line."""
    seq: int | None = None


TEXT_KEPT = 200
"""How many characters of the line of a moment are kept."""


@frozen
class Breach:
    """A rule that does not hold: where that is seen, and the moment from which it should have held."""

    rule: Rule
    since: Moment
    seen: Moment | None
    """None at the end of the recording."""


def is_one_of(
    where: Where, media: str, state: str, shown: str | None, operation: str | None, agent: str | None
) -> bool:
    """Whether such a moment is one of those."""
    is_one = (
        (not where.states or state in where.states or shown in where.states)
        and (not where.operations or operation in where.operations)
        and (not where.media or media in where.media)
        and (not where.agents or agent in where.agents)
    )
    return is_one is not where.negated


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
        ends = tuple(number for number, rule in lasting if _ends(rule, *about))
        return Touch(
            tuple(number for number, holds in judged if holds),
            tuple(number for number, holds in judged if not holds),
            tuple(number for number, rule in lasting if _begins(rule, *about)),
            ends,
            tuple(
                number
                for number, rule in lasting
                if rule.says is Modality.UNTIL and number not in ends and not is_one_of(rule.then, *about)
            ),
        )

    def is_met(self, interaction: str, touch: Touch, agent: str | None, time: Any) -> bool:
        """Whether nothing but the usual comes of a moment for the rules that wait; then it has been counted.

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
        if _is_over(rule, since, moment.time) or number in touch.stops:
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

    def finish(self) -> Iterator[Breach]:
        """The rules whose time was over before the recording ended; what is still under way is inconclusive."""
        self.settle()
        latest = seconds(self.latest)
        for number, since in [each for waiting in self.pending.values() for each in waiting.items()]:
            if _is_over(self.rules[number], since, latest):
                self._counts[number][1] += 1
                yield Breach(self.rules[number], since, None)
            else:
                self._counts[number][2] += 1
        self.pending.clear()

    @property
    def outcomes(self) -> tuple[RuleOutcome, ...]:
        """How each rule has come out so far."""
        return tuple(RuleOutcome(rule.name, *counts) for rule, counts in zip(self.rules, self._counts, strict=True))


MAX_TOUCHES = 10_000


def in_time(within: float, since: Any, now: Any) -> bool:
    """Whether no more than ``within`` seconds have passed from one record's time to another's, as they are written."""
    if since is None or now is None:
        return True
    if since.__class__ is now.__class__ is float:
        return bool(now - since <= within)
    began, ended = seconds(since), seconds(now)
    return began is None or ended is None or ended - began <= within


def _begins(rule: Rule, media: str, state: str, shown: str | None, operation: str | None, agent: str | None) -> bool:
    if rule.is_shown:
        return shown is not None and is_one_of(rule.after, media, shown, shown, operation, agent)
    about = (media, state, shown, operation, agent)
    return is_one_of(rule.after, *about) and not (rule.says is Modality.EVENTUALLY and is_one_of(rule.then, *about))


def _ends(rule: Rule, media: str, state: str, shown: str | None, operation: str | None, agent: str | None) -> bool:
    goal = rule.then if rule.says is Modality.EVENTUALLY else rule.end
    return is_one_of(goal, media, (shown or state) if rule.is_shown else state, shown, operation, agent)


def _is_over(rule: Rule, since: Moment, now: float | None) -> bool:
    return rule.within is not None and since.time is not None and now is not None and now - since.time > rule.within
