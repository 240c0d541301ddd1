"""Who has what, and until when.

Every agent who is invited to an interaction, or holds it, has a deadline for it. Nothing is ever searched, and to set,
move or drop a deadline is O(log n) at most.

Invitations all have the same time, so they are over in the order in which they were made: a line. The handling timeout
differs, and nearly always moves away, with each request of the agent. Then only the table changes, and the entry in the
heap stays where it is; when it comes to the top it is put back for the time that the table has by then. So every
deadline in the table has an entry that is due no later, in the line or in the heap. An entry that the table does not
have any more is dropped when it comes first, or when there are more such entries than others.
"""

from collections import Counter, deque
from collections.abc import Iterator
from heapq import heapify, heappop, heappush, heapreplace
from typing import TypeAlias

from ixnstate.model import Interaction
from ixnstate.values import brief

Deadline: TypeAlias = tuple[float, int, str, str, str, bool]
"""When it is over; a number that tells which of two was set first; the interaction, the agent, the medium; and whether
it is an invitation."""

SLACK = 1000
"""How many stale entries there may be besides twice as many as there are sound ones."""

FOREVER = 1e15
"""No time is that far away: thirty million years. Below it seconds still have a fraction."""


class Hands:
    """What each agent holds or is invited to, with the deadline for it; and the deadlines in their order."""

    __slots__ = ("heap", "held", "invitations", "open", "table")

    def __init__(self) -> None:
        self.table: dict[str, dict[str, Deadline]] = {}
        """The deadlines by agent and interaction."""
        self.invitations: deque[Deadline] = deque()
        self.heap: list[Deadline] = []
        self.held = 0
        """How many deadlines are of holders."""
        self.open = 0
        """How many are of invitations."""

    def hold(self, agent: str, record: Interaction, time: float, number: int) -> None:
        """Record that the agent holds it until ``time``, whether or not they held it before."""
        mine = self.table.get(agent)
        if mine is None:
            mine = self.table[agent] = {}
        interaction = record.id
        before = mine.get(interaction)
        mine[interaction] = deadline = time, number, interaction, agent, record.media, False
        if before is not None and not before[5]:
            if time >= before[0]:
                return
        else:
            self.held += 1
            if before is not None:
                self.open -= 1
        heappush(self.heap, deadline)
        if len(self.heap) > 3 * self.held + SLACK:
            self._tidy()

    def invite(self, agent: str, record: Interaction, time: float, number: int) -> None:
        """Record an invitation that expires at ``time``, which is not before that of any open invitation."""
        mine = self.table.get(agent)
        if mine is None:
            mine = self.table[agent] = {}
        elif record.id in mine:
            self.let_go(agent, record.id)
        mine[record.id] = deadline = time, number, record.id, agent, record.media, True
        self.open += 1
        self.invitations.append(deadline)
        if len(self.invitations) > 3 * self.open + SLACK:
            table = self.table  # asked without `_known`, as in `_tidy`
            self.invitations = deque([entry for entry in self.invitations if table[entry[3]].get(entry[2]) is entry])

    def _tidy(self) -> None:
        """Leave one entry in the heap for each deadline of a holder."""
        table = self.table  # asked without `_known`: every entry that went stale pays for a call here
        found = [table[entry[3]].get(entry[2]) for entry in self.heap]
        self.heap = [*{id(each): each for each in found if each is not None and not each[5]}.values()]
        heapify(self.heap)

    def let_go(self, agent: str, interaction: str) -> None:
        """The agent does not have it any more."""
        deadline = self.table[agent].pop(interaction, None)
        if deadline is None:
            return
        if deadline[5]:
            self.open -= 1
        else:
            self.held -= 1

    def first(self, until: float) -> Deadline | None:
        """The deadline that is over first, if it is by ``until``. The agent must then let go of it."""
        invitation = self._first_invitation(until)
        handling = self._first_held(until) if self.heap else None
        if invitation is not None and (handling is None or invitation < handling):
            return self.invitations.popleft()
        return None if handling is None else heappop(self.heap)

    @property
    def soonest(self) -> float | None:
        """No deadline is over before this time; None if there are none. Stale entries may make it too early."""
        times = [entries[0][0] for entries in (self.invitations, self.heap) if entries]
        return min(times, default=None)

    def _first_invitation(self, until: float) -> Deadline | None:
        line = self.invitations
        while line and (entry := line[0])[0] <= until:
            if self._known(entry) is entry:
                return entry
            line.popleft()
        return None

    def _first_held(self, until: float) -> Deadline | None:
        heap = self.heap
        while heap and heap[0][0] <= until:
            entry = heap[0]
            deadline = self._known(entry)
            if deadline is entry:
                return entry
            if deadline is None or deadline < entry or deadline[5]:
                heappop(heap)
            else:
                heapreplace(heap, deadline)
        return None

    def _known(self, entry: Deadline) -> Deadline | None:
        """The deadline that the table has where an entry has this one."""
        return self.table[entry[3]].get(entry[2])

    def of(self, agent: str) -> tuple[str, ...]:
        """The interactions that an agent has, in the order in which they came."""
        return tuple(self.table.get(agent, ()))

    def load(self, agent: str) -> Counter[str]:
        """How many interactions an agent has, by medium."""
        return Counter(deadline[4] for deadline in self.table.get(agent, {}).values())

    def all(self) -> Iterator[Deadline]:
        """Every deadline."""
        for deadlines in self.table.values():
            yield from deadlines.values()


def finite_seconds(what: str, value: object) -> float:
    """A number of seconds, more than none. Raises ValueError that says ``what`` it should be."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < FOREVER:
        raise ValueError(f"{what} must be a number of seconds, more than 0, not {brief(value)}")
    return float(value)
