"""Which edge a request took, where that was open when it was asked: told by the lines that come after it.

The judge does not need to know by which edge a belief came about, and so it forgets: candidates that differ in nothing
else are one. An account of what was taken must know it. When a request may have taken one of several edges, later lines
decide: a reply that comes from one of the states only, a message that one of them brings about and the other does not.

So the account supposes each edge in turn. Beside the judge there is one more for each edge of the operation, a *fork*:
it believes of this one interaction what the judge believed before the request, and that the request, whenever it takes
effect, takes that edge. All forks are given the lines about the interaction. A fork that is contradicted is out, and
the edge of the last one is the one that was taken. Edges whose forks all fit to the end are told apart by no line of
the recording; they stay open, and are counted as that.

A fork knows less than the judge: only this interaction, and that only since no request about it was in flight. So one
more fork, the *control*, supposes nothing. If it is contradicted, the forks know too little, and the request stays
open. Forks cost as much as judging the interaction once more for each edge. They are made for the few requests of which
the edge is open, and only while somebody looks at what lines show; the judge and what it remembers know nothing of
them.
"""

from collections.abc import Sequence

import attrs

from ixnstate.definition import Edge
from ixnstate.gws import MessageError
from ixnstate.recording.records import Recorded
from ixnstate.trace import asked
from ixnstate.trace.account import Seen, Settled
from ixnstate.trace.belief import Belief
from ixnstate.trace.candidate import only_by
from ixnstate.trace.cases import Cases
from ixnstate.trace.facts import RequestShape
from ixnstate.trace.judge import Judge
from ixnstate.values import changed

MAX_STORY = 200
"""How many lines about an interaction are kept while requests are in flight: more than agents have at once."""
MAX_STORIES = 10_000
"""Of how many interactions lines are kept."""
MAX_LINES = 2000
"""After how many lines about its interaction a request that is still open stays so."""

_CONTRADICTIONS = frozenset({"IXN101", "IXN102", "IXN201"})
"""The codes of findings that say that a line does not fit what is believed of its interaction."""


@attrs.define(eq=False)
class _Open:
    """A request of which it is open which edge it took, with a judge that supposes each."""

    request: Recorded
    control: Judge
    forks: dict[Edge, Judge]
    lines: int = 0


@attrs.define(eq=False)
class _Story:
    """What was believed of an interaction before it had requests in flight, and the lines about it since."""

    belief: Belief
    roles: tuple[str, ...]
    lines: list[Recorded]
    open: list[_Open] = attrs.field(factory=list)


class Settling:
    """Follows a judge, and tells of the requests that it takes which edge each took, as soon as that is certain."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._stories: dict[str, _Story] = {}
        self._shapes: dict[tuple[RequestShape, Edge], RequestShape] = {}

    def settled(self, seen: Seen) -> Seen:
        """What the line that the judge took last shows, with what it settles of earlier requests, and of itself."""
        entry, case = self._judge.account.entry, self._judge.cases.bring_up(seen.interaction)
        story = self._stories.get(seen.interaction)
        if story is None:
            if seen.kind != "request" or entry is None or entry.before is None or len(self._stories) >= MAX_STORIES:
                return seen
            story = self._stories[seen.interaction] = _Story(entry.before, entry.roles, [])
        settled = [found for each in [*story.open] if (found := self._go_on(story, each, seen)) is not None]
        story.lines.append(seen.recorded)
        if seen.kind == "request" and seen.unclear and entry is not None and entry.request is not None:
            settled += self._begin(story, seen, entry.request.meaning.edges)
        is_quiet = case is None or not case.belief.pending
        if not story.open and (is_quiet or len(story.lines) > MAX_STORY):
            del self._stories[seen.interaction]
        elif is_quiet and case is not None:
            story.belief, story.roles, story.lines = case.belief, case.roles, []
        return changed(seen, settled=tuple(settled)) if settled else seen

    def _begin(self, story: _Story, seen: Seen, likely: Sequence[Edge | None]) -> list[Settled]:
        """Suppose each edge that a request may take."""
        if len(story.lines) > MAX_STORY:
            return []
        operations = {edge.operation for edge in likely if edge is not None}
        edges = [edge for edge in self._judge.definition.edges(seen.media) if edge.operation in operations]
        control, *forks = (self._fork(story, seen, edge) for edge in (None, *edges))
        if control is None:
            return []
        left = {edge: fork for edge, fork in zip(edges, forks, strict=True) if fork is not None}
        being = _Open(seen.recorded, control, left)
        if len(left) > 1:
            story.open.append(being)
        return [Settled(seen.recorded, tuple(left))] if left else []

    def _fork(self, story: _Story, seen: Seen, edge: Edge | None) -> Judge | None:
        """A judge of this interaction alone, after the lines of its story; None if they contradict the edge."""
        judge = self._judge
        fork = Judge(judge.definition, rules=(), like=judge, workbins=False, separate=judge.viewpoint.separate)
        fork.viewpoint, fork.cases = judge.viewpoint, Cases(judge.knowledge.model, judge.viewpoint)
        fork.account.is_followed = False
        fork.cases.set(seen.interaction, None, story.belief, story.roles).epoch = -1
        for recorded in story.lines:
            is_asked = recorded is seen.recorded and edge is not None
            if self._contradicts(fork, recorded, edge if is_asked else None):
                return None
        return fork

    def _contradicts(self, fork: Judge, recorded: Recorded, edge: Edge | None = None) -> bool:
        """Whether a fork is contradicted by a line; a request of which it supposes an edge takes that one."""
        if edge is None:
            try:
                found = fork.weigh(recorded)
            except MessageError:  # a fork knows less than the judge, and so may its control
                return True
        else:
            request = fork.knowledge.shapes.asked(recorded)
            assert request.shape is not None, "it is about an interaction"
            key = request.shape, edge
            if key not in self._shapes:
                self._shapes[key] = attrs.evolve(request.shape, only=only_by(edge))
            request.shape = self._shapes[key]
            found = asked.take(fork, request)
            case = fork.cases.bring_up(str(request.interaction))
            if case is None or not case.belief.candidates:
                return True
        return any(finding.code in _CONTRADICTIONS for finding in found)

    def _go_on(self, story: _Story, being: _Open, seen: Seen) -> Settled | None:
        """Give a line to the forks of a request; what is left of them, if that is less than before."""
        being.lines += 1
        is_refused = seen.kind == "reply" and seen.answers is being.request and seen.refused
        if is_refused or being.lines > MAX_LINES or self._contradicts(being.control, seen.recorded):
            story.open.remove(being)
            return None
        out = [edge for edge, fork in being.forks.items() if self._contradicts(fork, seen.recorded)]
        if not out:
            return None
        for edge in out:
            del being.forks[edge]
        if len(being.forks) < 2:
            story.open.remove(being)
        return Settled(being.request, tuple(being.forks)) if being.forks else None
