"""What a recording says outright: in which state an interaction is, and what was not recorded, or cannot be told."""

from ixnstate.definition import Definition, known_state
from ixnstate.gws import MessageError
from ixnstate.model import WorkbinPlace
from ixnstate.recording.records import Missing, Recorded
from ixnstate.trace import facts, wording
from ixnstate.trace.account import Entry
from ixnstate.trace.attribution import named
from ixnstate.trace.candidate import SOMEBODY, UNCOUNTED
from ixnstate.trace.cases import Case
from ixnstate.trace.exchange import Request
from ixnstate.trace.facts import Answered, Said
from ixnstate.trace.findings import Finding
from ixnstate.trace.observation import Cast
from ixnstate.trace.parts import Parts
from ixnstate.trace.steps import TooDearError
from ixnstate.values import a_
from ixnstate.vocabulary import HELD_STATES, State


def said(parts: Parts, line: Said) -> list[Finding]:
    """Believe a line that says in which state an interaction is."""
    parts.temporal.go_to(line.time)
    parts.cases.come_up((line.interaction,))
    case = parts.cases.bring_up(line.interaction)
    media = line.media or (case.belief.media if case is not None else None)
    state = _state_of(line, media, parts.knowledge.definition)
    cast = Cast([])
    place = line.place and WorkbinPlace(
        str(cast.role(line.place.id)),
        cast.role(line.place.agent_group),
        cast.role(line.place.place_group),
        cast.role(line.place.owner),
    )
    candidates = tuple(parts.knowledge.model.origins.said(str(media), state, cast.role(line.agent), place))
    before = case.belief if case is not None else None
    parts.account.entry = Entry(line.source, "state", line.interaction, state, before, case.roles if case else ())
    is_going_on = parts.cases.take_statement(line.interaction, line.source.recorded.line.place.file)
    findings = []
    if case is not None and is_going_on and _is_held(case, line, state):
        findings = [wording.two_hold(line, state, _names(case))]
    case = parts.cases.believe(line.interaction, case, candidates, cast, requested=False)
    return parts.drop_uncertain([*findings, *parts.passed(line, case, shown=state)])


def _state_of(line: Said, media: str | None, definition: Definition) -> State:
    """The state in which an interaction of that medium is said to be. Raises `MessageError`."""
    try:
        state = known_state(line.state)
        if media is None:
            raise ValueError("media: is missing, and the interaction is not known yet")
        if state is not State.REVOKED and state not in definition.media[media].states:
            raise ValueError(f"{a_(media)} is never {state}")
    except ValueError as error:
        raise MessageError(f"{error}") from None
    return state


def _is_held(case: Case, line: Said, state: State) -> bool:
    """Whether only somebody else can have what an agent is said to have."""
    agent = Cast(list(case.roles)).role(line.agent)
    if agent is None or state not in HELD_STATES:
        return False
    records = [candidate.record for candidate in case.belief.candidates]
    return all(record.holders and {agent, *UNCOUNTED, SOMEBODY}.isdisjoint(record.holders) for record in records)


def _names(case: Case) -> tuple[str, ...]:
    """Those who have the interaction, as far as is believed."""
    return named(case.belief.candidates[0], case.roles).record.holders


def lost(parts: Parts, recorded: Recorded) -> list[Finding]:
    """Go on after something of which the recording says only that it is not there."""
    missing, why = recorded.value["missing"], recorded.value.get("why")
    said = why if isinstance(why, str) else "nobody says why"
    parts.account.note(f"{missing}: {said}"[:200], recorded.line.place)
    parts.account.undetermined += missing not in (Missing.ANYTHING, Missing.LINE)
    line = facts.lost(recorded)
    if missing == Missing.REPLY:
        return lost_reply(parts, line)
    parts.cases.holes.count += 1
    if missing == Missing.REQUEST:
        parts.requests.ask(parts.requests.of(line.agent), Request(line.source, line.agent))
    elif missing != Missing.LINE:
        parts.requests.lose_messages(line.agent)
    if missing == Missing.ANYTHING:
        parts.requests.lose_replies(line.agent)
    return []


def lost_reply(parts: Parts, line: Answered) -> list[Finding]:
    """Go on after a reply that does not say what became of its request: it was done, or it was not."""
    exchange = parts.requests.of(line.agent)
    request = parts.requests.answer(exchange, line.answers, line.source.path, lambda _: True)
    parts.account.undetermined += request is None
    parts.cases.holes.count += 1
    case = (
        parts.cases.bring_up(request.interaction) if request is not None and request.interaction is not None else None
    )
    if request is not None and case is not None and request.number is not None:
        settle_either_way(parts, request, case)
    return []


def settle_either_way(parts: Parts, request: Request, case: Case) -> None:
    """A request in flight has its reply, and nobody knows which: it was done, or it was not."""
    belief, number = case.belief, request.number
    assert number is not None, "it is in flight"
    is_told = parts.requests.is_told(request.agent, is_all=parts.viewpoint.is_everything)
    try:
        after, _ = parts.knowledge.observer.outcome(belief, number, ok=True, is_told=is_told)
    except TooDearError:
        parts.account.undetermined += 1
        after = ()
    both = (*after, *belief.candidates)
    settled = parts.knowledge.observer.settled(belief, both, number, len(case.roles))
    parts.cases.move(str(request.interaction), case, settled, list(case.roles))
    case.land(request)
