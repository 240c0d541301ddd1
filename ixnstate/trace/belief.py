"""What a recording leaves possible of one interaction, and what each line makes of that.

A recording is a partial observation of one run of a nondeterministic system: the platform acts by itself, agents who
were not recorded act, messages are late. The judge determinises it on the fly. Of each interaction it keeps the
*belief*: the set of all candidates that fit every line so far, the likeliest first. A line leads from one belief to the
next; where no candidate is left, the line contradicts the recording, and `attribution` says what is wrong.

Why looking a transition up is the same as working it out. What a line makes of a belief depends on the belief, on the
kind of line, and on which of the interaction's agents it concerns: never on who they are. So a belief is a value that
names roles (see `candidate`), roles are numbered anew after each line, in the order in which the candidates name them,
and a belief's ``transitions`` remember, for each shape of line, the belief after it and which role became which. A
belief holds all that a transition may depend on: the candidates, the requests in flight, and who may have acted unseen.

Why it stays small. Candidates that differ in their last edge alone are one. Outboxes are cut (see `candidate`). While
requests are in flight there are at most MAX_CANDIDATES, spread evenly over the sets of requests that may have taken
effect, so that either answer to each of them is still possible.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ixnstate.definition import Definition, Edge
from ixnstate.model import Interaction
from ixnstate.trace.caches import with_room
from ixnstate.trace.candidate import (
    Candidate,
    Part,
    Pending,
    Showing,
    covers,
    in_workbin,
    is_role,
    parts,
    parts_of_request,
    renamed,
    renamed_request,
    role,
    showing,
)
from ixnstate.trace.steps import Steps
from ixnstate.trace.unobserved import ANYONE, Unobserved

MAX_CANDIDATES = 48
"""How many candidates a belief keeps. Lifecycles have at most a dozen situations; the rest is what is still to be
told."""
MAX_PARTS, FEW_CANDIDATES = 960, 6
"""How many agents all candidates of a belief have together, and how many candidates it has in any crowd."""

Candidates = tuple[Candidate, ...]


def _is_over(candidate: Candidate) -> bool:
    """Whether it has ended, and everybody who is named knows."""
    is_told = all(len(queue) < 2 for name, queue in candidate.outboxes if is_role(name))
    return is_told and candidate.record.state.is_final


class Belief:
    """Every candidate that a recording leaves possible, the likeliest first. Equal beliefs are one object.

    ``requested`` says whether requests of the interaction are recorded, and not notifications alone; ``pending`` are
    those in flight. ``transitions`` remember what lines of each shape have made of it.
    """

    __slots__ = ("candidates", "has_ended", "is_over", "media", "pending", "requested", "transitions", "unrecorded")

    def __init__(
        self, candidates: Candidates, requested: bool, pending: tuple[Pending, ...], unrecorded: Unobserved
    ) -> None:
        self.candidates = candidates
        self.requested = requested
        self.pending = pending
        self.unrecorded = unrecorded
        self.media = candidates[0].record.media if candidates else ""
        self.has_ended = bool(candidates) and candidates[0].record.state.is_final
        self.is_over = not pending and self.has_ended and all(map(_is_over, candidates))
        self.transitions: dict[Any, Any] = {}

    @property
    def record(self) -> Interaction:
        """The likeliest record."""
        return self.candidates[0].record

    @property
    def edge(self) -> Edge | None:
        """The likeliest last step."""
        return self.candidates[0].edge


class BeliefCache:
    """Makes beliefs under a definition, in their normal form: equal ones are one object."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.steps = Steps(definition)
        self._beliefs: dict[object, Belief] = {}

    def __len__(self) -> int:
        return len(self._beliefs)

    def belief(
        self,
        candidates: Iterable[Candidate],
        *,
        requested: bool,
        pending: tuple[Pending, ...] = (),
        unrecorded: Unobserved = ANYONE,
    ) -> Belief:
        """The one belief in these candidates, as they name their roles."""
        return self._only(_likeliest(self._distinct(candidates)), requested, pending, unrecorded)

    def _only(self, kept: Candidates, requested: bool, pending: tuple[Pending, ...], unrecorded: Unobserved) -> Belief:
        key = kept, requested, pending, unrecorded
        known = self._beliefs.get(key)
        if known is None:
            known = with_room(self._beliefs)[key] = Belief(*key)
        return known

    def _distinct(self, candidates: Iterable[Candidate]) -> Candidates:
        """The candidates, without those that another one covers; it takes the place of the first that it covers."""
        candidates = tuple(candidates)
        if len(candidates) < 2:
            return candidates
        groups: dict[object, list[Candidate]] = {}
        for candidate in candidates:
            groups.setdefault((candidate.record, candidate.done), []).append(candidate)
        if len(groups) == len(candidates):
            return candidates
        return tuple([candidate for group in groups.values() for candidate in self._uncovered(group)])

    def _uncovered(self, alike: list[Candidate]) -> list[Candidate]:
        """Of candidates of one record, those that no other one covers."""
        if len(alike) < 2:
            return alike
        kept: list[Candidate] = []
        shown: list[Showing] = []
        bits: dict[tuple[str, str], int] = {}
        views = self.steps.views(alike[0].record)
        for candidate in alike:
            shows = showing(candidate.outboxes, views, bits)
            if any(covers(known, shows, views) for known in shown):
                continue
            covered = [at for at, known in enumerate(shown) if covers(shows, known, views)]
            if covered:
                kept[covered[0]], shown[covered[0]] = candidate._replace(edge=kept[covered[0]].edge), shows
                for at in reversed(covered[1:]):
                    del kept[at], shown[at]
            else:
                kept.append(candidate)
                shown.append(shows)
        return kept

    def numbered(
        self, candidates: Iterable[Candidate], requested: bool, pending: tuple[Pending, ...], unrecorded: Unobserved
    ) -> tuple[Belief, tuple[int, ...]]:
        """The belief with its roles numbered anew; and which number each of them had."""
        kept = _likeliest(self._distinct(candidates))
        order = _in_order(kept, pending)
        if unrecorded.begun:
            kept = tuple([each._replace(edge=None) if each.edge is not None else each for each in kept])
        names = {name: role(number) for number, name in enumerate(order)}
        if any(name != new for name, new in names.items()):
            kept = tuple([renamed(candidate, names) for candidate in kept])
            pending = tuple([renamed_request(request, names) for request in pending])
        askers = frozenset([names[name] for name in unrecorded.askers if name in names])
        if askers != unrecorded.askers:
            unrecorded = unrecorded._replace(askers=askers)
        return self._only(kept, requested, pending, unrecorded), tuple([int(name[1:]) for name in order])


def _in_order(candidates: Candidates, pending: tuple[Pending, ...]) -> list[str]:
    """The roles, in the order in which they are numbered: by what each of them is in each candidate and request.

    That is all that a candidate or a request says of a role, so roles that are alike in it may change places; and
    beliefs that differ in the numbers of their roles alone are one.
    """
    known: dict[str, list[tuple[int, Part]]] = {}
    for at, named in enumerate([*map(parts, candidates), *map(parts_of_request, pending)]):
        for name, part in named:
            known.setdefault(name, []).append((at, part))
    return sorted(known, key=known.__getitem__)


def _likeliest(candidates: Candidates) -> Candidates:
    """At most MAX_CANDIDATES, balanced over the sets of pending requests that may have taken effect.

    In a crowd there are fewer: what a candidate costs grows with its agents.
    """
    if len(candidates) <= FEW_CANDIDATES:
        return candidates
    agents = max(len(each.record.holders) + len(each.outboxes) for each in candidates)
    most = max(FEW_CANDIDATES, min(MAX_CANDIDATES, MAX_PARTS // max(1, agents)))
    if len(candidates) <= most:
        return candidates
    ranks: Counter[frozenset[int]] = Counter()
    ranked = []
    for at, candidate in enumerate(candidates):
        ranked.append((ranks[candidate.done], at))
        ranks[candidate.done] += 1
    return tuple(candidates[at] for at in sorted(at for _, at in sorted(ranked)[:most]))


# --- sets of candidates ---------------------------------------------------------------------------------------------


def taken(candidates: Candidates, number: int) -> Candidates:
    """The candidates in which a pending request has taken effect; all of them, where it has in none."""
    return tuple(each for each in candidates if number in each.done) or candidates


def without(candidates: Iterable[Candidate], number: int) -> Candidates:
    """The candidates, once a pending request has its reply: those after it have lesser numbers then."""
    return tuple(
        each._replace(done=frozenset([other - (other > number) for other in each.done if other != number]))
        if each.done
        else each
        for each in candidates
    )


def pending_without(pending: tuple[Pending, ...], number: int) -> tuple[Pending, ...]:
    """The pending requests but for one, with their new numbers."""
    kept = [request for request in pending if request.number != number]
    return tuple([request._replace(number=at) for at, request in enumerate(kept)])


def lying(candidates: Candidates, workbin: str) -> Candidates:
    """The candidates, if it is said to have come into that workbin: from another one it was taken out again."""
    return tuple(
        each._replace(record=in_workbin(each.record, None))
        if each.record.workbin and each.record.workbin.id != workbin
        else each
        for each in candidates
    )


def trusted(candidates: Candidates) -> Candidates:
    """The candidates, if what was shown first of an interaction was no late message."""
    first = candidates[0].record.state
    return tuple(each for each in candidates if each.edge is not None or each.record.state is first)


def has_newcomer(after: Candidates, before: Candidates) -> bool:
    """Whether in some candidate somebody takes part who has not been named before."""
    known = {each.record for each in before}
    return any(each.record not in known for each in after)
