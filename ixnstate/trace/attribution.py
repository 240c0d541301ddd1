"""What is wrong where a line contradicts the belief: one fault is one finding.

A belief that a line leaves without candidates says that something is wrong, not what. The line may be wrong itself: a
wrong state, another agent's message. Or an earlier request is: it was carried out though it must be refused, refused
though it was carried out, or answered as done without having been done. The latter show themselves in a later line, so
they are tried first, each by the same question: would the line fit if that reply had been the other way round? The
first that explains the line is the finding, and the belief goes on as the explanation says. If none does, the finding
is about the line, and the interaction is believed to be either as the line says or as it was.

A finding stays undetermined where lines are missing that could explain it: those before the recording, and those that
could not be read.

Nothing here changes anything. A `Verdict` has the finding, the belief to go on from, and what is to be done to the
requests: the judge does it.
"""

from functools import partial
from typing import NamedTuple

import attrs

from ixnstate.commands import Custom
from ixnstate.definition import Edge
from ixnstate.model import Interaction
from ixnstate.refusals import Refusal, RefusedError
from ixnstate.stepping import create
from ixnstate.trace import alternatives, wording
from ixnstate.trace.belief import Belief, Candidates, taken
from ixnstate.trace.candidate import ADDED, REMOVED, Candidate, Pending, by_somebody, renamed, renamed_command, role
from ixnstate.trace.exchange import FEW, NO_EFFECTS, AgentExchange, Due, Effects, Fault, Request, Uncaused
from ixnstate.trace.facts import SIGNALS, Answered, Notified, message_of
from ixnstate.trace.findings import Finding
from ixnstate.trace.knowledge import Knowledge
from ixnstate.trace.observation import DONE, NO_NUMBER, UNKNOWN, Cast
from ixnstate.trace.requests import Requests
from ixnstate.trace.steps import TooDearError
from ixnstate.trace.unobserved import ANYONE, Unobserved
from ixnstate.trace.viewpoint import Viewpoint
from ixnstate.values import changed
from ixnstate.views import view
from ixnstate.vocabulary import RefusalCode, State


class Verdict(NamedTuple):
    """What is wrong with a line, and what is believed after it, of agents with these names."""

    findings: tuple[Finding, ...]
    candidates: Candidates
    cast: Cast
    effects: Effects = NO_EFFECTS
    requested: bool | None = None
    """Whether requests of the interaction are recorded, where that is known only now."""


@attrs.define(eq=False)
class Situation:
    """An interaction, as far as is known of it before the line."""

    interaction: str
    belief: Belief
    roles: tuple[str, ...]
    edge: Edge | None
    viewpoint: Viewpoint


class Attribution:
    """Explains contradictions."""

    def __init__(self, knowledge: Knowledge, requests: Requests) -> None:
        self._model = knowledge.model
        self._observer = knowledge.observer
        self._shapes = knowledge.shapes
        self.requests = requests
        self.is_thorough = False
        """Whether findings say what was believed, and what rules each of it out."""

    # --- notifications ----------------------------------------------------------------------------------------------

    def notified(
        self, at: Situation, line: Notified, answer: int, *, is_expected: bool, is_excused: bool = False
    ) -> Verdict | None:
        """Why a notification does not fit; None where that would take too much work.

        What an illegal request has done is expected, and no other finding.

        If it ``is_excused``, a line that could not be read may have been anybody's request: then all whom that
        concerns may be told of it.
        """
        cast = Cast(list(at.roles))
        agent = cast.role(line.agent)
        candidates = taken(at.belief.candidates, answer) if answer >= 0 else at.belief.candidates
        unrecorded = at.belief.unrecorded
        if unrecorded.others and agent is not None and at.viewpoint.asks(line.agent):
            unrecorded = unrecorded._replace(askers=unrecorded.askers | {agent})
        *_, (_, last) = self._observer.may_have_acted(at.belief, candidates, agent, unrecorded, answer)
        found: tuple[Finding, ...] = ()
        try:
            with self._model.steps.limited():
                explained = None
                if is_excused:
                    told = self._by_anyone(at, line, agent)
                    explained = None if told is None else Verdict((), told, cast)
                elif not is_expected:
                    explained = (
                        self._not_done(at, line, cast, agent, last)
                        or self._to_another(at, line, cast, last)
                        or self._illegal_yet_done(at, line, cast, agent)
                        or self._refused_yet_done(at, line, cast, agent)
                    )
        except TooDearError:
            return None
        if explained is not None:
            return explained
        if not is_excused and not is_expected:
            found = (self._misfit(at, line, cast, candidates, last),)
        return self.believed(at, line, found)

    def believed(self, at: Situation, line: Notified, found: tuple[Finding, ...] = ()) -> Verdict:
        """What is believed after a notification that nothing explains: that it may be so, or as it was."""
        cast = Cast(list(at.roles))
        reported = self._model.origins.seen(at.belief.media, str(line.shape.word), cast.role(line.agent))
        return Verdict(found, (*reported, *at.belief.candidates), cast)

    def _by_anyone(self, at: Situation, line: Notified, agent: str | None) -> Candidates | None:
        """The candidates, if somebody may have done unseen what a notification shows.

        Whoever it was, it may be one whose requests are recorded: this one could not be read.
        """
        shown = self._model.shown(
            at.belief.candidates, str(line.shape.word), agent, ANYONE, at.belief.pending, is_change=line.shape.is_change
        )
        return None if shown is None else (*map(by_somebody, shown[0]), *at.belief.candidates)

    def _not_done(
        self, at: Situation, line: Notified, cast: Cast, agent: str | None, last: Unobserved
    ) -> Verdict | None:
        """The reply to the agent's last request says that it was done, and it was not."""
        due = self.requests.due(at.interaction)
        if due is None or due.request.before is None or due.request.agent != line.agent or due.number == line.number:
            return None
        before = candidates_in(due.request.before, due.request.roles, cast)
        explained = self._model.shown(
            before, str(line.shape.word), agent, last, at.belief.pending, is_change=line.shape.is_change
        )
        if explained is None:
            return None
        return Verdict((wording.no_notification(due.request, due.reply),), explained[0], cast, Effects(drop=due))

    def _to_another(self, at: Situation, line: Notified, cast: Cast, last: Unobserved) -> Verdict | None:
        """The message answers another agent's request."""
        due = self.requests.due(at.interaction)
        asker = due.request.agent if due is not None and due.number == line.number else None
        if due is None or asker is None or line.agent in (None, asker):
            return None
        explained = self._model.shown(
            at.belief.candidates, str(line.shape.word), cast.role(asker), last, at.belief.pending
        )
        if explained is None:
            return None
        finding = wording.to_another(line, due, at.edge)
        return Verdict((finding,), explained[0], cast, Effects(drop=due))

    def _illegal_yet_done(self, at: Situation, line: Notified, cast: Cast, agent: str | None) -> Verdict | None:
        """A request in flight, which must be refused, was carried out: its reply will tell whether that is a fault."""
        word, pending = str(line.shape.word), dict(enumerate(at.belief.pending))
        for request in self.requests.illegal(at.interaction):
            if request.number not in pending:
                continue
            done = self._model.anyhow(at.belief.media, pending[request.number], word, agent)
            if not done and _is_undescribed(request) and request.agent == line.agent:
                done = tuple(self._model.origins.seen(at.belief.media, word, agent))
            if done:
                return Verdict(
                    (), (*done, *at.belief.candidates), cast, Effects(shown=(request, line.source)), requested=True
                )
        return None

    def _refused_yet_done(self, at: Situation, line: Notified, cast: Cast, agent: str | None) -> Verdict | None:
        """The request that was refused last has been carried out."""
        request, word = self.requests.refused_last(at.interaction, line.agent, line.number), str(line.shape.word)
        if request is None:
            return None
        names = {role(number): str(cast.role(name)) for number, name in enumerate(request.roles)}
        asked = Pending(None, renamed_command(request.meaning.command, names), cast.role(request.agent))
        done = self._model.anyhow(at.belief.media, asked, word, agent)
        if not done:
            return None
        finding = wording.refused_yet_done(line.source, request, word)
        return Verdict((finding,), (*done, *at.belief.candidates), cast, Effects(absolve=True), requested=True)

    def _misfit(
        self, at: Situation, line: Notified, cast: Cast, candidates: Candidates, unrecorded: Unobserved
    ) -> Finding:
        word, believed = str(line.shape.word), [named(candidate, at.roles) for candidate in candidates]
        if word == REMOVED:
            finding = wording.not_pulled(line)
        else:
            state = State.IN_WORKBIN if word == ADDED else State(word)
            finding = wording.differs(line, believed[0], at.edge, state, self._model.way(candidates, word))
        if not self.is_thorough:
            return finding
        return changed(
            finding,
            candidates=alternatives.of_message(believed, line.agent, word, unrecorded, partial(self._seen, line.agent)),
        )

    def _seen(self, agent: str | None, record: Interaction) -> str | None:
        """The state of a record, with the names of agents, that the agent sees."""
        seen = view(record, agent, definition=self._model.definition) if agent is not None else None
        return None if seen is None else str(seen.state)

    # --- replies ----------------------------------------------------------------------------------------------------

    def answered(self, at: Situation, line: Answered, request: Request, *, is_told: bool) -> Verdict:
        """What is wrong with a reply that can't be, or that contradicts what a message has shown."""
        assert request.number is not None, "a request that changes nothing can be answered anyhow"
        number, candidates, cast = request.number, at.belief.candidates, Cast(list(at.roles))
        try:
            after, _ = self._observer.outcome(at.belief, number, ok=line.ok, is_told=is_told)
        except TooDearError:
            done = self._model.forced(candidates, at.belief.pending[number])
            return Verdict((), tuple(done), cast, Effects(undetermined=1))
        if not line.ok:
            shown = next((each for each in candidates if number in each.done), candidates[0])
            finding = wording.refused_yet_done(line.source, request, shown.record.state)
            if self.is_thorough:
                believed = [named(candidate, at.roles) for candidate in candidates]
                finding = changed(finding, candidates=alternatives.of_refusal(believed, number))
            return Verdict((finding,), after or candidates, cast, Effects(excuse=request))
        pending = at.belief.pending[number]
        doubted, due = self._without_effect(at, request, cast)
        findings = () if doubted else (self.illegal(request),)
        forced = self._model.forced(candidates, pending)
        effects = Effects(doubt=(due, request)) if doubted and due is not None else NO_EFFECTS
        return Verdict(findings, (*after, *doubted, *forced), cast, effects)

    def _without_effect(self, at: Situation, request: Request, cast: Cast) -> tuple[Candidates, Due | None]:
        """Where a request leads that must be refused and was done, if the one before it was not done as its reply says.

        That is so if the message that the reply has promised does not come.
        """
        due = self.requests.due(at.interaction)
        if due is None or due.doubted is not None or due.request.before is None:
            return (), None
        pending = at.belief.pending[request.number or 0]
        before = candidates_in(due.request.before, due.request.roles, cast)
        done, _ = self._model.carried_out(before, pending)
        return done, due

    def illegal(self, request: Request) -> Finding:
        """The finding about a request that must be refused, and was not."""
        if request.before is None:
            return wording.no_request(request) if request.operation in SIGNALS else self._no_creation(request)
        believed = [named(candidate, request.roles) for candidate in request.before.candidates]
        operation = self._shapes.operation(request.source.recorded)
        asked = Pending(None, operation, request.source.recorded.agent)

        def refusal_in(candidate: Candidate) -> Refusal | None:
            known = candidate._replace(record=changed(candidate.record, id=str(request.interaction)))
            return self._model.refusal((known,), asked)

        refusal = refusal_in(believed[0]) or request.meaning.refusal
        assert refusal is not None, "what is illegal is refused"
        edge, accepted = request.edge or believed[0].edge, wording.accepted(request)
        finding = wording.refused(request.source.recorded, request.interaction, edge, refusal, accepted)
        if not self.is_thorough:
            return finding
        return changed(finding, candidates=alternatives.of_request(believed, refusal_in))

    def _no_creation(self, request: Request) -> Finding:
        """The finding about a Create that must be refused."""
        command = self._shapes.operation(request.source.recorded)
        try:
            create(command, definition=self._model.definition)  # type: ignore[arg-type]
        except RefusedError as error:
            accepted = wording.accepted(request)
            return wording.refused(request.source.recorded, None, None, error.refusal, accepted)
        raise AssertionError("what is refused in one form is refused in another")

    def misprinted(self, line: Notified) -> Finding:
        """The finding about capabilities that no page prints for the state."""
        shape, recorded = line.shape, line.source.recorded
        assert shape.state is not None
        shown = message_of(recorded).capabilities
        medium = self._model.definition.media[shape.media]
        return wording.capabilities(line, shown, medium, shape.state, self._shapes.lists_of(shape.media, shape.state))

    def missing(self, fault: Fault) -> Finding:
        """The finding about a request, a reply or a message that belongs to no other, or was done and must not be."""
        match fault:
            case Uncaused():
                return wording.no_cause(fault.source, fault.interaction, fault.number)
            case Due():
                return wording.no_notification(fault.request, fault.reply)
            case Request():
                return wording.no_reply(fault) if fault.overtaken >= FEW else self.illegal(fault)


def answer_of(requests: Requests, exchange: AgentExchange, number: int | None, interaction: str) -> int:
    """What the number of a message tells: see `observation`."""
    if number is None:
        return NO_NUMBER
    if requests.is_done(exchange, number, interaction):
        return DONE
    own = requests.must_answer(exchange, number, interaction)
    return UNKNOWN if own is None else own


def candidates_in(belief: Belief, roles: tuple[str, ...], cast: Cast) -> Candidates:
    """The candidates of another time, with the roles of now."""
    names = {role(number): str(cast.role(name)) for number, name in enumerate(roles)}
    return tuple(renamed(candidate, names) for candidate in without_pending(belief.candidates))


def without_pending(candidates: Candidates) -> Candidates:
    """The candidates without the numbers of requests that were pending: those are others now."""
    return tuple(each._replace(done=frozenset()) if each.done else each for each in candidates)


def named(candidate: Candidate, roles: tuple[str, ...]) -> Candidate:
    """The candidate with the names of agents, for wording."""
    return renamed(candidate, {role(number): name for number, name in enumerate(roles)})


def _is_undescribed(request: Request) -> bool:
    """Whether no page says what a request does, by its name or with its arguments: it may do anything."""
    refusal = request.meaning.refusal
    is_unknown = refusal is not None and refusal.code is RefusalCode.UNKNOWN_OPERATION
    return is_unknown or isinstance(request.meaning.command, Custom)
