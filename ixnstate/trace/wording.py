"""What a finding says: the words, the evidence that the rule rests on, and the cheapest repair."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from ixnstate.definition import Edge, Medium
from ixnstate.gws import spelled
from ixnstate.recording.records import Kind, Recorded
from ixnstate.recording.times import written
from ixnstate.refusals import Refusal
from ixnstate.trace.candidate import SUBSCRIBERS, Candidate
from ixnstate.trace.exchange import Due, Request
from ixnstate.trace.facts import Notified, Said, SourceLine, answered, message_of
from ixnstate.trace.findings import Finding, Severity, Witness
from ixnstate.trace.rules import Breach, Modality, Moment, Where
from ixnstate.values import a_
from ixnstate.vocabulary import Evidence, RefusalCode, Source, State

_RANK = {Evidence.DOCUMENTED: 0, Evidence.CAPTURED: 1, Evidence.INFERRED: 2, Evidence.SILENT: 3}


def _finding(
    code: str, recorded: Recorded, interaction: str | None, what: str, why: str, right: str | None = None, **more: Any
) -> Finding:
    """The finding about a line; a rule that is only inferred makes it a warning."""
    evidence = more.get("evidence")
    severity = Severity.WARNING if _RANK.get(evidence, 0) > 1 else Severity.ERROR  # type: ignore[arg-type]
    line = recorded.line
    return Finding(
        code, line.place, line.text, interaction, recorded.agent, what, why, right, severity=severity,
        seq=recorded.seq, ts=None if recorded.time is None else written(recorded.time), **more,
    )  # fmt: skip


def testimony(recorded: Recorded, kind: str, says: str) -> Witness:
    """A line on which a finding about another one rests."""
    ts = None if recorded.time is None else written(recorded.time)
    return Witness(kind, recorded.line.place, says, recorded.agent, ts)


def witness(recorded: Recorded) -> Witness:
    """The same, of what the line says itself."""
    match recorded.kind:
        case Kind.RESPONSE:
            reply = answered(recorded)
            number = "" if reply is None or reply.number is None else f" (referenceId {reply.number})"
            return testimony(recorded, "reply", f"{'done' if reply and reply.ok else 'refused'}{number}")
        case Kind.NOTIFICATION:
            message = message_of(recorded)
            return testimony(recorded, "notification", f"state {message.state}" if message.state else "of a workbin")
    body = recorded.body
    return testimony(recorded, "request", str(body.get("operationName")) if isinstance(body, Mapping) else "")


def accepted(request: Request) -> Witness | None:
    """What accepted a request that must be refused, if that was recorded: its reply, or a message that shows it."""
    return None if request.accepted is None else witness(request.accepted.recorded)


def _ground(*known: Edge | None) -> dict[str, Any]:
    """The evidence and the source of the weakest of these edges."""
    weakest = max((edge for edge in known if edge), key=lambda edge: _RANK[edge.evidence], default=None)
    return {"evidence": weakest.evidence, "source": weakest.page} if weakest else {}


# --- requests -------------------------------------------------------------------------------------------------------

_ANSWERS = ("Accept", "Reject")
"""Operations before which an invitation must come; only from a queue is that what was left out."""


def no_request(request: Request) -> Finding:
    """An agent requests what only the platform does."""
    return _finding(
        "IXN101", request.source.recorded, request.interaction, f"can't {request.operation} by a request",
        "it is a signal of the platform", "no such request", repair="delete this line", accepted=accepted(request),
    )  # fmt: skip


def other_media(recorded: Recorded, interaction: str, what: str, known: str) -> Finding:
    """A line is about an interaction of another medium."""
    media = a_(known)
    return _finding(
        "IXN102", recorded, interaction, what, f"{interaction} is {media}", f"one for {media}",
        expected=(known,), repair="delete this line",
    )  # fmt: skip


def refused(
    recorded: Recorded,
    interaction: str | None,
    edge: Edge | None,
    refusal: Refusal,
    accepted: Witness | None = None,
) -> Finding:
    """An operation that is refused. ``edge`` is the step that led to where the interaction stands."""
    names = {**spelled(refusal.operation), "by": "agent"}
    reply = f"a reply that refuses it, with status code {refusal.status_code}" if accepted else None
    repair = None if reply and refusal.code is RefusalCode.FINAL else _repair(refusal, names)
    right = [each for each in (reply, repair, *_instead(refusal)) if each]
    return _finding(
        "IXN101", recorded, interaction if refusal.record else None, refusal.what, refusal.why(names),
        "; or ".join(right) or None, refusal=refusal, expected=refusal.allowed,
        repair=_cheapest(refusal, names), accepted=accepted, **_ground(edge, _edge(refusal)),
    )  # fmt: skip


def _edge(refusal: Refusal) -> Edge | None:
    """The best known edge of the operation, of those that could have been meant."""
    record, definition = refusal.record, refusal.definition
    if record is None or record.media not in definition.media:
        return None
    edges = [each for each in definition.edges(record.media) if each.operation == refusal.operation]
    here = [each for each in edges if each.source is record.state]
    return min(here or edges, key=lambda each: _RANK[each.evidence], default=None)


def _repair(refusal: Refusal, names: Mapping[str, str]) -> str | None:
    """What would make the same operation legal."""
    if refusal.code is RefusalCode.FINAL:
        return "nothing: it has ended"
    same = _same(refusal, names)
    if same or refusal.code is RefusalCode.NOT_HOLDER:
        return same
    path = _before(refusal)
    return f"first {', then '.join(path)}" if path else None


def _same(refusal: Refusal, names: Mapping[str, str]) -> str | None:
    """The same operation, with other arguments or by another agent."""
    failed = " or ".join(names.get(each, each) for each in (refusal.failed or "").split(" or "))
    if refusal.code is RefusalCode.MISSING_PARAMETER:
        return f"the same with {failed}"
    if refusal.is_surplus:
        return f"the same without {failed}"
    if refusal.code is RefusalCode.NOT_HOLDER and refusal.record is not None:
        who = refusal.record.invited if refusal.operation in _ANSWERS else refusal.record.holders
        return f"the same by {' or '.join(who)}" if who else None
    return None


def _before(refusal: Refusal) -> tuple[str, ...]:
    """The operations that are missing before it; () if that is not what is wrong."""
    path = refusal.path or ()
    if refusal.operation in _ANSWERS and path[:1] != ("Offer",):
        return ()
    return path


AGAIN = "replace this line by the same operation"
"""How a repair begins where the line needs nothing but an agent or a parameter."""


def _cheapest(refusal: Refusal, names: Mapping[str, str]) -> str:
    """One edit that makes the line legal: one that keeps the operation, or else without it."""
    same, before = _same(refusal, names), _before(refusal)
    if same:
        return same.replace("the same", AGAIN, 1)
    if len(before) == 1:
        return f"insert {before[0]} before this line"
    return "delete this line"


def _instead(refusal: Refusal) -> Iterator[str]:
    if refusal.allowed and refusal.code in (RefusalCode.ILLEGAL, RefusalCode.UNKNOWN_OPERATION, RefusalCode.NOT_HOLDER):
        yield f"one of {', '.join(refusal.allowed)}"


# --- replies --------------------------------------------------------------------------------------------------------

_RULES = {"evidence": Evidence.DOCUMENTED}
_ERRORS = Source("ReturnValues", "8.5.1")


def no_notification(request: Request, reply: SourceLine) -> Finding:
    """A reply whose message has not come."""
    return _finding(
        "IXN111", reply.recorded, request.interaction, f"no notification answers {_operation(request)}",
        "the reply says that it was done, and later messages have come to the agent",
        "a notification with the referenceId of the reply", repair="insert the notification after this line",
        source=Source("WorkitemMessageType", "8.5.2"), cause=witness(request.source.recorded), **_RULES,
    )  # fmt: skip


def no_reply(request: Request) -> Finding:
    """A request that nobody has answered."""
    return _finding(
        "IXN114", request.source.recorded, request.interaction, f"no reply answers {_operation(request)}",
        "later requests of the agent have been answered", "a reply, done or refused",
        repair="insert its reply after this line", source=_ERRORS, **_RULES,
    )  # fmt: skip


_SAID = {"ItemAdded": "says that it was added to a workbin", "ItemRemoved": "says that it was removed from its workbin"}


def refused_yet_done(line: SourceLine, request: Request, word: str) -> Finding:
    """A reply refuses what notifications have shown to be done: a state, or that an item came or went."""
    shown, later = _SAID.get(word, f"shows state {word}"), request.accepted
    return _finding(
        "IXN112", line.recorded, request.interaction, f"{_operation(request)} is refused, yet a notification {shown}",
        "a request that is refused changes nothing", "a reply that says that it was done, or no such notification",
        repair="replace this line by a reply that says that it was done", source=_ERRORS,
        cause=witness(request.source.recorded), shown=later and witness(later.recorded), **_RULES,
    )  # fmt: skip


def _operation(request: Request) -> str:
    return request.operation or "the request"


def no_cause(line: SourceLine, interaction: str, number: int) -> Finding:
    """A notification that answers no request."""
    return _finding(
        "IXN113", line.recorded, interaction, f"a notification answers request {number}",
        "no reply has given that referenceId to a request about this interaction",
        "no referenceId, or that of a request", repair="delete its referenceId",
        source=Source("WorkitemMessageType", "8.5.2"), **_RULES,
    )  # fmt: skip


# --- notifications --------------------------------------------------------------------------------------------------


def never_shown(line: Notified, shown: list[State]) -> Finding:
    """A state that agents are never shown."""
    media, state = line.shape.media, line.shape.shown
    return _finding(
        "IXN201", line.source.recorded, line.interaction, f"a notification shows state {state}",
        f"agents are never shown {a_(media)} in that state", f"one of {', '.join(shown)}",
        expected=tuple(shown), repair="delete this line",
    )  # fmt: skip


def not_pulled(line: Notified) -> Finding:
    """It was removed from a workbin in which it lies."""
    return _finding(
        "IXN201", line.source.recorded, line.interaction, "a notification says that it was removed from its workbin",
        "nobody has pulled it", "a Pull before it", expected=("ItemAdded",), repair="insert a Pull before this line",
    )  # fmt: skip


_WORKBINS = {"evidence": Evidence.DOCUMENTED, "source": Source("WorkbinsMessageType", "8.5.2")}


Misplaced = Literal["added already", "added elsewhere", "removed already"]
"""What can be wrong with a message about a workbin."""


def misplaced(recorded: Recorded, interaction: str, fault: Misplaced, workbin: str) -> Finding:
    """A message about a workbin contradicts what its agent was told before."""
    match fault:
        case "added already":
            return _finding(
                "IXN401", recorded, interaction, f"a notification says that it was added to workbin {workbin}",
                "it lies there already: the agent was told so, and not that it was removed",
                "an ItemRemoved before it", expected=("ItemRemoved",), repair="delete this line", **_WORKBINS,
            )  # fmt: skip
        case "added elsewhere":
            more = {**_WORKBINS, "evidence": Evidence.INFERRED}
            return _finding(
                "IXN401", recorded, interaction, "a notification says that it was added to a workbin",
                f"it lies in workbin {workbin}: the agent was told so, and not that it was removed",
                "an ItemRemoved before it", expected=("ItemRemoved",),
                repair="insert an ItemRemoved before this line", **more,
            )  # fmt: skip
        case _:
            return _finding(
                "IXN402", recorded, interaction, f"a notification says that it was removed from workbin {workbin}",
                "it has left it already: the agent was told so, and not that it was added again",
                "an ItemAdded before it", expected=("ItemAdded",), repair="delete this line", **_WORKBINS,
            )  # fmt: skip


def differs(
    line: Notified, believed: Candidate, edge: Edge | None, state: State, way: tuple[str, ...] | None
) -> Finding:
    """A state in which it cannot be. ``way`` are the operations that would lead there."""
    record = believed.record
    told = sorted({each for name, queue in believed.outboxes if name != SUBSCRIBERS for each in queue} - {""})
    right = tuple(dict.fromkeys(each for each in (record.state, *told) if each not in (State.QUEUED, state)))
    repair = f"insert {way[0]} before this line" if way and len(way) == 1 else "delete this line"
    others = record.holders or record.invited
    is_theirs = state is record.state and line.agent not in (None, *others) and others
    by = f", with {' and '.join(others)}" if is_theirs else ""
    instead = f"no notification to {line.agent}" if is_theirs else "no notification, or an invitation"
    return _finding(
        "IXN201", line.source.recorded, line.interaction, f"a notification shows state {state}",
        f"the {record.media} is in state {record.state}{by}",
        f"state {' or '.join(right)}" if right else instead,
        expected=right, repair=repair, **_ground(edge or believed.edge),
    )  # fmt: skip


def two_hold(line: Said, state: State, holders: tuple[str, ...]) -> Finding:
    """An agent is said to have what another one has."""
    return _finding(
        "IXN201", line.source.recorded, line.interaction, f"it is said to be in state {state}, with {line.agent}",
        f"{' and '.join(holders)} {'have' if len(holders) > 1 else 'has'} it",
        "the same after that agent has let go of it", repair="delete this line",
    )  # fmt: skip


def to_another(line: Notified, due: Due, edge: Edge | None) -> Finding:
    """A message that answers another agent's request."""
    asker = due.request.agent
    return _finding(
        "IXN201", line.source.recorded, line.interaction, f"a notification answers request {due.number} of {asker}",
        f"it was delivered to {line.agent}", f"deliver it to {asker}",
        repair=f"replace this line by the same to {asker}", cause=witness(due.request.source.recorded),
        **_ground(edge),
    )  # fmt: skip


def capabilities(
    line: Notified,
    shown: tuple[str, ...] | None,
    medium: Medium,
    state: State,
    lists: Mapping[str, tuple[str, ...] | None],
) -> Finding:
    """Capabilities that no page prints for the state."""
    same = next((name for name, each in lists.items() if each and sorted(each) == sorted(shown or ())), None)
    name = same or max(lists, key=lambda name: len(set(lists[name] or ()) & set(shown or ())), default="")
    best = lists.get(name) or ()
    known = next((each for each in medium.lists if each.name == name), None)
    ground = {"evidence": known.evidence, "source": known.page} if known else {}
    return _finding(
        "IXN203", line.source.recorded, line.interaction,
        f"a notification shows {listed(shown)} in state {state}",
        "the order differs from the documented one" if same else _difference(shown or (), best),
        listed(best), expected=best, repair=f"replace its capabilities by {listed(best)}", **ground,
    )  # fmt: skip


def _difference(shown: tuple[str, ...], documented: tuple[str, ...]) -> str:
    surplus = [each for each in shown if each not in documented]
    missing = [each for each in documented if each not in shown]
    parts = [f"no page shows {', '.join(surplus)}"] if surplus else []
    parts += [f"{', '.join(missing)} missing"] if missing else []
    return "; ".join(parts) or "a name stands twice"


def listed(names: tuple[str, ...] | None) -> str:
    """A list of capabilities in words."""
    return "no capabilities" if not names else f"[{', '.join(names)}]"


# --- rules over time ------------------------------------------------------------------------------------------------


def breach(found: Breach) -> Finding:
    """A rule over time that does not hold. It is found where it began: there it can be repaired."""
    rule, since = found.rule, found.since
    at = found.seen if found.seen is not None and rule.says is Modality.UNTIL else since
    limit = f" within {rule.within:g} seconds" if rule.within is not None else ""
    if found.seen is None or rule.says is Modality.EVENTUALLY:
        why = f"it has not come to {_moments(rule.then if rule.says is Modality.EVENTUALLY else rule.end)}{limit}"
    else:
        why = f"it is in state {at.state}" + (f", after {at.operation}" if at.operation else "")
    is_built_in = rule.code == "IXN301"
    return Finding(
        rule.code, at.place, at.text, at.interaction, at.agent, f"the rule {rule.name!r} does not hold", why,
        f"{rule.says} {_moments(rule.then)}{limit}",
        severity=Severity.WARNING if is_built_in else Severity.ERROR,
        evidence=Evidence.DOCUMENTED if is_built_in else None,
        source=Source("IxnLimits", "8.5.3") if is_built_in else None, seq=at.seq,
        ts=None if at.time is None else written(at.time),
        cause=_moment(since) if at is not since else None,
        shown=_moment(found.seen) if found.seen not in (None, at) else None,
    )  # fmt: skip


def _moment(moment: Moment | None) -> Witness | None:
    if moment is None:
        return None
    kind, says = ("notification", f"state {moment.shown}") if moment.shown else ("request", moment.operation or "")
    ts = None if moment.time is None else written(moment.time)
    return Witness(kind, moment.place, says, moment.agent, ts)


def _moments(where: Where) -> str:
    named = [*where.states, *where.operations, *where.media, *where.agents]
    return f"{'anything but ' if where.negated else ''}{' or '.join(named) or 'anything'}"
