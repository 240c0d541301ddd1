"""Whether overlapping operations on one interaction could have happened one after the other.

A history is *linearizable* if its calls can be put into an order that respects time (a call that had ended before
another began comes before it) and in which the model gives each the outcome that it had. A call whose reply never came
has no end: it may have happened at any time after it began, or not at all.

The search is that of Wing and Gong (1993), with the memory of Lowe (2017): the same calls done, in the same situation,
are looked at once. It goes deep first, unlike `ixnstate.searching`: every order has all calls that must be in it, so
none is shorter than another, and the first one found ends the search.
"""

from collections.abc import Callable, Sequence
from functools import partial
from types import NoneType
from typing import TypeAlias

from ixnstate import stepping
from ixnstate.commands import Command
from ixnstate.definition import Definition, checked
from ixnstate.events import Event
from ixnstate.model import Interaction
from ixnstate.refusals import Refusal
from ixnstate.stepping import replay
from ixnstate.table import GWS
from ixnstate.values import changed, each_of, expect, frozen

NEVER = float("inf")

Decide: TypeAlias = Callable[[Interaction, Command], tuple[Event, ...] | Refusal]
CarryOut: TypeAlias = Callable[[Interaction, Command], Interaction | None]
"""The record after a command; None if it is refused."""


@frozen
class Call:
    """One operation: when it began and ended, and whether it was done; ``ok`` None if nobody knows.

    Without an end it may happen at any later time, or never. With one it was done or refused before that.
    """

    command: Command
    began: float
    ended: float = NEVER
    ok: bool | None = None

    @property
    def is_known(self) -> bool:
        """Whether it is over: nothing will come of it any more."""
        return self.ok is not None or self.ended < NEVER


@frozen
class Linearization:
    """The verdict about a history: an order that explains it, or the shortest beginning of it that nothing explains."""

    order: tuple[Call, ...] | None
    witness: tuple[Call, ...] = ()
    fits: bool = True
    """False if there are orders, but none that leads to how the interaction stands after them."""

    @property
    def ok(self) -> bool:
        """Whether there is such an order."""
        return self.order is not None

    def __str__(self) -> str:
        if self.order is not None:
            return "linearizable: " + ", ".join(call.command.operation for call in self.order)
        return "no order explains this:\n" + timeline(self.witness)


def linearize(
    record: Interaction,
    history: Sequence[Call],
    *,
    definition: Definition = GWS,
    decide: Decide | None = None,
    fits: Callable[[Interaction], bool] | None = None,
) -> Linearization:
    """Whether calls on an interaction, which stood as ``record`` before them, are linearizable.

    ``decide`` says what comes of a command, if more is known than ``definition`` says. ``fits`` says whether the
    interaction can stand so after all of them, if that has been looked at.
    """
    expect("record", record, Interaction)
    expect("decide", decide, Callable, NoneType)
    expect("fits", fits, Callable, NoneType)
    checked(definition)
    history = tuple(each_of("history", history, Call))
    carry_out = _remembering(decide or partial(stepping.decide, definition=definition))
    calls = sorted(history, key=lambda call: call.began)
    order = _search(record, calls, carry_out, fits)
    if order is not None:
        return Linearization(order)
    if fits is not None and _search(record, calls, carry_out) is not None:
        needed = _needed(calls, lambda fewer: _search(record, fewer, carry_out, fits) is None)
        return Linearization(None, needed, fits=False)
    ends = sorted(call.ended for call in calls if call.is_known)
    first, last = 0, len(ends) - 1
    while first < last:  # a beginning of a linearizable history is linearizable, so the shortest can be bisected
        middle = (first + last) // 2
        if _search(record, _until(calls, ends[middle]), carry_out) is None:
            last = middle
        else:
            first = middle + 1
    witness = _until(calls, ends[first])
    kept = [call for call in witness if call.ended == ends[first]]  # without it there would be a shorter beginning
    return Linearization(None, _needed(witness, lambda fewer: _search(record, fewer, carry_out) is None, kept))


def _needed(
    calls: Sequence[Call], is_unexplained: Callable[[Sequence[Call]], bool], kept: Sequence[Call] = ()
) -> tuple[Call, ...]:
    """The calls without the refused ones, which have changed nothing, as long as no order explains the rest."""
    needed = list(calls)
    for call in calls:
        fewer = [each for each in needed if each is not call]
        if call.ok is False and call not in kept and is_unexplained(fewer):
            needed = fewer
    return tuple(needed)


def _until(calls: Sequence[Call], moment: float) -> list[Call]:
    """What was known at that moment: the outcome of a call that had not ended was not."""
    known = [call for call in calls if call.began <= moment]
    return [call if call.ended <= moment else changed(call, ended=NEVER, ok=None) for call in known]


def _search(
    record: Interaction, calls: Sequence[Call], carry_out: CarryOut, fits: Callable[[Interaction], bool] | None = None
) -> tuple[Call, ...] | None:
    needed = sum(1 << index for index, call in enumerate(calls) if call.is_known)
    seen: set[tuple[object, ...]] = set()
    stack: list[tuple[int, Interaction, tuple[Call, ...]]] = [(0, record, ())]
    while stack:
        done, here, order = stack.pop()
        if done & needed == needed and (fits is None or fits(here)):
            return order
        content = str(here.content) if here.content else ""
        data = "" if fits is None else str(here.user_data)
        key = done, here.state, here.holders, here.invited, here.workbin, here.resume, content, data
        if key in seen:
            continue
        seen.add(key)
        limit = NEVER
        following = []
        first = (~done & (done + 1)).bit_length() - 1  # of those that are not done
        for index in range(first, len(calls)):
            call = calls[index]
            if call.began > limit:
                break
            if not done >> index & 1:
                limit = min(limit, call.ended)
                following.append((index, call))
        for index, call in reversed(following):
            after = carry_out(here, call.command)
            if after is None and not call.is_known:
                continue  # as if it had not happened
            if call.ok is None or call.ok is (after is not None):
                stack.append((done | 1 << index, after or here, (*order, call)))
    return None


def _remembering(decide: Decide) -> CarryOut:
    """What comes of a command, worked out once for a record and a command: a history is searched several times."""
    known: dict[tuple[int, int], tuple[Interaction, Interaction | None]] = {}

    def carry_out(here: Interaction, command: Command) -> Interaction | None:
        key = id(here), id(command)
        found = known.get(key)
        if found is None:  # what is known keeps its record, so that no other gets its identity
            events = decide(here, command)
            found = known[key] = here, None if isinstance(events, Refusal) else replay(events, start=here)
        return found[1]

    return carry_out


WIDTH = 40
"""How many characters a timeline is wide."""


def timeline(calls: Sequence[Call]) -> str:
    """The calls as lines over a common time: when each began and ended, and what became of it."""
    calls = tuple(each_of("calls", calls, Call))
    moments = sorted({call.began for call in calls} | {call.ended for call in calls if call.ended < NEVER})
    scale = (WIDTH - 1) / max(len(moments) - 1, 1)
    place = {moment: round(index * scale) for index, moment in enumerate(moments)}
    lines = []
    for call in calls:
        start, end = place[call.began], place.get(call.ended, WIDTH)
        bar = " " * start + "|" + "-" * max(end - start - 1, 0) + ("|" if call.ended in place else "...")
        outcome = {True: "done", False: "refused", None: "unknown"}[call.ok]
        who = getattr(call.command, "by", None) or "the platform"
        lines.append(f"{bar:<{WIDTH + 4}} {who}: {call.command.operation}: {outcome}")
    return "\n".join(lines)
