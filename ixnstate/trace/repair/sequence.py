"""The cheapest change of a sequence of operations that makes it legal: an exact alignment over the state graph.

The graph is that of bare names: the few dozen records of a medium, and where each name leads from them. The alignment
keeps, for each record, what it costs at least to stand there after the operations so far. What one operation does to
such a row of costs depends on the row and the name alone, so it is worked out once and kept: a row is then one lookup
an operation.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ixnstate.definition import Definition, Derived, checked, known_state
from ixnstate.model import Interaction
from ixnstate.places import WorkbinPlace
from ixnstate.searching import nearest_first
from ixnstate.space import arcs_by_name, plain, standing
from ixnstate.table import GWS
from ixnstate.trace.findings import Change
from ixnstate.values import each_of, frozen
from ixnstate.vocabulary import State


@frozen
class Edit:
    """One edit: before, or at, which operation of the sequence (its index, from 0), and which operation is new."""

    change: Change
    index: int
    operation: str | None = None
    """What is inserted, or stands there instead; None for a deletion."""

    def __str__(self) -> str:
        new = f" {self.operation}" if self.operation else ""
        return f"{self.change}{new} {'before' if self.change is Change.INSERT else 'at'} {self.index}"


@frozen
class Repair:
    """The fewest edits that make a sequence legal, in order; () if it is legal."""

    edits: tuple[Edit, ...]

    @property
    def cost(self) -> int:
        """How many edits."""
        return len(self.edits)

    def __str__(self) -> str:
        return "; ".join(map(str, self.edits)) or "nothing to repair"


def repair(media: str, operations: Iterable[str], *, start: str = State.QUEUED, definition: Definition = GWS) -> Repair:
    """The cheapest repair of a sequence of operation names of one interaction, which begins in state ``start``.

    Names mean what they mean to `ixnstate.validate`. Raises ValueError for an unknown medium or state, and for what is
    not a name.
    """
    checked(definition).medium(media)
    names = each_of("operations", operations, str)
    return _ALIGNERS.of(definition, (media, known_state(start))).align(names)


_Come = tuple[int, Change | None, str | None]
"""From which record; by which edit of the operation (None: as it is); with which new name."""


class _Step(NamedTuple):
    """What one operation does to a row of costs: the next row, and for each record how it was reached."""

    row: tuple[int, ...]
    come: tuple[tuple[_Come, int], ...]
    """With the record from which insertions lead on."""


class _Aligner:
    def __init__(self, first: Interaction, definition: Definition) -> None:
        leads: dict[Interaction, dict[str, Interaction]] = {}

        def leading_on(record: Interaction) -> Iterator[tuple[str, Interaction]]:
            leads[record] = dict(arcs_by_name(record, definition=definition))
            yield from leads[record].items()

        numbers = {record: number for number, (record, _) in enumerate(nearest_first([first], leading_on))}
        self._arcs = [{name: numbers[after] for name, after in named.items()} for named in leads.values()]
        self._ways = [self._ways_from(node) for node in numbers.values()]
        self._steps: dict[tuple[tuple[int, ...], str], _Step] = {}

    def _ways_from(self, start: int) -> list[tuple[str, ...] | None]:
        """The fewest insertions from one record to each other one."""
        ways = dict(nearest_first([start], lambda node: self._arcs[node].items()))
        return [ways.get(node) for node in range(len(self._arcs))]

    def align(self, operations: Iterable[str]) -> Repair:
        row = self._closed([0, *([_NEVER] * (len(self._arcs) - 1))])[0]
        begun = row
        taken: list[_Step] = []
        steps = self._steps
        for name in operations:
            step = steps.get((row, name))
            if step is None:
                if len(steps) >= MAX_STEPS:
                    steps.clear()
                step = steps[row, name] = self._step(row, name)
            taken.append(step)
            row = step.row
        return Repair(tuple(self._read_back(taken, row, begun)))

    def _read_back(self, taken: list[_Step], row: tuple[int, ...], begun: tuple[int, ...]) -> list[Edit]:
        edits: list[Edit] = []
        node = row.index(0)
        if taken:
            ends = [node for node, cost in enumerate(row) if not cost]
            node = min(ends, key=lambda each: _KEEPS.index(taken[-1].come[each][0][1]))
        for index in range(len(taken) - 1, -1, -1):
            (before, change, name), reached = taken[index].come[node]
            if reached != node:
                edits += [Edit(Change.INSERT, index + 1, each) for each in reversed(self._ways[reached][node] or ())]
            if change is not None:
                edits.append(Edit(change, index, name))
            node = before
        if begun[node]:
            edits += [Edit(Change.INSERT, 0, each) for each in reversed(self._ways[0][node] or ())]
        edits.reverse()
        return edits

    def _step(self, row: tuple[int, ...], name: str) -> _Step:
        costs = [_NEVER] * len(row)
        come: list[_Come] = [(0, None, None)] * len(row)
        for price, after, how in self._options(row, name):
            if price < costs[after]:
                costs[after], come[after] = price, how
        closed, reached = self._closed(costs)
        return _Step(closed, tuple((come[by], by) for by in reached))

    def _options(self, row: tuple[int, ...], name: str) -> Iterator[tuple[int, int, _Come]]:
        """What can become of one operation: a price, the record after it, and how. First what keeps more of it."""
        for node, cost in enumerate(row):
            if name in self._arcs[node]:
                yield cost, self._arcs[node][name], (node, None, None)
        for node, cost in enumerate(row):
            for other, after in self._arcs[node].items():
                yield cost + 1, after, (node, Change.REPLACE, other)
        for node, cost in enumerate(row):
            yield cost + 1, node, (node, Change.DELETE, None)

    def _closed(self, costs: list[int]) -> tuple[tuple[int, ...], list[int]]:
        """The costs with insertions, less the least of them; and for each record from which one insertions lead on."""
        best, reached = list(costs), list(range(len(costs)))
        for node, cost in enumerate(costs):
            for after, way in enumerate(self._ways[node]):
                if way and cost + len(way) < best[after]:
                    best[after], reached[after] = cost + len(way), node
        least = min(best)
        return tuple(min(each - least, _NEVER) for each in best), reached


def _aligner(definition: Definition, first: tuple[str, State]) -> _Aligner:
    media, state = first
    return _Aligner(plain(standing("sequence", media, state, place=WorkbinPlace("workbin-1"))), definition)


_ALIGNERS = Derived(_aligner)

_NEVER = 1 << 30
_KEEPS = (None, Change.REPLACE, Change.DELETE)
"""Of the ends that cost the same, the one that keeps most of the last operation is taken."""
MAX_STEPS = 20_000
"""How many are kept; a sequence that is nothing but faults meets more."""
