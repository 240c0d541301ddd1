"""What has been gone through: states, edges, pairs of edges, refused cells, and details that were compared, by medium.

It can be kept and merged.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from ixnstate.definition import Definition, Edge
from ixnstate.graph import illegal_cells
from ixnstate.table import GWS
from ixnstate.testing.model import Expected
from ixnstate.values import Json, brief, changed, each_of, expect, expect_number, short
from ixnstate.vocabulary import RefusalCode

Universe: TypeAlias = Mapping[str, tuple[str, ...]]
"""What there is to cover: the names of states, edges and refused cells."""

KINDS = ("states", "edges", "pairs", "refused cells", "details", "hidden details")


def check(known: Universe) -> None:
    """Raises ValueError for what does not say what there is to cover."""
    expect("known", known, Mapping)
    for kind, names in known.items():
        if kind not in KINDS:
            raise ValueError(f"known has {brief(kind)}; there are {', '.join(KINDS)}")
        expect(f"known[{kind}]", names, tuple, list)
        tuple(each_of(f"known[{kind}]", names, str))


class Coverage:
    """How often each state, edge, pair and refused cell was met: a name, such as ``workitem: Invited -Reject-> ...``.

    Two are put together with ``merge``; ``to_json`` and ``from_json`` carry it from one process to another.
    """

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self._last: dict[str, str] = {}

    def begin(self) -> None:
        """Another run begins: its first edges follow no others."""
        self._last = {}

    def saw(self, expected: Expected) -> None:
        """An action was done, and this was to come of it."""
        for record in (expected.before, expected.after):
            if record is not None:
                self._count("states", f"{record.media}: {record.state.value}")
        if expected.before is None:
            return
        media, id = expected.before.media, expected.before.id
        if expected.refusal is not None:
            if expected.refusal.code in (RefusalCode.ILLEGAL, RefusalCode.FINAL):
                self._count("refused cells", cell_name(media, expected.before.state.value, expected.refusal.operation))
        elif expected.edge is not None:
            name = edge_name(media, expected.edge)
            self._count("edges", name)
            if id in self._last:
                self._count("pairs", f"{self._last[id]}, {name}")
            self._last[id] = name

    def showed(self, media: str, name: str, *, is_hidden: bool = False) -> None:
        """A driver showed a detail of an interaction; or did not, though there was something to show."""
        self._count("hidden details" if is_hidden else "details", f"{media}: {name}")

    @property
    def never_shown(self) -> tuple[str, ...]:
        """The details that were there to show, and that no driver has shown."""
        return tuple(sorted(self.counts["hidden details"].keys() - self.counts["details"].keys()))

    def _count(self, kind: str, name: str) -> None:
        self.counts[kind][name] = self.counts[kind].get(name, 0) + 1

    def merge(self, other: "Coverage") -> "Coverage":
        """This one, with the counts of the other added. Raises ValueError for what is not a `Coverage`."""
        expect("other", other, Coverage)
        for kind, names in other.counts.items():
            for name, count in names.items():
                self.counts[kind][name] = self.counts[kind].get(name, 0) + count
        return self

    def to_json(self) -> dict[str, Json]:
        """As plain JSON data."""
        return {kind: dict(sorted(names.items())) for kind, names in self.counts.items()}

    @classmethod
    def from_json(cls, saved: Mapping[str, Mapping[str, int]]) -> "Coverage":
        """What `to_json` gave. Raises ValueError for anything else."""
        expect("saved", saved, Mapping)
        for kind, counts in saved.items():
            expect(f"saved[{short(kind)}]", counts, Mapping)
            for name, count in counts.items():
                expect(f"saved[{short(kind)}]", name, str)
                expect_number(f"saved[{short(kind)}][{short(name)}]", count)
        made = cls()
        for kind in KINDS:
            made.counts[kind] = dict(saved.get(kind, {}))
        return made

    def missing(self, known: Universe) -> dict[str, tuple[str, ...]]:
        """What of the states, edges and refused cells was never met."""
        check(known)
        return {kind: tuple(name for name in names if name not in self.counts[kind]) for kind, names in known.items()}

    def percent(self, known: Universe) -> float:
        """How much of the states, edges and refused cells was met."""
        check(known)
        total = sum(map(len, known.values()))
        met = sum(name in self.counts[kind] for kind, names in known.items() for name in names)
        return 100.0 * met / total if total else 100.0


def edge_name(media: str, edge: Edge) -> str:
    """``workitem: Processing -Complete-> Queued (into a queue)``."""
    target = "as before" if edge.target is None else edge.target.value
    condition = "" if edge.when.name == "ALWAYS" else f" ({edge.when.value})"
    return f"{media}: {edge.source.value} -{edge.operation}-> {target}{condition}"


def names_of(media: str, edge: Edge, definition: Definition = GWS) -> tuple[str, ...]:
    """The names under which an edge can be met: where it resumes, one for each state to which it can lead."""
    targets = definition.targets(media, edge)
    return (edge_name(media, edge), *(edge_name(media, changed(edge, target=target)) for target in targets))


def cell_name(media: str, state: str, operation: str) -> str:
    """``workitem: Queued -Complete-> refused``."""
    return f"{media}: {state} -{operation}-> refused"


def universe(media: Iterable[str], definition: Definition = GWS) -> Universe:
    """All that a definition has; pairs are counted, but which of them are possible depends on the world."""
    states, edges, cells = [], [], []
    for name in media:
        states += [f"{name}: {state.value}" for state in definition.medium(name).states]
        edges += [edge_name(name, edge) for edge in definition.edges(name)]
        cells += [cell_name(name, state.value, each) for state, each in illegal_cells(name, definition=definition)]
    return {
        "states": tuple(states),
        "edges": tuple(dict.fromkeys(edges)),
        "refused cells": tuple(cells),
    }
