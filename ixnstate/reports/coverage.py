"""How much of the lifecycle a recording shows: states, edges, pairs of edges, illegal cells, capability lists."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import attrs

from ixnstate.definition import Definition, Edge, checked
from ixnstate.graph import illegal_cells
from ixnstate.recording.records import Recorded
from ixnstate.table import GWS
from ixnstate.trace import Seen, Settled
from ixnstate.values import EMPTY, FrozenDict, Json, expect, frozen
from ixnstate.views import documented
from ixnstate.vocabulary import State

KINDS = ("states", "edges", "pairs of edges", "illegal cells asked", "illegal cells refused", "capability lists")
"""What is counted, for each medium."""


Counters: TypeAlias = dict[str, Counter[Any]]
"""By kind, how often each thing of the kind was seen."""


@frozen
class Part:
    """One kind of thing: what could have been seen, and what was, both in the order of the definition."""

    kind: str
    seen: tuple[Any, ...]
    universe: tuple[Any, ...]

    @property
    def missing(self) -> tuple[Any, ...]:
        """What could have been seen, and was not."""
        seen = frozenset(self.seen)
        return tuple(each for each in self.universe if each not in seen)

    def __str__(self) -> str:
        return f"{len(self.seen)} of {len(self.universe)}"


def _counts(given: Mapping[Any, int]) -> FrozenDict:
    expect("undecided", given, Mapping)
    return FrozenDict(given)


@frozen
class Coverage:
    """What was seen of one medium: a `Part` for each of `KINDS`, and where each edge led.

    ``undecided`` are edges that no line of the recording tells apart, and how many requests took one of them: these
    count nowhere else. (Of a request without a reply it is open, too, whether it was carried out.)
    """

    media: str
    parts: tuple[Part, ...]
    arrows: frozenset[tuple[Edge, State]]
    undecided: Mapping[tuple[Edge, ...], int] = attrs.field(default=EMPTY, converter=_counts, hash=False)

    def part(self, kind: str) -> Part:
        """The part of that kind."""
        return self.parts[KINDS.index(kind)]


@frozen
class _Taken:
    """The step that an interaction took last; without a state where that was open then."""

    edge: Edge
    state: State | None
    before: Edge | None


@frozen
class _Undecided:
    """A request of which it is open which edge it took, and the step of its interaction before it."""

    request: Recorded
    media: str
    edges: tuple[Edge, ...]
    before: Edge | None


MAX_ASKED = 10_000
"""Of how many requests is remembered what they took, until their replies; and of how many it may stay undecided."""


class Tally:
    """Counts what lines show. One step an interaction is remembered, for the pairs.

    A request is counted where it stands, since many recordings have no replies; a reply that refuses it takes that
    back, whatever came between. One that may have taken several edges is counted when later lines have ruled out all
    but one; those of which no line did are `Coverage.undecided`.
    """

    def __init__(self, definition: Definition = GWS) -> None:
        self._definition = checked(definition)
        self._seen: dict[str, Counters] = {}
        self._last: dict[str, _Taken] = {}
        self._asked: dict[int, tuple[Recorded, _Taken]] = {}
        self._undecided: dict[int, _Undecided] = {}
        self._left: dict[str, Counter[tuple[Edge, ...]]] = {}
        """What others have counted as undecided, by medium."""
        self._illegal = {media: frozenset(illegal_cells(media, definition=definition)) for media in definition.media}

    def add(self, seen: Seen) -> None:
        """Count what one line shows."""
        expect("seen", seen, Seen)
        found = self._counters(seen.media)
        found["states"][seen.state] += 1
        before = self._last.get(seen.interaction)
        if seen.unclear:
            self._last.pop(seen.interaction, None)
        if seen.listed:
            found["capability lists"][seen.name, seen.listed] += 1
        if seen.kind != "reply":
            self._count_step(found, seen)
        elif seen.refused:
            self._count_refusal(found, seen)
        else:
            self._asked.pop(id(seen.answers), None)
        for settled in seen.settled:
            self._settle(found, seen, settled, before.edge if before else None)

    def _counters(self, media: str) -> Counters:
        return self._seen.setdefault(media, {kind: Counter() for kind in (*KINDS, _ARROWS)})

    def _cell(self, seen: Seen) -> tuple[State, str] | None:
        """What was asked for, if no edge allows it."""
        refusal = seen.refusal
        cell = (State(refusal.state), refusal.operation) if refusal and refusal.state else None
        return cell if cell in self._illegal[seen.media] else None

    def _count_step(self, found: Counters, seen: Seen) -> None:
        if cell := self._cell(seen):
            found["illegal cells asked"][cell] += 1
        if seen.edge:
            last = self._last.get(seen.interaction)
            taken = self._last[seen.interaction] = _Taken(seen.edge, seen.state, last.edge if last else None)
            _count(found, taken, 1)
            if seen.kind == "request":
                self._remember(seen.recorded, taken)

    def _settle(self, found: Counters, seen: Seen, settled: Settled, before: Edge | None) -> None:
        """Lines have ruled out edges by which a request may have been carried out: if one is left, it counts."""
        key = id(settled.request)
        known = self._undecided.pop(key, None)
        if known is None and settled.request is not seen.recorded:
            return
        known = _Undecided(settled.request, seen.media, settled.edges, known.before if known else before)
        if len(settled.edges) > 1:
            if len(self._undecided) >= MAX_ASKED:
                del self._undecided[next(iter(self._undecided))]
            self._undecided[key] = known
            return
        taken = _Taken(settled.edges[0], None, known.before)
        _count(found, taken, 1)
        if settled.request is seen.recorded:
            self._last[seen.interaction] = taken
        self._remember(settled.request, taken)

    def _remember(self, request: Recorded, taken: _Taken) -> None:
        """What a request took, as long as its reply may refuse it."""
        if len(self._asked) >= MAX_ASKED:
            del self._asked[next(iter(self._asked))]
        self._asked[id(request)] = request, taken

    def _count_refusal(self, found: Counters, seen: Seen) -> None:
        """What was asked for was illegal; or it was legal, and did not happen all the same."""
        if cell := self._cell(seen):
            found["illegal cells refused"][cell] += 1
        self._undecided.pop(id(seen.answers), None)
        _, taken = self._asked.pop(id(seen.answers), (None, None))
        if taken is None:
            return
        if taken.state is not None:
            found["states"][taken.state] -= 1
        _count(found, taken, -1)
        last = self._last.get(seen.interaction)
        if last is taken:
            del self._last[seen.interaction]
        elif last is not None and last.before is taken.edge:
            found["pairs of edges"][taken.edge, last.edge] -= 1

    def coverage(self) -> tuple[Coverage, ...]:
        """What was seen of each medium that was seen at all, in the order of the definition."""
        return tuple(self._medium(media) for media in self._definition.media if media in self._seen)

    def _medium(self, media: str) -> Coverage:
        found = self._seen[media]
        parts = (
            Part(kind, tuple(each for each in universe if found[kind][each]), universe)
            for kind, universe in universes(media, self._definition).items()
        )
        arrows = frozenset(arrow for arrow, number in found[_ARROWS].items() if number)
        return Coverage(media, tuple(parts), arrows, self._open(media))

    def _open(self, media: str) -> Counter[tuple[Edge, ...]]:
        own = Counter(each.edges for each in self._undecided.values() if each.media == media)
        return own + self._left.get(media, Counter())

    # --- put together -----------------------------------------------------------------------------------------------

    def plain(self) -> dict[str, Json]:
        """What it has counted, as plain JSON, for `add_plain`."""
        return {media: self._plain(media) for media in self._seen}

    def _plain(self, media: str) -> dict[str, Json]:
        numbers, found = _numbers(media, self._definition), self._seen[media]
        counts: dict[str, Json] = {}
        for kind, places in numbers.items():
            counts[kind] = [[places[thing], count] for thing, count in found[kind].items() if thing in places]
        edges = numbers["edges"]
        counts[_ARROWS] = [[edges[edge], state, count] for (edge, state), count in found[_ARROWS].items()]
        counts[_OPEN] = [[[edges[edge] for edge in group], count] for group, count in self._open(media).items()]
        return counts

    def add_plain(self, plain: Mapping[str, Json]) -> None:
        """Add what another one has counted of other interactions. Raises ValueError for what is no such count."""
        try:
            counts = {media: self._counts_of(media, each) for media, each in plain.items()}
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise ValueError(f"these are no counts of a tally: {error}") from None
        for media, (seen, left) in counts.items():
            found = self._counters(media)
            for kind, count in seen.items():
                found[kind].update(count)
            self._left.setdefault(media, Counter()).update(left)

    def _counts_of(self, media: str, plain: Mapping[str, Json]) -> tuple[Counters, Counter[tuple[Edge, ...]]]:
        things = {kind: dict(enumerate(each)) for kind, each in universes(media, self._definition).items()}
        seen = {kind: Counter({things[kind][number]: int(count) for number, count in plain[kind]}) for kind in KINDS}
        edges = things["edges"]
        seen[_ARROWS] = Counter({(edges[edge], State(state)): int(count) for edge, state, count in plain[_ARROWS]})
        return seen, Counter({tuple(edges[edge] for edge in group): int(count) for group, count in plain[_OPEN]})


_ARROWS = "arrows"
_OPEN = "undecided"


def _count(found: Counters, taken: _Taken, number: int) -> None:
    found["edges"][taken.edge] += number
    leads = taken.state or taken.edge.target
    if leads is not None:
        found[_ARROWS][taken.edge, leads] += number
    if taken.before:
        found["pairs of edges"][taken.before, taken.edge] += number


@lru_cache(maxsize=64)
def _numbers(media: str, definition: Definition) -> dict[str, dict[object, int]]:
    """Everything that could be seen of a medium, with its place among its kind."""
    return {
        kind: {thing: number for number, thing in enumerate(things)}
        for kind, things in universes(media, definition).items()
    }


@lru_cache(maxsize=64)
def universes(media: str, definition: Definition = GWS) -> dict[str, tuple[Any, ...]]:
    """Everything of each of `KINDS` that could be seen of a medium."""
    edges = definition.edges(media)
    leaving: dict[State, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.source, []).append(edge)
    pairs = (
        (one, other) for one in edges for state in definition.targets(media, one) for other in leaving.get(state, ())
    )
    cells = illegal_cells(media, definition=definition)
    shown = (state for state in State if state is State.REVOKED or state in definition.medium(media).states)
    lists = ((state.value, name) for state in shown for name in documented(media, state, definition=definition))
    states = definition.medium(media).states
    return dict(zip(KINDS, (states, edges, tuple(dict.fromkeys(pairs)), cells, cells, tuple(lists)), strict=True))


def as_json(covered: Iterable[Coverage]) -> str:
    """The coverage as indented JSON: for each medium and kind, how much was seen, and what was not; what is open."""
    data: dict[str, dict[str, Any]] = {
        each.media: {
            part.kind: {
                "seen": len(part.seen),
                "of": len(part.universe),
                "missing": [named(one) for one in part.missing] if part.kind != "pairs of edges" else [],
            }
            for part in each.parts
        }
        for each in covered
    }
    for each in covered:
        data[each.media]["undecided"] = [
            {"edges": [named(edge) for edge in edges], "requests": count} for edges, count in each.undecided.items()
        ]
    return json.dumps(data, indent=2) + "\n"


def named(thing: object) -> str:
    """An edge, a pair of edges, a cell, a list or a state in words."""
    if isinstance(thing, Edge):
        condition = "" if thing.when == "always" else f", {thing.when}"
        return f"{thing.source} -{thing.operation}-> {thing.target or 'where it was'}{condition}"
    if isinstance(thing, tuple) and isinstance(thing[0], Edge):
        return f"{named(thing[0])}, then {thing[1].operation}"
    if isinstance(thing, tuple):
        return " ".join(map(named, thing))
    return str(thing)
