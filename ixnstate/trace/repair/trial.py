"""What the judge says of a line about an interaction of which that much is believed: the arcs of the search for edits.

Nothing in `repair` knows a rule. Where a line leads, or that it may not come, is what the judge says when it is given
the line with that belief.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ixnstate.definition import Definition
from ixnstate.model import Interaction
from ixnstate.recording.lines import Line
from ixnstate.trace.attribution import named
from ixnstate.trace.belief import Belief
from ixnstate.trace.candidate import NO_ID, Candidate
from ixnstate.trace.judge import Judge
from ixnstate.trace.observation import Cast
from ixnstate.vocabulary import State


class Known(NamedTuple):
    """What is believed of an interaction, and who its agents are."""

    belief: Belief
    roles: tuple[str, ...]


def known_of(judge: Judge, interaction: str) -> Known | None:
    """What a judge believes of an interaction; None if nothing is known of it."""
    case = judge.cases.bring_up(interaction)
    return None if case is None else Known(case.belief, case.roles)


class Trials:
    """Gives lines to a judge that knows of one interaction only, and has no rules over time."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.definition: Definition = judge.definition
        self._model = judge.knowledge.model
        self._trial = self.judge("", None)

    def judge(self, interaction: str, known: Known | None) -> Judge:
        """A judge that believes this of one interaction, and knows nothing else."""
        judge = Judge(
            self.definition, rules=(), like=self._judge, workbins=False, separate=self._judge.viewpoint.separate
        )
        if known is not None:
            judge.cases.set(interaction, None, known.belief, known.roles).epoch = -1
        return judge

    def after(self, interaction: str, known: Known | None, line: Line) -> Known | None:
        """What is believed after a line; None if the judge rejects it.

        That is as little as decides what may come next: not by which edge it came about.
        """
        judge = self.judge(interaction, known)
        if judge.take(line):
            return None
        after = known_of(judge, interaction)
        if after is None:
            return None
        candidates = (candidate._replace(edge=None) for candidate in after.belief.candidates)
        return Known(self._belief(candidates, after.belief, requested=after.belief.requested), after.roles)

    def in_vain(self, known: Known | None, media: str) -> Known:
        """What is believed after a request that is refused."""
        if known is None:
            origin = self._trial.knowledge.observer.origin(self._trial.cases.start(), media, is_new=True)
            known = Known(origin.belief, ())
        return Known(self._belief(known.belief.candidates, known.belief, requested=True), known.roles)

    def may_show(self, known: Known | None, state: State, agent: str | None) -> bool:
        """Whether an agent can be shown this state."""
        if known is None:
            return True
        candidates, role = known.belief.candidates, Cast(list(known.roles)).role(agent)
        return self._model.shown(candidates, state, role, known.belief.unrecorded) is not None

    def shown_states(self, media: str) -> list[State]:
        """The states that notifications of a medium can show."""
        return self._judge.knowledge.shapes.shown_states(media)

    def records(self, known: Known | None, media: str) -> Iterator[Interaction]:
        """How the interaction may be, with the names of its agents."""
        if known is None:
            yield Interaction(id=NO_ID, media=media)
            return
        yield from (named(candidate, known.roles).record for candidate in known.belief.candidates)

    def _belief(self, candidates: Iterable[Candidate], like: Belief, *, requested: bool) -> Belief:
        return self._model.belief(
            candidates,
            requested=requested,
            pending=like.pending,
            unrecorded=like.unrecorded,
        )
