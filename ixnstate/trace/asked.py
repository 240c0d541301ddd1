"""Requests: what an agent asks for. One with a reply to come may be refused, and is judged by that."""

from ixnstate.gws import MessageError
from ixnstate.recording.records import Recorded
from ixnstate.trace.account import Entry
from ixnstate.trace.belief import taken
from ixnstate.trace.cases import Case
from ixnstate.trace.exchange import FORBIDDEN, NOTHING, Request
from ixnstate.trace.facts import SIGNALS, Asked, RequestShape, SourceLine
from ixnstate.trace.findings import Finding
from ixnstate.trace.observation import who
from ixnstate.trace.parts import Parts
from ixnstate.trace.statements import settle_either_way
from ixnstate.values import JsonObject, a_, brief


def take(parts: Parts, line: Asked) -> list[Finding]:
    """What is wrong with a request; one with a reply to come may be refused, and is judged by that."""
    request = Request(line.source, line.agent)
    if line.is_explicit:
        parts.viewpoint.ask(line.agent)
    try:
        return parts.drop_uncertain(_asked(parts, line, request)) if line.shape is not None else []
    finally:
        if line.is_explicit:
            parts.requests.ask(parts.requests.of(line.agent), request)


def _asked(parts: Parts, line: Asked, request: Request) -> list[Finding]:
    shape, interaction = line.shape, line.interaction
    assert shape is not None, "what is about no interaction is not judged"
    parts.temporal.go_to(line.time)
    if line.agent is None and parts.viewpoint.is_anonymous and shape.operation not in SIGNALS:
        parts.account.note("request: nobody knows whose it is", line.source.recorded.line.place)
        parts.cases.holes.count += 1
        return []
    request.operation = shape.operation
    parts.cases.come_up((interaction,))
    if line.source.path is not None and shape.operation in SIGNALS:
        request.meaning = FORBIDDEN
        return [] if line.is_explicit else [parts.attribution.illegal(request)]
    parts.account.operations += 1
    if shape.operation == "Create":
        return _created(parts, line, request, shape)
    if interaction is None:
        raise MessageError(nameless(line.source.recorded.value))
    request.interaction = interaction
    known = parts.cases.bring_up(interaction)
    media = shape.media or (known.belief.media if known else parts.knowledge.shapes.fitting(shape.operation))
    if media is None and line.is_explicit:
        request.is_unplaced = True
        parts.account.undetermined += 1
        return []
    if media is None:
        raise MessageError("media: is missing, and the interaction is not known yet")
    case = parts.cases.claimed(interaction, media) or begun(parts, interaction, media)
    if case is None:
        is_new = not (line.is_explicit or parts.viewpoint.separate or parts.cases.lost)
        origin = parts.knowledge.observer.origin(parts.cases.start(), media, is_new=is_new)
        case = parts.cases.move(interaction, None, origin, [])
    if media != case.belief.media:
        return [parts.of_another_medium(line, f"a request for {a_(media)}", media, case)]
    _carry_out(parts, request, line, case)
    if parts.account.is_followed:
        parts.account.entry = Entry(
            line.source, "request", interaction, shape.operation, request.before, request.roles, line.agent, request
        )
    is_illegal = request.meaning.is_illegal and not line.is_explicit
    return [
        *([parts.attribution.illegal(request)] if is_illegal else []),
        *parts.passed(line, case, operation=shape.operation),
    ]


def _created(parts: Parts, line: Asked, request: Request, shape: RequestShape) -> list[Finding]:
    transition = parts.knowledge.observer.created(parts.cases.start(), shape)
    meaning = transition.meaning or NOTHING
    request.meaning = meaning
    if meaning.is_illegal:
        return [] if line.is_explicit else [parts.attribution.illegal(request)]
    request.interaction = line.interaction
    if line.interaction is not None:
        parts.account.entry = Entry(
            line.source, "request", line.interaction, shape.operation, None, (), line.agent, request
        )
        parts.cases.move(line.interaction, None, transition, [str(line.agent)])
    return []


def begun(parts: Parts, interaction: str, media: str) -> Case | None:
    """The interaction as far as it has been asked for before its medium was known."""
    case, observer = None, parts.knowledge.observer
    for request, is_done in parts.requests.placed(interaction):
        case = case or parts.cases.move(
            interaction, None, observer.origin(parts.cases.start(), media, is_new=False), []
        )
        _carry_out(parts, request, parts.knowledge.shapes.asked(request.source.recorded), case)
        if is_done and request.number is not None and request.is_guessed:
            settle_either_way(parts, request, case)
        elif is_done and request.number is not None:
            candidates = taken(case.belief.candidates, request.number)
            settled = observer.settled(case.belief, candidates, request.number, len(case.roles))
            parts.cases.move(interaction, case, settled, list(case.roles))
            case.land(request)
    return case


def _carry_out(parts: Parts, request: Request, line: Asked, case: Case) -> None:
    """Believe that a request may have been carried out; without a reply to come it has."""
    assert line.shape is not None
    assert line.interaction is not None
    names, known = list(case.roles), len(case.roles)
    whos = tuple([who(agent, names, known, asks=parts.viewpoint.asks(agent)) for agent in line.agents])
    transition = parts.knowledge.observer.asked(
        case.belief, line.shape, whos, known, is_told=parts.requests.has_messages
    )
    request.interaction, request.before = line.interaction, case.belief
    request.roles, request.edge = tuple(names), case.edge
    request.meaning, request.number = transition.meaning or NOTHING, transition.number
    request.operation, request.is_unplaced = line.shape.operation, False
    parts.cases.move(line.interaction, case, transition, names)
    if request.number is not None:
        case.pending = (*case.pending, request)


def unread(recorded: Recorded) -> Asked:
    """A request of which nobody knows what it asks for, since it cannot be read; a reply to it may come."""
    source = SourceLine(recorded.seq, recorded.value.get("path"), recorded)
    return Asked(source, recorded.agent, None, is_explicit=recorded.is_explicit)


def nameless(value: JsonObject) -> str:
    """What is wrong with a request that names no interaction."""
    if "path" in value:
        return f"path: {brief(value['path'])} names no interaction; it must, or the line under the key interaction"
    return "interaction: is missing; name it, or the path that does"
