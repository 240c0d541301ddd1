"""What requests and notifications make of candidates: those that fit, after the steps that may have led to them.

It knows no interaction, and no agent: candidates go in, others come out. Steps that no line shows are taken only as far
as a line asks for them, and so many at most as the bounds say.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from ixnstate.definition import Definition, Edge
from ixnstate.model import Step
from ixnstate.refusals import Refusal
from ixnstate.trace.belief import BeliefCache, Candidates
from ixnstate.trace.candidate import (
    ADDED,
    REMOVED,
    SOMEBODY,
    UNNAMED,
    UNRECORDED,
    Candidate,
    Pending,
    bare,
    is_one_of_others,
    joined,
    lengths,
    read,
    recognitions,
    situation,
)
from ixnstate.trace.forms import Forms
from ixnstate.trace.origins import Origins
from ixnstate.trace.steps import TooDearError
from ixnstate.trace.unobserved import ANYONE, Unobserved
from ixnstate.vocabulary import State, Who

MAX_ON_THE_WAY = 1_024
"""How many steps are tried for the way that a finding tells, to what a message shows; it tells none that is farther."""

MAX_SITUATIONS = 128
"""From how many situations on unobserved steps are no longer looked for: a session of many agents has more than
anybody can tell apart."""
MAX_UNSEEN = 2
"""How many of its own steps the platform may take before any of them is shown."""

MAX_OVERTAKEN = 200
"""How many ways are looked at in which a message has overtaken another agent's."""


class Model(BeliefCache):
    """Makes beliefs, and what lines make of them.

    ``gaps`` is how many steps may have gone unseen between two notifications of an interaction without requests; None
    for as many as it takes after its agent has let go of it.
    """

    def __init__(self, definition: Definition, gaps: int | None = None) -> None:
        super().__init__(definition)
        self.gaps = gaps
        self.origins = Origins(self.steps, gaps)
        self.forms = Forms(definition)

    # --- requests ---------------------------------------------------------------------------------------------------

    def carried_out(
        self, candidates: Iterable[Candidate], request: Pending, *, is_late: bool = False
    ) -> tuple[Candidates, tuple[Step, ...]]:
        """The candidates to which a request leads from those in which it is legal, and what it does in them."""
        carried = [each for known in candidates for each in self.steps.carry(known, request, is_late=is_late)]
        return tuple(after for after, _ in carried), tuple(done for _, done in carried)

    def carried_out_later(
        self, candidates: Candidates, request: Pending, unrecorded: Unobserved, *, is_told: bool, is_near: bool = False
    ) -> tuple[Candidates, tuple[Step, ...]]:
        """The same by its reply, after steps that no line has shown yet.

        ``is_told`` says that the recording has what the agent is told: then they have not acted on what is still to
        come, and no step is among them that shows them another state. If it ``is_near``, there are few such steps.
        Those of the platform alone are looked at first: where others may have acted, there are more than can be tried.
        """
        if unrecorded.others:
            platform = unrecorded._replace(others=False)
            carried = self._carried_out_later(candidates, request, platform, MAX_UNSEEN, is_told=is_told)
            if carried[0]:
                return carried
        most = MAX_UNSEEN if is_told or is_near else max(MAX_UNSEEN, self._most(candidates, unrecorded))
        return self._carried_out_later(candidates, request, unrecorded, most, is_told=is_told)

    def _carried_out_later(
        self, candidates: Candidates, request: Pending, unrecorded: Unobserved, most: int, *, is_told: bool
    ) -> tuple[Candidates, tuple[Step, ...]]:
        here = candidates
        known = {situation(candidate) for candidate in here}
        room = len(known) + MAX_SITUATIONS
        for _ in range(most + 1):
            carried = self.carried_out(here, request, is_late=is_told)
            if carried[0] or len(known) >= room:
                return carried
            moved = (
                after
                for each in here
                for after in self.steps.unobserved(each, request.agent, unrecorded, ())
                if not (is_told and request.agent in each.record.holders and self._shows(each, after, request.agent))
            )
            here = _elsewhere(moved, known, room)
        return (), ()

    def _shows(self, before: Candidate, after: Candidate, agent: str) -> bool:
        """Whether a step is one that shows an agent another state."""
        queues = [dict(each.outboxes).get(agent) for each in (before, after)]
        views = [dict(self.steps.views(each.record)).get(agent) for each in (before, after)]
        return queues[0] != queues[1] or views[0] != views[1]

    def refusal(self, candidates: Candidates, request: Pending) -> Refusal | None:
        """Why the likeliest record refuses a command that all refuse."""
        for known in recognitions(candidates[0], request.agent):
            done = self.steps.perform(known.record, request.command)
            if isinstance(done, Refusal):
                return done
        return None

    def forced(self, candidates: Candidates, request: Pending) -> Iterator[Candidate]:
        """After a request that is illegal and was carried out all the same, one way or another."""
        anyhow, _ = self.carried_out(self.origins.unseen(candidates[0].record.media), request._replace(number=None))
        yield from anyhow
        yield from candidates

    def anyhow(self, media: str, request: Pending, state: str, agent: str | None) -> Candidates:
        """After a request, legal or not, that was carried out and shows ``state``; () if it does not."""
        carried = zip(*self.carried_out(self.origins.unseen(media), request), strict=True)
        moved = [each for each, done in carried if done.before and bare(done.before) != each.record]
        concerned = [each for each in moved if state in (ADDED, REMOVED) or agent in dict(each.outboxes)]
        return tuple(heard for each in concerned if (heard := self.read(each, state, agent)))

    def is_moved(self, steps: Iterable[Step]) -> bool:
        """Whether a command that did this has done more than tell agents something."""
        return any(done.before is None or bare(done.interaction) != bare(done.before) for done in steps)

    # --- notifications ----------------------------------------------------------------------------------------------

    def shown(
        self,
        candidates: Candidates,
        state: str,
        agent: str | None,
        unrecorded: Unobserved,
        pending: tuple[Pending, ...] = (),
        last: Unobserved | None = None,
        *,
        is_change: bool = True,
    ) -> tuple[Candidates, int] | None:
        """The candidates if ``state`` is shown to an agent now, and how many steps went unseen; None if it cannot be.

        A step that was not recorded is taken on the way: the platform's, or that of an agent who may have acted
        unseen; and pending requests. ``last`` says who may have taken the step that is shown; ``is_change`` that the
        message tells of a change of state.
        """
        last = last or unrecorded
        unnamed = (SOMEBODY,) if agent in unrecorded.askers or agent in last.askers else UNNAMED
        told: list[Candidate] = []
        moved: list[Candidate] = []
        stuck: list[Candidate] = []
        since = None if unrecorded == ANYONE else lengths(candidates)
        for candidate in candidates:
            heard, before = self.read(candidate, state, agent, is_change=is_change, unnamed=unnamed), len(moved)
            if heard is not None:
                told.append(heard)
            if (
                heard is None
                or (heard is not candidate and not self.concerns((candidate,), agent))
                or (unrecorded == ANYONE and self._may_have_let_go(heard, state))
                or (last.others and state == State.COMPOSING and agent not in candidate.record.holders)
            ):
                moved += self._shown_after_a_step(candidate, state, agent, last, pending, since)
                moved += self._strangers(candidate, state, agent, last, pending, since)
            if heard is None and len(moved) == before:
                stuck.append(candidate)
        is_likely = bool(told) or candidates[0] not in stuck
        if not is_likely and unrecorded == ANYONE and agent is not None and self.gaps is None:
            held = [each for each in stuck if self.steps.views(each.record)]
            moved += islice((after for each in held for after in self._overtaken(each, state, agent)), MAX_OVERTAKEN)
        unseen, here, known = 0, candidates, {situation(each) for each in candidates}
        while (
            not told
            and not moved
            and here
            and unseen < self._most(candidates, unrecorded)
            and len(known) < MAX_SITUATIONS
        ):
            going = (each for each in here if self._may_go_on(each, unrecorded, unseen))
            steps = (after for each in going for after in self.steps.unobserved(each, agent, unrecorded, pending))
            here = _elsewhere(steps, known, MAX_SITUATIONS)
            unseen += 1
            moved = [
                after for each in here for after in self._shown_after_a_step(each, state, agent, last, pending, since)
            ]
        if not told and not moved:
            return None
        if state in (State.INVITED, State.REVOKED) and last.others:
            moved += [each._replace(record=other) for each in moved for other in self.steps.resuming(each.record)]
        if state == State.INVITED and unseen and agent is not None:
            moved += [each for known in candidates for each in self._invited_before(known, agent)]
        if state == State.REVOKED and agent is not None:
            moved += [each for known in candidates for each in self._invited_anew(known, agent)]
        moved.sort(key=lambda each: each.record.state.is_final and state == State.REVOKED)
        told.sort(key=lambda each: each.record.state is not State.IN_WORKBIN and state == ADDED)
        return (*told, *moved), 0 if told else unseen

    def read(
        self,
        candidate: Candidate,
        state: str,
        agent: str | None,
        since: Mapping[str, int] | None = None,
        *,
        is_change: bool = True,
        unnamed: tuple[str, ...] = UNNAMED,
    ) -> Candidate | None:
        """The candidate in which the agent has been shown ``state`` with no step before it; None if that cannot be."""
        views = self.steps.views(candidate.record)
        return read(candidate, state, agent, views, since, is_change=is_change, unnamed=unnamed)

    def _may_have_let_go(self, heard: Candidate, state: str) -> bool:
        """Whether this state may be the agent's final notification. A transferred draft still shows Composing."""
        return state == State.COMPOSING or all(seen != state for _, seen in self.steps.views(heard.record))

    def _overtaken(self, candidate: Candidate, state: str, agent: str) -> Iterator[Candidate]:
        """Where two steps lead, of which the first is still to be told to another agent."""
        since = lengths((candidate,))
        for between in self.steps.unobserved(candidate, agent, ANYONE, ()):
            for after in self.steps.unobserved(between, agent, ANYONE, (), state, is_told=True):
                heard = self.read(after, state, agent, since)
                if heard is not None:
                    yield heard

    def _shown_after_a_step(
        self,
        candidate: Candidate,
        state: str,
        agent: str | None,
        unrecorded: Unobserved,
        pending: Iterable[Pending],
        since: Mapping[str, int] | None,
    ) -> Iterator[Candidate]:
        for after in self.steps.unobserved(candidate, agent, unrecorded, pending, state, is_told=True):
            unnamed = (SOMEBODY,) if agent in unrecorded.askers else UNNAMED
            heard = self.read(after, state, agent, since, unnamed=unnamed)
            if heard is not None and (unrecorded.may(agent) or not _has_taken(after, heard, agent)):
                yield heard

    def _invited_before(self, candidate: Candidate, agent: str) -> Iterator[Candidate]:
        """The candidate, if the agent's invitation was over before anything was recorded: they are told of it late.

        So it may have been before the request by which they came up.
        """
        queues = dict(candidate.outboxes)
        shown, *coming = queues.get(agent, (None,))
        if shown == "" or (candidate.record.holders and not self.concerns((candidate,), agent)):
            late = (State.INVITED.value, State.REVOKED.value, *coming)
            yield candidate._replace(outboxes=tuple(sorted({**queues, agent: late}.items())))

    def _invited_anew(self, candidate: Candidate, agent: str) -> Iterator[Candidate]:
        """The candidate, if the agent was revoked and invited anew before they accepted or rejected: told so late."""
        queues = dict(candidate.outboxes)
        shown, *coming = queues.get(agent, ("",))
        has_answered = bool(coming) or agent in candidate.record.holders
        if shown == State.INVITED and has_answered and State.REVOKED.value not in coming:
            queues[agent] = (State.REVOKED.value, State.INVITED.value, *coming)
            yield candidate._replace(outboxes=tuple(sorted(queues.items())))

    def _strangers(
        self,
        candidate: Candidate,
        state: str,
        agent: str | None,
        unrecorded: Unobserved,
        pending: Iterable[Pending],
        since: Mapping[str, int] | None,
    ) -> Iterator[Candidate]:
        """The candidate, if the agent is one of those who had it when the recording began, or were invited to it."""
        having = dict(self.steps.views(candidate.record))
        if agent is not None and agent not in having and is_one_of_others(candidate, agent):
            for each in joined(candidate, agent):
                heard = self.read(each, state, agent)
                if heard is not None:
                    yield heard
                elif state == State.REVOKED:
                    yield from self._shown_after_a_step(each, state, agent, unrecorded, pending, since)

    def in_other_company(
        self, candidates: Candidates, state: str, agent: str | None, unrecorded: Unobserved
    ) -> Candidates:
        """The candidates, and those of a session from which somebody has gone: its members are told of others now."""
        gone = [
            heard
            for each in candidates
            if each.record.state is State.CHATTING and agent in each.record.holders
            for after in self.steps.unobserved(each, agent, unrecorded, (), state)
            if {*after.record.holders, *after.record.invited} <= {*each.record.holders, *each.record.invited}
            if (heard := self.read(after, state, agent)) is not None
        ]
        return (*candidates, *gone)

    def handed_back(self, candidates: Candidates, state: str, agent: str | None, unrecorded: Unobserved) -> Candidates:
        """The candidates, after those in which a transfer has failed: of that the giver, who holds it, is told."""
        back = [
            heard
            for each in candidates
            if each.record.state is State.INVITED and agent in each.record.holders
            for after in self.steps.unobserved(each, agent, unrecorded, (), state)
            if agent in after.record.holders and not after.record.invited
            if (heard := self.read(after, state, agent)) is not None
        ]
        return (*back, *candidates)

    def concerns(self, candidates: Candidates, agent: str | None) -> bool:
        """Whether an agent has had to do with it, as far as is known."""
        return any(name == agent for each in candidates for name, _ in (*self.steps.views(each.record), *each.outboxes))

    def explains(self, candidates: Candidates, state: str, agent: str | None) -> bool:
        """Whether the agent may be shown ``state`` with no step before it."""
        return any(self.read(each, state, agent) is not None for each in candidates)

    def unrecorded_edges(self, candidates: Candidates, state: str, agent: str | None) -> tuple[Edge, ...]:
        """The edges by any of which one step that was not recorded leads to ``state`` being shown."""
        moved = (
            after.edge
            for each in candidates
            for after in self.steps.unobserved(each, agent, ANYONE, (), state, by_edge=True)
            if self.read(after, state, agent) is not None
        )
        return tuple(dict.fromkeys(edge for edge in moved if edge))

    def way(self, candidates: Candidates, state: str) -> tuple[str, ...] | None:
        """The fewest operations after which ``state`` is shown to somebody; None if there is no way, or it is far."""
        try:
            with self.steps.limited(MAX_ON_THE_WAY):
                return self._way(candidates, state)
        except TooDearError:
            return None

    def _way(self, candidates: Candidates, state: str) -> tuple[str, ...] | None:
        start = Candidate(candidates[0].record)
        queue: deque[tuple[Candidate, tuple[str, ...]]] = deque([(start, ())])
        known = {start.record}
        while queue and len(known) < MAX_SITUATIONS:
            candidate, path = queue.popleft()
            for after in self.steps.unobserved(candidate, None, ANYONE, ()):
                assert after.edge is not None
                longer = (*path, after.edge.operation)
                if self.read(after, state, None) is not None and after.record != candidate.record:
                    return longer
                if after.record not in known:
                    known.add(after.record)
                    queue.append((after, longer))
        return None

    # --- how far unobserved steps may go ----------------------------------------------------------------------------

    def _most(self, candidates: Candidates, unrecorded: Unobserved) -> int:
        if not unrecorded.others:
            return MAX_UNSEEN if unrecorded.begun else 0
        return len(self.definition.media[candidates[0].record.media].edges) if self.gaps is None else self.gaps

    def _may_go_on(self, candidate: Candidate, unrecorded: Unobserved, unseen: int) -> bool:
        """Whether one more step may have happened unseen, after so many.

        With unlimited gaps: one agent's notifications arrive in order, so a holder would have been notified of any step
        already, and no further hidden step is possible. With several recorded agents their channels are independent, so
        up to `MAX_UNSEEN` steps may not have been notified yet.
        """
        if not unrecorded.others or self.gaps is not None:
            return True
        record = candidate.record
        having = [agent for agent in (*record.holders, *record.invited) if agent not in UNRECORDED]
        is_free = not any(agent in unrecorded.askers for agent in having)
        if unrecorded.several:
            return is_free or unseen < MAX_UNSEEN
        return unseen > 0 or not having or (unrecorded.begun and is_free)


def _has_taken(after: Candidate, heard: Candidate, agent: str | None) -> bool:
    """Whether an anonymous agent took it and must be identified with ``agent``."""
    is_taken = after.edge is not None and after.edge.who is Who.ANYONE
    return is_taken and agent in heard.record.holders and agent not in after.record.holders


def _elsewhere(steps: Iterable[Candidate], known: set[object], room: int) -> Candidates:
    """A candidate of each situation that is not known yet; now it is. There is room for so many."""
    found: dict[object, Candidate] = {}
    for candidate in steps:
        place = situation(candidate)
        if place not in known:
            found[place] = candidate
        if len(found) + len(known) >= room:
            break
    known |= {*found}
    return tuple(found.values())
