"""What is known of steps that no line shows from a session of few agents, so that fewer are tried in one of many.

Whatever a step does depends on its agents only by whether they have the interaction, are invited, or neither, on which
of them are one and the same, and on whether others are left. And a step names two of them at most, and leaves out one,
or all. So what holds where three are alike holds for any number of them:

- whether a step tells an agent something: it does, or not, whoever of the others that are alike acts and is acted on;
- whether it matters which of those that are alike acts: of most steps only that they were taken is seen later;
- whether two edges do the same, whoever takes them.

That leaves a few hundred questions of each medium, so what is known from few is worked out once for all; each line that
asks for it counts it as its own work. Records are left out whose agents are told apart otherwise: where one of them is
the owner of a workbin, or has what they are invited to.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ixnstate.trace.candidate import Effect, is_role, role, with_agents
from ixnstate.trace.unobserved import ANYONE, Actors, Query

ONE = role(0)
"""The agent whom it is about, where few are asked of: who is to be told, or may join."""

FEW = 3
"""How many of those that are alike are left: who acts, on whom, and one more."""

MANY = 2
"""From how many steps by an edge on it is asked which of them do the same: of fewer, trying them is no dearer."""


class Known(NamedTuple):
    """What is known of the steps by an edge."""

    tried: int
    """How many of them were tried for it."""
    telling: frozenset[object]
    """Who must act on whom for `ONE` to be told something."""
    does: object
    """What it does: edges that do the same are one, unless they are told apart."""
    whoever: frozenset[object] = frozenset()
    """Of these it is the same which of those that are alike acts."""


def among_few(query: Query) -> Query | None:
    """The question with `ONE` in it, and of the others that are alike `FEW` at most; None if they are not alike."""
    record, newcomer, _, _, is_any, to = query
    if record.workbin is not None or {*record.holders} & {*record.invited}:
        return None

    def few(agents: tuple[str, ...], first: int) -> tuple[str, ...]:
        others = sum(is_role(name) and name != to for name in agents)
        alike = [role(number) for number in range(first, first + min(others, FEW))]
        return (*[ONE for name in agents if name == to], *alike, *[name for name in agents if not is_role(name)])

    few_record = with_agents(record, few(record.holders, 1), few(record.invited, 1 + FEW))
    one, to_one = (None if name is None else ONE for name in (newcomer, to))
    return Query(few_record, one, None, ANYONE, is_any, to_one)


def known_of(
    few: Query, acting: Iterable[Actors], effect_of: Callable[[Actors], Effect | None], *, many: bool
) -> Known:
    """What is known of an edge by what its steps do among few: None if one is refused.

    Only if ``many`` may act it is asked whether it is the same who does. Since all are alike of whom two are, and two
    who act on the same agent do the same or not, it is enough to look at these two.
    """
    first: dict[object, Actors] = {}
    second: dict[object, Actors] = {}
    for actors in acting:
        parts = parts_of(actors, few)
        if first.setdefault(parts, actors) is not actors and target_of(actors) == target_of(first[parts]):
            second.setdefault(parts, actors)
    done = {parts: effect_of(actors) for parts, actors in first.items()}
    telling = frozenset([parts for parts, effect in done.items() if effect and ONE in dict(effect.told)])
    does = frozenset([(actors.get("by"), target_of(actors), _outcome(done[parts])) for parts, actors in first.items()])
    if not many:
        return Known(len(first), telling, does)
    differing = {parts for parts, actors in second.items() if _outcome(effect_of(actors)) != _outcome(done[parts])}
    return Known(len(first) + len(second), telling, does, frozenset({*first} - differing))


def _outcome(effect: Effect | None) -> object:
    return effect and (effect.record, effect.told)


def apart(acting: Iterable[Actors], query: Query, known: Known) -> list[Actors]:
    """Of all who may act on whom: those of whom the agent asked for is told, as far as it matters who they are."""
    kept: dict[object, Actors] = {}
    for actors in acting:
        parts = parts_of(actors, query)
        if query.to is None or parts in known.telling:
            by = None if parts in known.whoever else actors.get("by")
            kept.setdefault((parts, by, target_of(actors)), actors)
    return [*kept.values()]


Target = tuple[str | None, str | None]


def target_of(actors: Actors) -> Target:
    """On whom somebody acts."""
    return actors.get("agent"), actors.get("target_agent")


def parts_of(actors: Actors, query: Query) -> object:
    """Who acts on whom, where those are one who are alike to the agent whom it is about."""
    record, one = query.record, query.to or query.newcomer

    def part(name: str | None) -> object:
        if name is None or not is_role(name):
            return name
        return ONE if name == one else (name in record.holders, name in record.invited)

    return part(actors.get("by")), *map(part, target_of(actors))
