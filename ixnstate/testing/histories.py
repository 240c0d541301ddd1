"""Whether overlapping operations on one interaction could have happened one after the other.

A history is *linearizable* if its calls can be put into an order that respects time (a call that had ended before
another began comes before it) and in which the model gives each the outcome that it had. A call whose outcome nobody
knows, since its reply never came, may have happened at any time after it began, or not at all.

The search is that of Wing and Gong (1993), with the memory of Lowe (2017): the same calls done, in the same situation,
are looked at once.
"""

from collections.abc import Sequence

from ixnstate.commands import Command
from ixnstate.definition import Definition
from ixnstate.model import Interaction
from ixnstate.refusals import Refusal
from ixnstate.stepping import decide, replay
from ixnstate.table import GWS
from ixnstate.values import changed, frozen


@frozen
class Call:
    """One operation: when it began and ended, and whether it was done; ``ok`` None if nobody knows."""

    command: Command
    began: float
    ended: float = float("inf")
    ok: bool | None = None


@frozen
class Linearization:
    """The verdict about a history: an order that explains it, or the shortest beginning of it that nothing explains."""

    order: tuple[Call, ...] | None
    witness: tuple[Call, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is such an order."""
        return self.order is not None

    def __str__(self) -> str:
        if self.order is not None:
            return "linearizable: " + ", ".join(call.command.operation for call in self.order)
        return "no order explains this:\n" + timeline(self.witness)


def linearize(record: Interaction, history: Sequence[Call], *, definition: Definition = GWS) -> Linearization:
    """Whether calls on an interaction, which stood as ``record`` before them, are linearizable."""
    calls = sorted(history, key=lambda call: call.began)
    order = _search(record, calls, definition)
    if order is not None:
        return Linearization(order)
    ends = sorted(call.ended for call in calls if call.ok is not None)
    first, last = 0, len(ends) - 1
    while first < last:  # a beginning of a linearizable history is linearizable, so the shortest can be bisected
        middle = (first + last) // 2
        if _search(record, _until(calls, ends[middle]), definition) is None:
            last = middle
        else:
            first = middle + 1
    return Linearization(None, tuple(_until(calls, ends[first])))


def _until(calls: Sequence[Call], moment: float) -> list[Call]:
    """What was known at that moment: the outcome of a call that had not ended was not."""
    known = [call for call in calls if call.began <= moment]
    return [call if call.ended <= moment else changed(call, ended=float("inf"), ok=None) for call in known]


def _search(record: Interaction, calls: Sequence[Call], definition: Definition) -> tuple[Call, ...] | None:
    needed = sum(1 << index for index, call in enumerate(calls) if call.ok is not None)
    seen: set[tuple[object, ...]] = set()
    stack: list[tuple[int, Interaction, tuple[Call, ...]]] = [(0, record, ())]
    while stack:
        done, here, order = stack.pop()
        if done & needed == needed:
            return order
        content = str(here.content) if here.content else ""
        key = done, here.state, here.holders, here.invited, here.workbin, here.resume, content
        if key in seen:
            continue
        seen.add(key)
        limit = float("inf")
        following = []
        for index, call in enumerate(calls):
            if call.began > limit:
                break
            if not done >> index & 1:
                limit = min(limit, call.ended)
                following.append((index, call))
        for index, call in reversed(following):
            events = decide(here, call.command, definition=definition)
            refused = isinstance(events, Refusal)
            if call.ok is None and refused:
                continue  # as if it had not happened
            if call.ok is None or call.ok is not refused:
                after = here if isinstance(events, Refusal) else replay(events, start=here)
                stack.append((done | 1 << index, after, (*order, call)))
    return None


WIDTH = 40
"""How many characters a timeline is wide."""


def timeline(calls: Sequence[Call]) -> str:
    """The calls as lines over a common time: when each began and ended, and what became of it."""
    moments = sorted({call.began for call in calls} | {call.ended for call in calls if call.ended != float("inf")})
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
