"""Rules over time, as data: what must hold of an interaction from one moment to a later one.

Every line that the judge takes makes a `Moment` of its interaction: the state it is in then, the operation if the line
is a request. A `Rule` speaks of moments: of all (`always`, `never`), or of those after one that fits ``after``: that
one which fits ``then`` comes (`eventually`), or that all fit ``then`` up to one that fits ``end`` (`until`).
"""

from collections.abc import Mapping
from enum import StrEnum
from math import inf
from typing import Any

import attrs

from ixnstate.recording.lines import Place
from ixnstate.recording.times import seconds
from ixnstate.values import Json, brief, fields_of, frozen, mistyped
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


def _modality(value: Json) -> Modality:
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


def invitation(seconds: float = 30, grace: float = 10) -> Rule:
    """Every invitation ends within its time: by an answer, or by a Revoke (AcceptTimeout, IxnLimits 8.5.3).

    ``grace`` is how much later the message about it may be recorded. Raises ValueError for what are not seconds.
    """
    for name, value in (("seconds", seconds), ("grace", grace)):
        if not _is_seconds(value):
            raise ValueError(f"{name} must be a number of seconds, not {brief(value)}")
    return Rule(
        "an invitation ends", Modality.EVENTUALLY, then=Where(states=("Invited",), negated=True),
        after=Where(states=("Invited",)), within=seconds + grace, code="IXN301",
        is_shown=True,
    )  # fmt: skip


def read_rule(value: Json) -> Rule:
    """A rule from plain JSON: ``{"name", "says", "then", "after", "end", "within"}``. Raises ValueError."""
    known = {field.name for field in fields_of(Rule)} - {"code", "is_shown"}
    if not isinstance(value, Mapping) or not {"name", "says", "then"} <= value.keys() <= known:
        raise ValueError(f"a rule has name, says and then, and may have after, end and within; this is {brief(value)}")
    if not isinstance(value["name"], str) or value["says"] not in tuple(Modality):
        raise ValueError(f"a rule's name is a string, and it says one of {', '.join(Modality)}; this is {brief(value)}")
    after, end = (_where(value.get(key, {})) for key in ("after", "end"))
    return Rule(value["name"], value["says"], _where(value["then"]), after, end, value.get("within"))


def _where(value: Json) -> Where:
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
    seq: int | None = None


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
    """The same for a moment that is not made yet."""
    is_one = (
        (not where.states or state in where.states or shown in where.states)
        and (not where.operations or operation in where.operations)
        and (not where.media or media in where.media)
        and (not where.agents or agent in where.agents)
    )
    return is_one is not where.negated


def in_time(within: float, since: Any, now: Any) -> bool:
    """Whether no more than ``within`` seconds have passed from one record's time to another's, as they are written."""
    if since is None or now is None:
        return True
    if since.__class__ is now.__class__ is float:
        return bool(now - since <= within)
    began, ended = seconds(since), seconds(now)
    return began is None or ended is None or ended - began <= within


def begins_with(
    rule: Rule, media: str, state: str, shown: str | None, operation: str | None, agent: str | None
) -> bool:
    """Whether the rule begins to wait with such a moment."""
    if rule.is_shown:
        return shown is not None and is_one_of(rule.after, media, shown, shown, operation, agent)
    about = (media, state, shown, operation, agent)
    return is_one_of(rule.after, *about) and not (rule.says is Modality.EVENTUALLY and is_one_of(rule.then, *about))


def ends_with(rule: Rule, media: str, state: str, shown: str | None, operation: str | None, agent: str | None) -> bool:
    """Whether such a moment ends its waiting well."""
    goal = rule.then if rule.says is Modality.EVENTUALLY else rule.end
    return is_one_of(goal, media, (shown or state) if rule.is_shown else state, shown, operation, agent)


def is_over(rule: Rule, since: Moment, now: float | None) -> bool:
    """Whether it has waited longer than it may."""
    return rule.within is not None and since.time is not None and now is not None and now - since.time > rule.within
