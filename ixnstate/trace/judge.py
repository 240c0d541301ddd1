"""The judge: one line after the other, many interactions interleaved; it says what is not legal.

What the platform does (offers, timeouts, a customer who leaves) is not a request, so a recording may show it by its
notifications alone; the judge takes such a step unseen, and any step of whoever is not recorded. After a finding it
goes on from what was reported.

A line passes each part once: it is read (`facts`), put together with what it answers (`requests`), and looked up or
worked out (`observation`); where it contradicts what is believed, it is explained (`attribution`). Queries change
nothing; the judge alone puts what came of a line into the belief, the requests and the account.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ixnstate.definition import Definition
from ixnstate.gws import MessageError
from ixnstate.model import Interaction, WorkbinPlace
from ixnstate.recording.lines import Line, Place, Unreadable, unreadable
from ixnstate.recording.records import Kind, Missing, Recorded, read_record
from ixnstate.table import GWS
from ixnstate.trace import checkpoint, facts, wording
from ixnstate.trace.account import Account, Entry, Seen
from ixnstate.trace.attribution import Attribution, Situation, Verdict, answer_of, candidates_in, named
from ixnstate.trace.belief import Candidates, pending_without, taken, without
from ixnstate.trace.candidate import ADDED, MAYBE_OTHERS, OTHERS, REMOVED, SOMEBODY, renamed, renamed_request, role
from ixnstate.trace.cases import Case, Cases
from ixnstate.trace.facts import SIGNALS, Answered, Asked, Notified, RequestShape, Said, SourceLine
from ixnstate.trace.findings import Finding, RuleOutcome
from ixnstate.trace.knowledge import Knowledge
from ixnstate.trace.observation import NO_NUMBER, Cast, who
from ixnstate.trace.requests import FORBIDDEN, NOTHING, AgentExchange, Fault, Request, Requests
from ixnstate.trace.rules import Rule, invitation
from ixnstate.trace.temporal import Rules, Since, Touch
from ixnstate.trace.viewpoint import Declared, Viewpoint
from ixnstate.trace.workbins import Workbins
from ixnstate.values import Json, a_
from ixnstate.vocabulary import HELD_STATES, NoticeKind, State

DEFAULT_RULES = (invitation(),)


class Judge:
    """Judges line after line.

    ``recorded`` says what is recorded: "everything", "session", or the agents whose requests are; see `viewpoint` for
    what is taken for granted where it is None. ``gaps`` is how many steps may have gone unseen between two
    notifications of one interaction; None takes as many as it needs after the agent has let go of it, and else none.
    ``rules`` are rules over time. ``like`` is a judge of the same definition that has worked out already what this one
    need not work out again. Without ``workbins`` it does not look at what is in them. ``separate`` says that others are
    recorded elsewhere, by another clock: whoever asks for nothing here may act unseen. ``agent`` is whose session it is
    where a line does not say so. With ``explain`` findings say what was believed before their line, and what rules each
    of it out (`Finding.candidates`).
    """

    def __init__(
        self,
        definition: Definition = GWS,
        *,
        gaps: int | None = None,
        rules: Iterable[Rule] = DEFAULT_RULES,
        like: "Judge | None" = None,
        workbins: bool = True,
        separate: bool = False,
        recorded: Declared | None = None,
        agent: str | None = None,
        explain: bool = False,
    ) -> None:
        self.knowledge: Knowledge = like.knowledge if like else Knowledge(definition, gaps, separate=separate)
        self.viewpoint = Viewpoint(recorded, separate=separate, agent=agent)
        self.cases = Cases(self.knowledge.model, self.viewpoint)
        self.requests = Requests()
        self.temporal = Rules(tuple(rules))
        self.workbins = Workbins(is_judged=workbins)
        self.account = Account()
        self.attribution = Attribution(self.knowledge, self.requests)
        self.attribution.is_thorough = explain

    def take(self, line: Line | Unreadable) -> list[Finding | Unreadable]:
        """What is wrong with one line; the interaction that it is about moves on."""
        self.account.entry = None
        if isinstance(line, Unreadable):
            self.viewpoint.pass_line(None, line.place.file)
            self.cases.holes.count += 1
            return [line]
        recorded = None
        try:
            recorded = read_record(line)
            recorded = recorded and self.viewpoint.named(recorded)
            if recorded is not None and self.viewpoint.is_double(recorded):
                self.account.repeats += 1
                return []
            self.viewpoint.pass_line(line.value, line.place.file, is_other=recorded is None)
            return [*self.weigh(recorded)] if recorded is not None else []
        except MessageError as error:
            self.viewpoint.pass_line(None, line.place.file)
            self.cases.holes.count += recorded is None or recorded.is_explicit
            return [unreadable(line, str(error))]

    def weigh(self, recorded: Recorded) -> list[Finding]:
        """What is wrong with a line that has been read, of an agent who is named. Raises `MessageError`."""
        shapes = self.knowledge.shapes
        if recorded.problem is not None:
            self.account.note(recorded.problem, recorded.line.place)
        match recorded.kind:
            case Kind.NOTIFICATION:
                message = facts.message_of(recorded)
                notified = shapes.notified(recorded, message)
                if notified is not None:
                    return self.notified(notified)
                self.account.notifications += 1
                subscribed = facts.placed(recorded, message)
                return self.workbins.take(subscribed) if subscribed is not None else []
            case Kind.REQUEST:
                try:
                    asked = shapes.asked(recorded)
                except MessageError:
                    source = SourceLine(recorded.seq, recorded.value.get("path"), recorded)
                    self.asked(Asked(source, recorded.agent, None, is_explicit=recorded.is_explicit))
                    raise
                return self.asked(asked)
            case Kind.RESPONSE:
                answered = facts.answered(recorded)
                if answered is None:
                    return []
                return self.answered(answered) if answered.is_decided else self.lost_reply(answered)
            case Kind.GAP:
                return self.lost(recorded)
            case _:
                return self.said(facts.said(recorded, self.knowledge.definition))

    # --- what was not recorded --------------------------------------------------------------------------------------

    def lost(self, recorded: Recorded) -> list[Finding]:
        """Go on after something of which the recording says only that it is not there."""
        missing, why = recorded.value["missing"], recorded.value.get("why")
        said = why if isinstance(why, str) else "nobody says why"
        self.account.note(f"{missing}: {said}"[:200], recorded.line.place)
        self.account.undetermined += missing not in (Missing.ANYTHING, Missing.LINE)
        line = facts.lost(recorded)
        if missing == Missing.REPLY:
            return self.lost_reply(line)
        self.cases.holes.count += 1
        if missing == Missing.REQUEST:
            self.requests.ask(self.requests.of(line.agent), Request(line.source, line.agent))
        elif missing != Missing.LINE:
            self.requests.lose_messages(line.agent)
        if missing == Missing.ANYTHING:
            self.requests.lose_replies(line.agent)
        return []

    def lost_reply(self, line: Answered) -> list[Finding]:
        """Go on after a reply that does not say what became of its request: it was done, or it was not."""
        exchange = self.requests.of(line.agent)
        request = self.requests.answer(exchange, line.answers, line.source.path, lambda _: True)
        self.account.undetermined += request is None
        self.cases.holes.count += 1
        case = self.cases.get(request.interaction) if request is not None and request.interaction is not None else None
        if request is None or case is None or request.number is None:
            return []
        belief, number = case.belief, request.number
        is_told = self.requests.is_told(line.agent, is_all=self.viewpoint.is_everything)
        after, _ = self.knowledge.observer.outcome(belief, number, ok=True, is_told=is_told)
        both = (*after, *belief.candidates)
        settled = self.knowledge.observer.settled(belief, both, number, len(case.roles))
        self.cases.move(str(request.interaction), case, settled, list(case.roles))
        case.land(request)
        return []

    def finish(self, *, is_over: bool = True) -> list[Finding]:
        """What is wrong at the end: requests, replies and invitations after which what must come did not come.

        With ``is_over=False`` the recording goes on elsewhere, and all of these with it.
        """
        if not is_over:
            return []
        missing = map(self.attribution.missing, self.requests.finish())
        findings = [*missing, *map(wording.breach, self.temporal.finish())]
        return self._unexcused(sorted(findings, key=lambda finding: (finding.place.file, finding.place.line)))

    def missing(self, faults: Iterable[Fault]) -> list[Finding]:
        """The findings about what belongs to nothing, or has not come, but for those an unreadable line excuses."""
        return self._unexcused(map(self.attribution.missing, faults))

    def _unexcused(self, findings: Iterable[Finding]) -> list[Finding]:
        return [finding for finding in findings if not self._is_excused(finding)]

    def _is_excused(self, finding: Finding, case: Case | None = None) -> bool:
        holes = self.cases.holes
        is_excused = holes.count > 0 and (self.cases.excuse(case) if case is not None else holes.excuse(finding.code))
        self.account.undetermined += is_excused
        return is_excused

    # --- notifications ----------------------------------------------------------------------------------------------

    def notified(self, line: Notified) -> list[Finding]:
        """What is wrong with a notification."""
        self.account.notifications += 1
        self.cases.come_up((line.interaction,))
        if line.time is not None:
            self.temporal.latest = line.time
        misplaced = self.workbins.take(line.placed) if line.placed is not None else []
        if misplaced and self.knowledge.model.gaps:
            self.account.gaps += len(misplaced)
            misplaced = []
        exchange, shape = self.requests.of(line.agent), line.shape
        case, findings = self._observed(line, exchange)
        if case is not None and line.number is None and shape.state and shape.kind != NoticeKind.PARTICIPANTS_UPDATED:
            self.requests.tell(exchange, line.interaction, shape.state)
        is_reported = bool(findings or misplaced)
        findings = findings or self._unexcused(misplaced)
        has_happened = all(finding.code != "IXN201" for finding in findings)
        faults = self.requests.notify(exchange, line.number, line.interaction, line.source, is_reported=is_reported)
        findings = [*findings, *self.missing(faults)]
        if case is not None:
            findings += self._pass(line, case, shown=shape.state, is_possible=has_happened)
        return findings

    def _observed(self, line: Notified, exchange: AgentExchange) -> tuple[Case | None, list[Finding]]:
        """The interaction after a notification, None if it can't be it; and what is wrong with what it shows."""
        shape = line.shape
        if not shape.is_possible:
            return None, [wording.never_shown(line, self.knowledge.shapes.shown_states(shape.media))]
        case = self.cases.claimed(line.interaction, shape.media) or self._begun(line.interaction, shape.media)
        if case is not None and line.interaction in self.requests.about:
            self.cases.reconsider(line.interaction, case, self.requests.supposable(line.interaction))
            own = (request for request in self.requests.supposable(line.interaction) if request.agent == line.agent)
            self.cases.suppose(line.interaction, case, own if line.number is not None else ())
        if case is not None and case.belief.media != shape.media:
            return None, [self._of_another_medium(line, f"a notification of {a_(shape.media)}", shape.media, case)]
        before, roles = (case.belief, case.roles) if case is not None else (self.cases.start(), ())
        names, answer, is_expected = list(roles), NO_NUMBER, False
        agent = who(line.agent, names, len(roles), asks=self.viewpoint.asks(line.agent))
        if case is not None and shape.word is not None:
            answer = answer_of(self.requests, exchange, line.number, line.interaction)
            is_expected = self.cases.take_expected(line.interaction, line.agent, line.number)
        workbin = who(line.workbin, names, len(roles), asks=False)
        observer, findings = self.knowledge.observer, []
        transition = observer.notified(before, shape, agent, answer, workbin, len(roles))
        if (
            transition is None
            and case is not None
            and self.cases.suppose(line.interaction, case, self.requests.supposable(line.interaction))
        ):
            before, roles, names = case.belief, case.roles, list(case.roles)
            agent = who(line.agent, names, len(roles), asks=self.viewpoint.asks(line.agent))
            workbin = who(line.workbin, names, len(roles), asks=False)
            answer = answer_of(self.requests, exchange, line.number, line.interaction)
            transition = observer.notified(before, shape, agent, answer, workbin, len(roles))
        if transition is not None:
            self.account.gaps += transition.gaps
            self.account.repeats += transition.repeats
            self.requests.absolve(line.interaction)
            as_before = candidates_in(before, roles, Cast(names)) if is_expected else ()
            case = self.cases.move(line.interaction, case, transition, names)
            if as_before:
                self._keep(line.interaction, case, as_before, names)
        elif case is not None and self._may_be_of_before(line, case):
            self.account.undetermined += 1
        elif case is not None:
            at = Situation(line.interaction, case.belief, case.roles, case.edge, self.viewpoint)
            is_excused = self.cases.excuse(case)
            self.account.undetermined += is_excused
            verdict = self.attribution.notified(at, line, answer, is_expected=is_expected or is_excused)
            case, findings = self._accept(at, case, verdict), list(verdict.findings)
        is_judged = not (findings and shape.is_other_list)
        listed = shape.listed if is_judged else None
        if listed is not None:
            self.account.list(listed)
        elif shape.is_misprinted and is_judged:
            findings = [*findings, self.attribution.misprinted(line)]
        if self.account.is_followed:
            self.account.entry = Entry(
            line.source, "notification", line.interaction, shape.name, before, roles, line.agent, shown=shape.word,
            listed=listed[1] if listed else None,
        )  # fmt: skip
        return case, findings

    def _keep(self, interaction: str, case: Case, others: Candidates, names: list[str]) -> None:
        """Believe an interaction may be otherwise, too: that an illegal request has shown itself need not be all."""
        cast, belief = Cast(names), case.belief
        roles = {role(number): str(cast.role(name)) for number, name in enumerate(case.roles)}
        candidates = (*(renamed(candidate, roles) for candidate in belief.candidates), *others)
        pending = tuple(renamed_request(request, roles) for request in belief.pending)
        self.cases.believe(interaction, case, candidates, cast, requested=belief.requested, pending=pending)

    def _may_be_of_before(self, line: Notified, case: Case) -> bool:
        """Whether a message, late, may tell what happened before the recording began."""
        requests, word = self.requests, line.shape.word
        if not (requests.has_begun or requests.has_answers) or not self.account.is_early:
            return False
        is_last_word = word in (State.IN_WORKBIN, State.COMPLETED, State.REVOKED)
        agent = Cast(list(case.roles)).role(line.agent)
        is_concerned = self.knowledge.model.concerns(case.belief.candidates, agent)
        return word in (ADDED, REMOVED) or (is_last_word and not is_concerned)

    def _begun(self, interaction: str, media: str) -> Case | None:
        """The interaction as far as it has been asked for before its medium was known."""
        case, observer = None, self.knowledge.observer
        for request, is_done in self.requests.placed(interaction):
            case = case or self.cases.move(
                interaction, None, observer.origin(self.cases.start(), media, is_new=False), []
            )
            self._carry_out(request, self.knowledge.shapes.asked(request.source.recorded), case)
            if is_done and request.number is not None:
                candidates = taken(case.belief.candidates, request.number)
                settled = observer.settled(case.belief, candidates, request.number, len(case.roles))
                self.cases.move(interaction, case, settled, list(case.roles))
                case.land(request)
        return case

    # --- requests ---------------------------------------------------------------------------------------------------

    def asked(self, line: Asked) -> list[Finding]:
        """What is wrong with a request; one with a reply to come may be refused, and is judged by that."""
        request = Request(line.source, line.agent)
        if line.is_explicit:
            self.viewpoint.ask(line.agent)
        try:
            return self._asked(line, request) if line.shape is not None else []
        finally:
            if line.is_explicit:
                self.requests.ask(self.requests.of(line.agent), request)

    def _asked(self, line: Asked, request: Request) -> list[Finding]:
        shape, interaction = line.shape, line.interaction
        assert shape is not None, "what is about no interaction is not judged"
        if line.time is not None:
            self.temporal.latest = line.time
        if line.agent is None and self.viewpoint.is_anonymous and shape.operation not in SIGNALS:
            self.account.note("request: nobody knows whose it is", line.source.recorded.line.place)
            self.cases.holes.count += 1
            return []
        request.operation = shape.operation
        self.cases.come_up((interaction,))
        if line.source.path is not None and shape.operation in SIGNALS:
            request.meaning = FORBIDDEN
            return [] if line.is_explicit else [self.attribution.illegal(request)]
        self.account.operations += 1
        if shape.operation == "Create":
            return self._created(line, request, shape)
        if interaction is None:
            raise MessageError(facts.nameless(line.source.recorded.value))
        request.interaction = interaction
        known = self.cases.get(interaction)
        media = shape.media or (known.belief.media if known else self.knowledge.shapes.fitting(shape.operation))
        if media is None and line.is_explicit:
            request.is_unplaced = True
            self.account.undetermined += 1
            return []
        if media is None:
            raise MessageError("media: is missing, and the interaction is not known yet")
        case = self.cases.claimed(interaction, media) or self._begun(interaction, media)
        if case is None:
            is_new = not (line.is_explicit or self.viewpoint.separate)
            origin = self.knowledge.observer.origin(self.cases.start(), media, is_new=is_new)
            case = self.cases.move(interaction, None, origin, [])
        if media != case.belief.media:
            return [self._of_another_medium(line, f"a request for {a_(media)}", media, case)]
        self._carry_out(request, line, case)
        if self.account.is_followed:
            self.account.entry = Entry(
                line.source, "request", interaction, shape.operation, request.before, request.roles, line.agent, request
            )
        is_illegal = request.meaning.is_illegal and not line.is_explicit
        return [
            *([self.attribution.illegal(request)] if is_illegal else []),
            *self._pass(line, case, operation=shape.operation),
        ]

    def _carry_out(self, request: Request, line: Asked, case: Case) -> None:
        """Believe that a request may have been carried out; without a reply to come it has."""
        assert line.shape is not None
        assert line.interaction is not None
        names, known = list(case.roles), len(case.roles)
        whos = tuple([who(agent, names, known, asks=self.viewpoint.asks(agent)) for agent in line.agents])
        transition = self.knowledge.observer.asked(
            case.belief, line.shape, whos, known, is_told=self.requests.has_messages
        )
        request.interaction, request.before = line.interaction, case.belief
        request.roles, request.edge = tuple(names), case.edge
        request.meaning, request.number = transition.meaning or NOTHING, transition.number
        request.operation, request.is_unplaced = line.shape.operation, False
        self.cases.move(line.interaction, case, transition, names)
        if request.number is not None:
            case.pending = (*case.pending, request)

    def _created(self, line: Asked, request: Request, shape: RequestShape) -> list[Finding]:
        transition = self.knowledge.observer.created(self.cases.start(), shape)
        meaning = transition.meaning or NOTHING
        request.meaning = meaning
        if meaning.is_illegal:
            return [] if line.is_explicit else [self.attribution.illegal(request)]
        request.interaction = line.interaction
        if line.interaction is not None:
            self.account.entry = Entry(
                line.source, "request", line.interaction, shape.operation, None, (), line.agent, request
            )
            self.cases.move(line.interaction, None, transition, [str(line.agent)])
        return []

    # --- replies ----------------------------------------------------------------------------------------------------

    def answered(self, line: Answered) -> list[Finding]:
        """What is wrong with a reply: it says whether a request has been carried out by now, or never will be."""
        exchange = self.requests.of(line.agent)
        if self.requests.is_reading(exchange, line):
            return []
        request = self.requests.answer(
            exchange, line.answers, line.source.path, lambda request: self._fits(request, line, exchange)
        )
        if request is None and not facts.shows_content(line):
            self.account.undetermined += 1
            if line.ok:
                self.requests.adopt(exchange, line.number)
        elif request is not None and line.is_unnamed and self.account.is_early and self.viewpoint.is_cut:
            request.is_guessed = True
        findings: list[Finding] = []
        if request is not None:
            line.interaction = request.interaction
            self.cases.come_up((line.interaction,))
            case = self.cases.get(request.interaction) if request.interaction is not None else None
            if case is not None and request.operation is not None and self.account.is_followed:
                self.account.entry = Entry(
                    line.source, "reply", str(request.interaction),
                    f"{request.operation}: {'done' if line.ok else 'refused'}", case.belief, case.roles, line.agent,
                    request, not line.ok,
                )  # fmt: skip
            if line.ok and request.meaning.is_illegal:
                request.accepted = line.source
            findings = self._settled(line, request, case)
            if line.ok:
                self.requests.promise(exchange, request, line.source, line.number)
                is_illegal = any(finding.code == "IXN101" for finding in findings)
                if is_illegal and request.interaction is not None and not request.is_shown:
                    self.cases.expect(request.interaction, line.agent, line.number)
        return [*findings, *self.missing(self.requests.settled(exchange))]

    def _fits(self, request: Request, line: Answered, exchange: AgentExchange) -> bool:
        """Whether a reply can be to that request, by what is believed of its interaction and what was shown."""
        if line.ok and line.number is not None:
            arrived = exchange.arrived.get(line.number)
            if arrived is not None and request.about not in (None, arrived):
                return False
        case = self.cases.get(request.interaction) if request.interaction is not None else None
        if line.ok and request.meaning.is_illegal:
            return False
        if request.operation is not None and facts.shows_content(line):
            return False
        if case is None or request.number is None or line.ok:
            return True
        return any(request.number not in candidate.done for candidate in case.belief.candidates)

    def _settled(self, line: Answered, request: Request, case: Case | None) -> list[Finding]:
        if request.meaning.is_illegal and request.number is None and case is not None:
            if not line.ok:
                self.requests.refuse(request)
                return []
            self.cases.suppose(str(request.interaction), case, [request])
        number = request.number
        if case is None or number is None or request not in case.pending:
            return [self.attribution.illegal(request)] if line.ok and request.meaning.is_illegal else []
        belief, is_all = case.belief, self.viewpoint.is_everything
        is_told = self.requests.is_told(request.agent, is_all=is_all)
        transition = None
        if not (request.is_shown and (not line.ok or request.meaning.is_illegal)):
            transition = self.knowledge.observer.answered(belief, number, len(case.roles), ok=line.ok, is_told=is_told)
        findings: list[Finding] = []
        if transition is not None:
            self.cases.move(str(request.interaction), case, transition, list(case.roles))
            case.land(request)
            if transition.meaning is not None and not request.meaning.has_effect:
                request.meaning = transition.meaning
            if not line.ok:
                self.requests.refuse(request)
        else:
            if line.ok:
                request.accepted = line.source
            at = Situation(str(request.interaction), case.belief, case.roles, case.edge, self.viewpoint)
            verdict = self.attribution.answered(at, line, request, is_told=is_told)
            self._accept(at, case, verdict, number)
            case.land(request)
            findings = [finding for finding in verdict.findings if not self._is_excused(finding, case)]
        if not line.ok and any(number in candidate.done for candidate in belief.candidates):
            findings += self._pass(line, case)
        return findings

    # --- what came of a line ----------------------------------------------------------------------------------------

    def said(self, line: Said) -> list[Finding]:
        """Believe a line that says in which state an interaction is."""
        if line.time is not None:
            self.temporal.latest = line.time
        self.cases.come_up((line.interaction,))
        case = self.cases.get(line.interaction)
        media = line.media or (case.belief.media if case is not None else None)
        state = facts.state_of(line, media, self.knowledge.definition)
        cast = Cast([])
        place = line.place and WorkbinPlace(
            str(cast.role(line.place.id)),
            cast.role(line.place.agent_group),
            cast.role(line.place.place_group),
            cast.role(line.place.owner),
        )
        candidates = tuple(self.knowledge.model.origins.said(str(media), state, cast.role(line.agent), place))
        before = case.belief if case is not None else None
        self.account.entry = Entry(line.source, "state", line.interaction, state, before, case.roles if case else ())
        is_going_on = self.cases.take_statement(line.interaction, line.source.recorded.line.place.file)
        findings = []
        if case is not None and is_going_on and self._is_held(case, line, state):
            findings = [wording.two_hold(line, state, self._names(case))]
        case = self.cases.believe(line.interaction, case, candidates, cast, requested=False)
        return [*findings, *self._pass(line, case, shown=state)]

    def _is_held(self, case: Case, line: Said, state: State) -> bool:
        """Whether only somebody else can have what an agent is said to have."""
        agent = Cast(list(case.roles)).role(line.agent)
        if agent is None or state not in HELD_STATES:
            return False
        records = [candidate.record for candidate in case.belief.candidates]
        return all(
            record.holders and {agent, OTHERS, MAYBE_OTHERS, SOMEBODY}.isdisjoint(record.holders) for record in records
        )

    @staticmethod
    def _names(case: Case) -> tuple[str, ...]:
        return named(case.belief.candidates[0], case.roles).record.holders

    def _accept(self, at: Situation, case: Case, verdict: Verdict, number: int | None = None) -> Case:
        """Go on from an explanation; the request of that number has its reply."""
        self.requests.update(verdict.effects, at.interaction)
        self.account.undetermined += verdict.effects.undetermined
        pending, candidates = at.belief.pending, verdict.candidates
        if number is not None:
            pending, candidates = pending_without(pending, number), without(candidates, number)
        requested = verdict.requested or number is not None or at.belief.requested
        return self.cases.believe(at.interaction, case, candidates, verdict.cast, requested=requested, pending=pending)

    def _of_another_medium(self, line: Notified | Asked, what: str, media: str, case: Case) -> Finding:
        self.cases.call(str(line.interaction), media)
        return wording.other_media(line.source.recorded, str(line.interaction), what, case.belief.media)

    def _pass(
        self,
        line: Notified | Asked | Answered | Said,
        case: Case,
        *,
        shown: State | None = None,
        operation: str | None = None,
        is_possible: bool = True,
    ) -> list[Finding]:
        """The rules over time that the moment after a line breaks."""
        record = case.belief.record
        touch = self.temporal.touch(record.media, record.state, shown, operation, line.agent)
        return self.pass_moment(line, record, touch, shown, operation, is_possible=is_possible)

    def pass_moment(
        self,
        line: Notified | Asked | Answered | Said,
        record: Interaction,
        touch: Touch,
        shown: State | None,
        operation: str | None = None,
        *,
        is_possible: bool = True,
    ) -> list[Finding]:
        """The same, of a moment that has been looked up."""
        rules, interaction = self.temporal, str(line.interaction)
        if rules.is_met(interaction, touch, line.agent, line.time):
            return []
        since = Since(touch.begins, line, record, shown, operation)
        if interaction not in rules.pending and not touch.holds and not touch.breaks:
            if is_possible:
                rules.pending[interaction] = since
            return []
        breaches = rules.take(touch, since.moment(interaction), is_possible=is_possible)
        return self._unexcused(map(wording.breach, breaches))

    def save(self) -> dict[str, Json]:
        """How it stands, as plain JSON, for `resume`."""
        return checkpoint.save(self)

    def resume(self, state: Any) -> None:
        """Go on where another judge of the same definition and rules was saved. Raises ValueError."""
        checkpoint.resume(self, state)

    # --- the account ------------------------------------------------------------------------------------------------

    @property
    def seen(self) -> Seen | None:
        """What the line that was taken last shows of an interaction; None for one that shows nothing of any."""
        entry = self.account.entry
        case = self.cases.get(entry.interaction) if entry is not None else None
        return entry.seen(case.belief, self.knowledge.model) if entry is not None and case is not None else None

    @property
    def definition(self) -> Definition:
        """The definition under which it judges."""
        return self.knowledge.definition

    @property
    def operations(self) -> int:
        """How many operations it has seen."""
        return self.account.operations

    @property
    def notifications(self) -> int:
        """How many notifications it has seen."""
        return self.account.notifications

    @property
    def interactions(self) -> int:
        """How many interactions its lines are about: of those of an earlier run the ones that have come up again."""
        return self.cases.count - len(self.cases.carried_over)

    @property
    def repeats(self) -> int:
        """How many notifications showed what was known already."""
        return self.account.repeats

    @property
    def gaps(self) -> int:
        """How many steps must have happened that no line shows."""
        return self.account.gaps

    @property
    def undetermined(self) -> int:
        """How much could not be judged, since the recording ends too early or leaves the order open."""
        return self.account.undetermined + self.requests.undetermined

    @property
    def lists(self) -> Mapping[str, int]:
        """How often each documented capability list was shown, by medium and name."""
        return self.account.lists_shown()

    @property
    def generations(self) -> Mapping[str, int]:
        """How often a list was shown that only one generation of lists has."""
        return self.account.generations(self.definition)

    @property
    def unrecorded(self) -> Mapping[str, tuple[int, Place]]:
        """What was not recorded or cannot be read, by the reason: how often, and where first."""
        return self.account.unrecorded

    @property
    def rules(self) -> tuple[RuleOutcome, ...]:
        """How each rule has come out."""
        return self.temporal.outcomes

    @property
    def known(self) -> Iterator[str]:
        """The interactions that it remembers."""
        return self.cases.known
