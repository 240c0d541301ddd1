"""Replies: each says whether a request has been carried out by now, or never will be."""

from ixnstate.trace import facts
from ixnstate.trace.account import Entry
from ixnstate.trace.attribution import Situation
from ixnstate.trace.cases import Case
from ixnstate.trace.exchange import AgentExchange, Request, may_answer_another
from ixnstate.trace.facts import Answered
from ixnstate.trace.findings import Finding
from ixnstate.trace.parts import Parts
from ixnstate.trace.statements import settle_either_way
from ixnstate.trace.steps import TooDearError


def take(parts: Parts, line: Answered) -> list[Finding]:
    """What is wrong with a reply: it says whether a request has been carried out by now, or never will be."""
    exchange = parts.requests.of(line.agent)
    if exchange.is_reading(line):
        return []
    request = parts.requests.answer(
        exchange, line.answers, line.source.path, lambda request: _fits(parts, request, line, exchange)
    )
    if request is None and not facts.shows_content(line):
        parts.account.undetermined += 1
        if line.ok:
            parts.requests.adopt(exchange, line.number)
    is_doubtful, is_piece = False, parts.viewpoint.is_piece
    if request is not None and parts.viewpoint.is_cut:
        is_guessed = may_answer_another(line, request, is_early=parts.account.is_early, is_piece=is_piece)
        request.is_guessed |= is_guessed
        is_doubtful = is_guessed and is_piece
    findings: list[Finding] = []
    if request is not None:
        line.interaction = request.interaction
        parts.cases.come_up((line.interaction,))
        case = parts.cases.bring_up(request.interaction) if request.interaction is not None else None
        if case is not None and request.operation is not None and parts.account.is_followed:
            parts.account.entry = Entry(
                line.source, "reply", str(request.interaction),
                f"{request.operation}: {'done' if line.ok else 'refused'}", case.belief, case.roles, line.agent,
                request, not line.ok,
            )  # fmt: skip
        if line.ok and request.meaning.is_illegal:
            request.accepted = line.source
        findings = _settled(parts, line, request, case) if not is_doubtful else _doubted(parts, request, case)
        if line.ok:
            parts.requests.promise(exchange, request, line.source, line.number)
            is_illegal = any(finding.code == "IXN101" for finding in findings)
            if is_illegal and request.interaction is not None and not request.is_shown:
                parts.cases.expect(request.interaction, line.agent, line.number)
    return [*parts.drop_uncertain(findings), *parts.report(parts.requests.settled(exchange))]


def _fits(parts: Parts, request: Request, line: Answered, exchange: AgentExchange) -> bool:
    """Whether a reply can be to that request, by what is believed of its interaction and what was shown."""
    if line.ok and line.number is not None:
        arrived = exchange.arrived.get(line.number)
        if arrived is not None and request.about not in (None, arrived):
            return False
    case = parts.cases.bring_up(request.interaction) if request.interaction is not None else None
    if line.ok and request.meaning.is_illegal:
        return False
    if request.operation is not None and facts.shows_content(line):
        return False
    if case is None or request.number is None or line.ok:
        return True
    return any(request.number not in candidate.done for candidate in case.belief.candidates)


def _settled(parts: Parts, line: Answered, request: Request, case: Case | None) -> list[Finding]:
    if request.meaning.is_illegal and request.number is None and case is not None:
        if not line.ok:
            parts.requests.refuse(request)
            return []
        parts.cases.suppose(str(request.interaction), case, [request])
    number = request.number
    if case is None or number is None or request not in case.pending:
        return [parts.attribution.illegal(request)] if line.ok and request.meaning.is_illegal else []
    belief, is_all = case.belief, parts.viewpoint.is_everything
    is_told = parts.requests.is_told(request.agent, is_all=is_all)
    transition, observer = None, parts.knowledge.observer
    if not (request.is_shown and (not line.ok or request.meaning.is_illegal)):
        try:
            transition = observer.answered(belief, number, len(case.roles), ok=line.ok, is_told=is_told)
        except TooDearError:  # it has been carried out one way or another, or has changed nothing
            parts.account.undetermined += 1
            anyhow = parts.knowledge.model.forced(belief.candidates, belief.pending[number])
            transition = observer.settled(belief, tuple(anyhow), number, len(case.roles))
    findings: list[Finding] = []
    if transition is not None:
        parts.cases.move(str(request.interaction), case, transition, list(case.roles))
        case.land(request)
        request.meaning = request.meaning.or_later(transition.meaning)
        if not line.ok:
            parts.requests.refuse(request)
    else:
        if line.ok:
            request.accepted = line.source
        at = Situation(str(request.interaction), case.belief, case.roles, case.edge, parts.viewpoint)
        verdict = parts.attribution.answered(at, line, request, is_told=is_told)
        findings = [finding for finding in verdict.findings if not parts.excuse(finding, case)]
        if findings and not line.ok and _has_come_of_another(parts.requests.of(line.agent), request):
            parts.account.undetermined += len(findings)
            findings = []
        parts.accept(at, case, verdict, number, is_excused=len(findings) < len(verdict.findings))
        case.land(request)
    if not line.ok and any(number in candidate.done for candidate in belief.candidates):
        findings += parts.passed(line, case)
    return findings


def _doubted(parts: Parts, request: Request, case: Case | None) -> list[Finding]:
    """Go on after a reply that may be to a request of before the recording: its own was done, or it was not."""
    parts.account.undetermined += 1
    if case is not None and request.number is not None and request in case.pending:
        settle_either_way(parts, request, case)
    return []


def _has_come_of_another(exchange: AgentExchange, request: Request) -> bool:
    """Whether a message that may have been the request's is that of one that was not recorded: its reply was."""
    return any(
        uncaused.interaction == request.interaction and uncaused.number in exchange.unrecorded
        for uncaused in exchange.uncaused
    )
