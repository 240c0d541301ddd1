"""How an interaction may be when it first comes up in a recording.

What was under way before the recording began is believed once: where it first comes up. Then its agents may be the ones
whom the line names, or somebody else, and in a session there may be more of them.
"""

from collections.abc import Iterator

from ixnstate.model import Interaction, Step, WorkbinPlace
from ixnstate.space import standing
from ixnstate.trace.candidate import (
    ADDED,
    MAYBE_OTHERS,
    NO_ID,
    OTHERS,
    REMOVED,
    SOMEBODY,
    SUBSCRIBERS,
    Candidate,
    Outboxes,
    bare,
)
from ixnstate.trace.steps import Steps
from ixnstate.values import changed
from ixnstate.vocabulary import Family, State


class Origins:
    """The candidates with which the belief in an interaction begins."""

    def __init__(self, steps: Steps, gaps: int | None) -> None:
        self._definition = steps.definition
        self._steps = steps
        self._gaps = gaps

    def new(self, media: str) -> Iterator[Candidate]:
        """An interaction that has just come: it waits in a queue."""
        yield Candidate(Interaction(id=NO_ID, media=media))

    def created(self, done: Step) -> Candidate:
        """An interaction after the step that created it."""
        record = bare(done.interaction)
        return self._steps.after(Candidate(record), self._steps.effect(record, done, None))

    def said(
        self, media: str, state: State, agent: str | None, place: WorkbinPlace | None = None
    ) -> Iterator[Candidate]:
        """An interaction that is said to be in ``state``; out of a workbin it may come as a draft."""
        record = standing(NO_ID, media, state, agent or SOMEBODY, place)
        resumed = self._steps.resuming(record) if record.state is State.IN_WORKBIN else [record]
        return (Candidate(each, _shown(record, agent, state)) for each in resumed)

    def seen(self, media: str, state: str, agent: str | None, *, is_all: bool = False) -> Iterator[Candidate]:
        """An interaction of which ``state`` is the first that is shown: it may be the last word to an agent, and late.

        Where ``is_all`` recorded, nobody is invited to a session of which nothing has been recorded.
        """
        shown = State(state) if state in tuple(State) else State.IN_WORKBIN
        record = standing(NO_ID, media, shown, agent or SOMEBODY)
        told = _shown(record, agent, shown)
        if state in (ADDED, REMOVED):
            told = ((SUBSCRIBERS, (ADDED, REMOVED)),)
        elif shown is State.IN_WORKBIN:
            told = ((SUBSCRIBERS, (ADDED,)), *told)
        elif record.holders:
            told = ((SUBSCRIBERS, (REMOVED,)),)
        if state != REMOVED:
            for each in self._steps.resuming(record):
                yield Candidate(each, told)
        if (shown is State.INVITED and not is_all) or record.holders:
            others = OTHERS if record.holders else MAYBE_OTHERS
            yield from (Candidate(each) for each in self._in_company(record, agent or SOMEBODY, others))
        elif state == REMOVED or (
            shown is not State.INVITED and self._gaps is None and shown not in (State.SENT, State.CANCELED)
        ):
            anywhere = list(self.unseen(media))
            if state == REMOVED:
                anywhere.sort(key=lambda candidate: not candidate.record.holders)
            yield from (Candidate(each.record, told) for each in anywhere)

    def unseen(self, media: str) -> Iterator[Candidate]:
        """An interaction of which nothing is known: it may be anywhere, and an earlier invitation be told late."""
        told: Outboxes = ((SUBSCRIBERS, (ADDED, REMOVED)),)
        late = (SOMEBODY, ("", State.INVITED.value, State.REVOKED.value))
        for state in sorted(self._definition.media[media].states, key=lambda state: state.is_final):
            record = standing(NO_ID, media, state, SOMEBODY)
            has_agents = record.holders or record.invited
            for each in self._steps.resuming(record):
                yield Candidate(each, told if has_agents else (late, *told))
            if record.holders:
                yield from (Candidate(each, told) for each in self._in_company(record, SOMEBODY, OTHERS))

    def _in_company(self, record: Interaction, agent: str, others: str) -> Iterator[Interaction]:
        """The same in a session with other agents."""
        medium = self._definition.media[record.media]
        if medium.family is Family.SESSIONS and record.state in (medium.active, State.INVITED):
            holders, invited = (record.holders, ()) if record.holders else ((), (agent,))
            yield changed(record, state=medium.active, holders=(others, *holders), invited=invited)


def _shown(record: Interaction, agent: str | None, state: State) -> Outboxes:
    """That an agent who does not have it has been shown this state."""
    return () if record.holders or record.invited else ((agent or SOMEBODY, (state.value,)),)
