"""Notifications: what a message shows an agent of an interaction, or a subscriber of a workbin."""

from typing import NamedTuple

from ixnstate.trace import wording
from ixnstate.trace.account import LATE, Entry
from ixnstate.trace.asked import begun
from ixnstate.trace.attribution import Situation, answer_of, candidates_in
from ixnstate.trace.belief import Belief, Candidates
from ixnstate.trace.candidate import ADDED, REMOVED, renamed, renamed_request, role
from ixnstate.trace.candidate import UNKNOWN as UNKNOWN_STATE
from ixnstate.trace.cases import Case
from ixnstate.trace.exchange import FEW, AgentExchange
from ixnstate.trace.facts import Notified
from ixnstate.trace.findings import Finding
from ixnstate.trace.observation import NO_NUMBER, Cast, Transition, who
from ixnstate.trace.parts import Parts
from ixnstate.trace.steps import TooDearError
from ixnstate.values import a_
from ixnstate.vocabulary import NoticeKind, State

LAST_WORDS = (State.IN_WORKBIN, State.COMPLETED, State.REVOKED)
"""What an agent is shown who lets go of an interaction."""


def take(parts: Parts, line: Notified) -> list[Finding]:
    """What is wrong with a notification."""
    parts.account.notifications += 1
    parts.cases.come_up((line.interaction,))
    parts.temporal.go_to(line.time)
    misplaced = parts.workbins.take(line.placed) if line.placed is not None else []
    if misplaced and parts.knowledge.model.gaps:
        parts.account.gaps += len(misplaced)
        misplaced = []
    exchange, shape = parts.requests.of(line.agent), line.shape
    case, findings = _observed(parts, line, exchange)
    if case is not None and line.number is None and shape.state and shape.kind != NoticeKind.PARTICIPANTS_UPDATED:
        parts.requests.tell(exchange, line.interaction, shape.state)
    is_reported = bool(findings or misplaced)
    findings = findings or parts.drop_excused(misplaced)
    has_happened = all(finding.code != "IXN201" for finding in findings)
    faults = parts.requests.notify(exchange, line.number, line.interaction, line.source, is_reported=is_reported)
    findings = [*findings, *parts.report(faults)]
    if case is not None:
        findings += parts.passed(line, case, shown=shape.state, is_possible=has_happened)
    return parts.drop_uncertain(findings)


def _observed(parts: Parts, line: Notified, exchange: AgentExchange) -> tuple[Case | None, list[Finding]]:
    """The interaction after a notification, None if it can't be it; and what is wrong with what it shows."""
    shape = line.shape
    if not shape.is_possible:
        return None, [wording.never_shown(line, parts.knowledge.shapes.shown_states(shape.media))]
    case = parts.cases.claimed(line.interaction, shape.media) or begun(parts, line.interaction, shape.media)
    if case is not None and line.interaction in parts.requests.about:
        parts.cases.reconsider(line.interaction, case, parts.requests.supposable(line.interaction))
        own = (request for request in parts.requests.supposable(line.interaction) if request.agent == line.agent)
        parts.cases.suppose(line.interaction, case, own if line.number is not None else ())
    if case is not None and case.belief.media != shape.media:
        return None, [parts.of_another_medium(line, f"a notification of {a_(shape.media)}", shape.media, case)]
    is_expected = (
        case is not None
        and shape.word is not None
        and parts.cases.take_expected(line.interaction, line.agent, line.number)
    )
    met = _met(parts, line, case, exchange)
    if (
        met.transition is None
        and not met.is_dear
        and case is not None
        and parts.cases.suppose(line.interaction, case, parts.requests.supposable(line.interaction))
    ):
        met = _met(parts, line, case, exchange)
    (before, roles, names, answer, transition, is_dear), findings = met, []
    if transition is not None:
        parts.account.gaps += transition.gaps
        parts.account.repeats += transition.repeats
        parts.requests.absolve(line.interaction)
        is_open = is_expected or (case is not None and _is_of_before(parts, line, case, exchange))
        as_before = candidates_in(before, roles, Cast(names)) if is_open else ()
        if not before.requested and _may_have_gone_on(parts, line):
            as_before = (*as_before, *parts.knowledge.model.origins.unseen(line.shape.media))
        case = parts.cases.move(line.interaction, case, transition, names)
        if as_before:
            _keep(parts, line.interaction, case, as_before, names)
    elif case is not None and _may_be_of_before(parts, line, case, exchange):
        parts.account.undetermined += 1
    elif case is not None:
        at = Situation(line.interaction, case.belief, case.roles, case.edge, parts.viewpoint)
        is_of_another = _answers_what_is_not_recorded(parts, line, exchange)
        is_excused = not is_of_another and parts.cases.excuse(case)
        parts.account.undetermined += is_of_another or is_excused
        is_expected = is_expected or is_of_another
        verdict = None
        if not is_dear:
            verdict = parts.attribution.notified(at, line, answer, is_expected=is_expected, is_excused=is_excused)
        if verdict is None:
            parts.account.undetermined += not (is_of_another or is_excused)
            verdict = parts.attribution.believed(at, line)
        case, findings = parts.accept(at, case, verdict, is_excused=is_excused), list(verdict.findings)
    is_judged = not (findings and shape.is_other_list)
    listed = shape.listed if is_judged else None
    if listed is not None:
        parts.account.list(listed)
    elif shape.is_misprinted and is_judged:
        findings = [*findings, parts.attribution.misprinted(line)]
    if parts.account.is_followed:
        parts.account.entry = Entry(
            line.source, "notification", line.interaction, shape.name, before, roles, line.agent, shown=shape.word,
            listed=listed[1] if listed else None,
        )  # fmt: skip
    return case, findings


class _Met(NamedTuple):
    """What a notification meets, and makes of it."""

    before: Belief
    roles: tuple[str, ...]
    names: list[str]
    """Those of the roles, and of whoever the line adds to them."""
    answer: int
    transition: Transition | None
    is_dear: bool
    """Whether that would take too much work."""


def _met(parts: Parts, line: Notified, case: Case | None, exchange: AgentExchange) -> _Met:
    before, roles = (case.belief, case.roles) if case is not None else (parts.cases.start(), ())
    names, known, answer = list(roles), len(roles), NO_NUMBER
    agent = who(line.agent, names, known, asks=parts.viewpoint.asks(line.agent))
    if case is not None and line.shape.word is not None:
        answer = answer_of(parts.requests, exchange, line.number, line.interaction)
    workbin = who(line.workbin, names, known, asks=False)
    try:
        transition = parts.knowledge.observer.notified(before, line.shape, agent, answer, workbin, known)
    except TooDearError:
        return _Met(before, roles, names, answer, None, is_dear=True)
    return _Met(before, roles, names, answer, transition, is_dear=False)


def _keep(parts: Parts, interaction: str, case: Case, others: Candidates, names: list[str]) -> None:
    """Believe an interaction may be otherwise, too: that an illegal request has shown itself need not be all."""
    cast, belief = Cast(names), case.belief
    roles = {role(number): str(cast.role(name)) for number, name in enumerate(case.roles)}
    candidates = (*(renamed(candidate, roles) for candidate in belief.candidates), *others)
    pending = tuple(renamed_request(request, roles) for request in belief.pending)
    parts.cases.believe(interaction, case, candidates, cast, requested=belief.requested, pending=pending)


def _is_of_before(parts: Parts, line: Notified, case: Case, exchange: AgentExchange) -> bool:
    """Whether a message that fits may be late, and tell what happened before the recording was begun, if it was cut.

    Then it says nothing about what is so now.
    """
    if not parts.viewpoint.is_piece or not parts.requests.has_begun or line.shape.word is None:
        return False
    number, agent = line.number, Cast(list(case.roles)).role(line.agent)
    if number is not None:
        is_before = exchange.first is None or number < exchange.first
        return number in exchange.guessed or (number not in exchange.answered and is_before)
    outboxes = [(name, queue) for each in case.belief.candidates for name, queue in each.outboxes]
    is_untold = any(name == agent and queue[0] in ("", UNKNOWN_STATE) for name, queue in outboxes)
    is_concerned = parts.knowledge.model.concerns(case.belief.candidates, agent)
    return is_untold or (not is_concerned and _may_be_of_before(parts, line, case, exchange))


def _may_have_gone_on(parts: Parts, line: Notified) -> bool:
    """Whether a last word may be late, and others have had the interaction since, also before the recording began.

    One of them may be an agent whose requests are recorded: those that they made before it are not.
    """
    is_early = parts.viewpoint.is_piece and parts.account.is_early and parts.requests.has_begun
    return is_early and line.shape.word in LAST_WORDS


def _may_be_of_before(parts: Parts, line: Notified, case: Case, exchange: AgentExchange) -> bool:
    """Whether a message, late, may tell what happened before the recording began."""
    requests, word = parts.requests, line.shape.word
    is_late = parts.viewpoint.is_piece and exchange.notified < LATE
    is_early = parts.account.is_early and (requests.has_begun or requests.has_answers)
    if not is_early and not is_late:
        return False
    may_be_late = word in LAST_WORDS or (is_late and case.belief.has_ended)
    agent, concerns = Cast(list(case.roles)).role(line.agent), parts.knowledge.model.concerns
    candidates = case.belief.candidates
    is_concerned = all(concerns((each,), agent) for each in candidates) if is_late else concerns(candidates, agent)
    return word in (ADDED, REMOVED) or (may_be_late and not is_concerned)


def _answers_what_is_not_recorded(parts: Parts, line: Notified, exchange: AgentExchange) -> bool:
    """Whether a message answers a request that was not recorded: that of a reply that has come, or an earlier one.

    Numbers grow with each request. So a number that is lesser than the first one that a reply has given is that of a
    request of before the recording, unless this one begins with the first record of all. Before a reply has given one,
    it may be in a recording of which the records' own numbers say that it was cut.
    """
    number = line.number
    if number in exchange.guessed and parts.viewpoint.is_piece:
        return True
    if number is None or not parts.requests.has_begun or number in exchange.answered:
        return False
    if number in exchange.unrecorded:
        return True
    if parts.viewpoint.is_whole:
        return False
    if exchange.first is not None:
        return number < exchange.first
    illegal = parts.requests.illegal(line.interaction)
    is_early = parts.viewpoint.is_cut and exchange.unnumbered_interactions <= FEW
    return is_early and all(request.agent != line.agent for request in illegal)
